/** What a reader sees first: the verdict of each target, and the matrix of targets and claims. */

import { ALL_CLAIMS } from '../../../properties/index.ts';
import { printable } from '../printable.ts';
import type { ReportedClaim, Verdict } from '../report.ts';
import { type TargetResult, verdictOf } from '../results.ts';
import { type Element, el } from './element.ts';

const NAMED = 120;

const VERDICT_SIGNS: Readonly<Record<Verdict, string>> = {
  violated: '✗',
  unsupported: '–',
  inconclusive: '…',
  allowed: '✓',
  holds: '✓',
};

export function masthead(targets: readonly TargetResult[]): Element {
  const runs = targets.flatMap(target => target.runs);
  const found = targets.flatMap(({ findings }) => findings);
  const must = found.filter(({ level }) => level === 'must').length;
  const scenarios = runs.reduce((sum, { stats }) => sum + stats.scenarios, 0);
  const verdict = verdictOf(targets);
  const alike = targets.filter(target => target.verdict === verdict).length;
  return el(
    'header',
    { class: 'masthead' },
    el('p', { class: 'wordmark' }, 'afresh'),
    el('h1', {}, 'What outlives STARTTLS'),
    el(
      'p',
      { class: `headline ${verdict}` },
      el('b', {}, `${VERDICT_SIGNS[verdict]} ${verdict}`),
      targets.length > 1 ? ` · ${alike} of ${targets.length} targets` : '',
      ` · ${plural(found.length, 'finding')}`,
      found.length > 0 ? ` (${must} MUST, ${found.length - must} SHOULD)` : '',
    ),
    el(
      'p',
      { class: 'muted' },
      `${plural(runs.length, 'run')}, ${scenarios.toLocaleString('en')} scenarios, ${spanOf(runs.map(run => run.startedAt))}. `,
      'After STARTTLS a session must be as if the connection had just been opened (RFC 3207, section 4.2). Each ' +
        'scenario is played twice, once after something was said in plaintext and once on a fresh connection.',
    ),
  );
}

/** A row a target: verdict, numbers, and a cell for each claim. */
export function matrix(targets: readonly TargetResult[]): Element {
  const known = new Map(ALL_CLAIMS.map(({ id, title }) => [id, title]));
  const judged = new Set(targets.flatMap(({ claims }) => claims.map(({ id }) => id)));
  const ids = [...known.keys()].filter(id => judged.has(id)).concat([...judged].filter(id => !known.has(id)));
  return el(
    'div',
    { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'targets and claims' },
    el(
      'table',
      { class: 'matrix' },
      el('caption', { class: 'hidden' }, 'Verdict of every claim for every target'),
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          el('th', { scope: 'col' }, 'target'),
          el('th', { scope: 'col' }, 'verdict'),
          el('th', { scope: 'col', class: 'number' }, 'findings'),
          el('th', { scope: 'col', class: 'number' }, 'judged'),
          ids.map(id =>
            el(
              'th',
              { scope: 'col', class: 'claim', title: known.get(id) ?? '' },
              el('span', {}, printable(id, 40)),
            ),
          ),
        ),
      ),
      el(
        'tbody',
        {},
        targets.map(target => targetRow(target, ids)),
      ),
    ),
  );
}

function targetRow(target: TargetResult, ids: readonly string[]): Element {
  const { name, latest, verdict, reasons, findings, gone, runs } = target;
  const fresh = findings.filter(({ status }) => status === 'new').length;
  const changes = [
    ...(fresh > 0 ? [`${fresh} new`] : []),
    ...(gone.length > 0 ? [`${gone.length} gone`] : []),
  ];
  return el(
    'tr',
    {},
    el(
      'th',
      { scope: 'row' },
      el('b', {}, printable(name, NAMED)),
      el('span', { class: 'muted' }, printable(latest.target.software ?? latest.target.address, NAMED)),
    ),
    el(
      'td',
      {},
      el('span', { class: `verdict ${verdict}` }, verdict),
      reasons.map(reason => el('span', { class: 'muted reason' }, printable(reason, NAMED))),
    ),
    el(
      'td',
      { class: 'number' },
      String(findings.length),
      changes.length > 0 ? el('span', { class: 'muted' }, changes.join(', ')) : undefined,
    ),
    el(
      'td',
      { class: 'number' },
      runs.reduce((sum, { stats }) => sum + stats.judged, 0).toLocaleString('en'),
    ),
    ids.map(id =>
      claimCell(
        target,
        target.claims.find(claim => claim.id === id),
      ),
    ),
  );
}

function claimCell({ name }: TargetResult, claim: ReportedClaim | undefined): Element {
  if (claim === undefined)
    return el('td', { class: 'cell' }, el('span', { class: 'hidden' }, 'not asked for'));
  const { id, verdict, judged } = claim;
  const content = [
    el('b', { 'aria-hidden': 'true' }, VERDICT_SIGNS[verdict]),
    el('span', { class: 'hidden' }, `${verdict}, judged `),
    el('span', { class: 'judged' }, judged.toLocaleString('en')),
  ];
  return el(
    'td',
    { class: `cell ${verdict}`, title: `${printable(id, 40)}: ${verdict}, ${judged} scenarios judged` },
    verdict === 'violated'
      ? el(
          'a',
          {
            href: '#findings',
            'data-show-target': printable(name, 300),
            'data-show-claim': printable(id, 300),
          },
          content,
        )
      : content,
  );
}

export const plural = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

export const day = (iso: string): string => iso.slice(0, 16).replace('T', ' ');

function spanOf(starts: readonly string[]): string {
  const [first, last] = [starts.toSorted().at(0) ?? '', starts.toSorted().at(-1) ?? ''];
  return first === last ? `${day(first)} UTC` : `${day(first)} to ${day(last)} UTC`;
}
