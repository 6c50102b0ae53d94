/** The findings: what was found, why it is one, how both runs went, and what to paste to see it again. */

import { roundsFor } from '../../certainty.ts';
import { isScript } from '../../client/script.ts';
import { reproducer } from '../../reproducer.ts';
import type { Baseline } from '../../scenario.ts';
import { REQUIREMENTS } from '../../smtp/requirements.ts';
import { addressOf } from '../../targets/address.ts';
import { placeOf, transcriptLines } from '../dialogue.ts';
import { claimsOf, claimsText, stepsText } from '../finding.ts';
import { printable } from '../printable.ts';
import type { MergedFinding, TargetResult } from '../results.ts';
import { shellWord } from '../shell.ts';
import { type Element, el } from './element.ts';
import { sequence } from './sequence.ts';
import { stepLabels } from './steps.ts';

/** Reproducers are some tens of kilobytes each; beyond these the page gives the replay command only. */
const MOST_REPRODUCERS = 30;
/** Findings told with both runs; of the others, what was found and the replay command. */
const MOST_TOLD = 200;
const SAID = 300;

export interface PlacedFinding {
  readonly id: string;
  readonly finding: MergedFinding;
  readonly target: TargetResult;
}

/** Every finding with the name it has in the page: targets in order, MUST before SHOULD, the smaller first. */
export function placed(targets: readonly TargetResult[]): readonly PlacedFinding[] {
  return targets
    .flatMap(target =>
      [...target.findings]
        .sort((one, other) => one.level.localeCompare(other.level) || one.steps - other.steps)
        .map(finding => ({ finding, target })),
    )
    .map((one, index) => ({ ...one, id: `finding-${index + 1}` }));
}

/** Search and selection; without the script they would do nothing, and are hidden. */
export function filters(all: readonly PlacedFinding[]): Element | undefined {
  if (all.length < 2) return undefined;
  const choices = (of: (one: PlacedFinding) => readonly string[]): readonly string[] =>
    [...new Set(all.flatMap(of))].sort();
  return el(
    'div',
    { class: 'filters needs-js', role: 'search' },
    el(
      'label',
      {},
      'search',
      el('input', {
        type: 'search',
        id: 'search',
        placeholder: 'any word of a finding',
        autocomplete: 'off',
      }),
    ),
    select(
      'target',
      'all targets',
      choices(({ target }) => [target.name]),
    ),
    select(
      'claim',
      'all claims',
      choices(({ finding }) => claimsOf(finding)),
    ),
    select(
      'level',
      'MUST and SHOULD',
      choices(({ finding }) => [finding.level]),
    ),
    select(
      'status',
      'new and known',
      choices(({ finding }) => [finding.status ?? 'found']),
    ),
    el('output', { id: 'count', 'aria-live': 'polite' }, `${all.length} findings`),
  );
}

/** Nothing to choose from is no choice. */
function select(name: string, all: string, values: readonly string[]): Element | undefined {
  if (values.length < 2) return undefined;
  return el(
    'label',
    {},
    name,
    el(
      'select',
      { 'data-filter': name },
      el('option', { value: '' }, all),
      values.map(value => el('option', { value: printable(value, SAID) }, printable(value, 60))),
    ),
  );
}

export function findings(all: readonly PlacedFinding[]): Element {
  return el(
    'div',
    { class: 'findings' },
    all.length === 0
      ? el('p', { class: 'empty' }, 'Nothing was found to outlive STARTTLS.')
      : all.map((one, index) => article(one, index)),
    el('p', { class: 'empty needs-js', id: 'no-match', hidden: true }, 'No finding matches the filters.'),
  );
}

function article({ id, finding, target }: PlacedFinding, index: number): Element {
  const { level, status, fingerprint, summary, confirmed, minimal } = finding;
  return el(
    'article',
    {
      id,
      'data-target': printable(target.name, SAID),
      // A line each: no name has a line end once it is printable.
      'data-claim': claimsOf(finding)
        .map(id => printable(id, SAID))
        .join('\n'),
      'data-level': level,
      'data-status': status ?? 'found',
    },
    el(
      'details',
      index === 0 ? { open: true } : {},
      el(
        'summary',
        {},
        el('span', { class: `level ${level}` }, level.toUpperCase()),
        status === 'new' ? el('span', { class: 'level new' }, 'NEW') : undefined,
        el('b', { class: 'name' }, printable(fingerprint, SAID)),
        el('span', { class: 'muted' }, printable(target.name, SAID)),
        el('span', { class: 'what' }, printable(summary, SAID)),
        el(
          'span',
          { class: 'muted facts' },
          `${stepsText(finding)}${minimal ? '' : ', not yet minimal'} · ${printable(confirmed, 40)} · ${printable(claimsText(finding), 200)}`,
        ),
      ),
      el('div', { class: 'body' }, ...(index < MOST_TOLD ? body : brief)(id, finding, target, index)),
    ),
  );
}

/** What is left of a finding on a page that has very many. */
function brief(id: string, finding: MergedFinding, target: TargetResult): readonly Element[] {
  return [
    el('p', { class: 'muted' }, `Only the first ${MOST_TOLD} findings are told in full.`),
    copyable(`${id}-replay`, 'Copy command', [replayOf(finding, target)]),
  ];
}

function body(
  id: string,
  finding: MergedFinding,
  target: TargetResult,
  index: number,
): readonly (Element | undefined)[] {
  const { text, quoted, source } = REQUIREMENTS[finding.requirement];
  const { used, fresh } = finding.difference;
  const script = index < MOST_REPRODUCERS ? reproducerOf(finding, target) : undefined;
  return [
    el('blockquote', {}, el('p', {}, quoted ? text : `In short: ${text}`), el('footer', {}, source)),
    el(
      'dl',
      { class: 'difference' },
      el('dt', {}, finding.proof === 'pair' ? 'used connection' : 'seen'),
      el('dd', {}, el('code', {}, printable(used, SAID))),
      el('dt', {}, finding.proof === 'pair' ? 'fresh connection' : 'expected'),
      el('dd', {}, el('code', {}, printable(fresh, SAID))),
    ),
    el('h3', {}, 'Both runs'),
    sequence(finding),
    el('h3', {}, finding.minimal ? 'Minimal scenario' : 'Scenario, not yet minimal'),
    el(
      'ol',
      { class: 'steps' },
      stepLabels(finding.scenario).map(({ text: label, where }) =>
        el('li', { class: where }, el('code', {}, printable(label, SAID))),
      ),
    ),
    el('h3', {}, 'See it again'),
    copyable(`${id}-replay`, 'Copy command', [replayOf(finding, target)]),
    script === undefined
      ? undefined
      : folded('Reproducer, one file for Node', copyable(`${id}-script`, 'Copy reproducer', script)),
    folded('Transcripts', copyable(`${id}-transcripts`, 'Copy transcripts', transcriptsOf(finding))),
    folded(
      'Scenario as JSON',
      copyable(`${id}-json`, 'Copy scenario', JSON.stringify(finding.scenario, undefined, 2).split('\n')),
    ),
    el('p', { class: 'muted small' }, circumstances(finding)),
  ];
}

function circumstances({ baseline, proof, sightings, runs, signature, file }: MergedFinding): string {
  return [
    `baseline ${baseline}`,
    proof === 'pair' ? 'both runs compared' : 'proves itself',
    `${sightings} ${sightings === 1 ? 'sighting' : 'sightings'} in ${runs} ${runs === 1 ? 'run' : 'runs'}`,
    `effect: ${signature}`,
    ...(file === undefined ? [] : [`kept in ${file}`]),
  ]
    .map(fact => printable(fact, SAID))
    .join(' · ');
}

function replayOf({ replay, claim }: MergedFinding, { name, latest }: TargetResult): string {
  return printable(
    replay ??
      `afresh ${latest.role === 'client' ? 'check-client' : 'check'} ${shellWord(name)} --claims ${shellWord(claim)} --seed ${latest.seed} --stop-on-first`,
  );
}

/** The script, line by line; undefined where one cannot be made. */
function reproducerOf(finding: MergedFinding, { latest }: TargetResult): readonly string[] | undefined {
  const { address, recipient, helo } = latest.target;
  const { scenario } = finding;
  if (isScript(scenario) || recipient === undefined || finding.baseline === 'none') return undefined;
  try {
    const at = addressOf(address);
    return reproducer('mjs', {
      user: 'user',
      password: 'password',
      recipient,
      ...(helo === undefined ? {} : { helo }),
      summary: finding.summary,
      requirement: REQUIREMENTS[finding.requirement],
      scenario,
      baseline: finding.baseline as Baseline,
      deviation: { ...finding, ...finding.difference, step: finding.difference.at },
      rounds: roundsFor(finding.confirmed),
      protocol: at?.scheme === 'lmtp' ? 'lmtp' : 'smtp',
      ...(at === undefined ? {} : { host: at.host, port: at.port }),
    }).split('\n');
  } catch {
    // A stored result may say anything; what makes no script is shown without one.
    return undefined;
  }
}

function transcriptsOf(finding: MergedFinding): readonly string[] {
  const { used, fresh } = finding.transcripts;
  const place = placeOf(finding);
  return [
    'used connection',
    ...transcriptLines(used, place),
    ...(fresh === undefined ? [] : ['', 'fresh connection', ...transcriptLines(fresh, place)]),
  ];
}

/** Text with a button that copies just what is shown. */
function copyable(id: string, label: string, lines: readonly string[]): Element {
  return el(
    'div',
    { class: 'copyable' },
    el('button', { type: 'button', class: 'needs-js', 'data-copy': id }, label),
    el('pre', { id, tabindex: 0 }, ...lines.map(line => `${line}\n`)),
  );
}

const folded = (title: string, content: Element): Element =>
  el('details', { class: 'folded' }, el('summary', {}, title), content);
