/**
 * Results → one HTML page without network access, for people. Pure, but for reading its style and script once.
 *
 * The page is whole without its script, which only filters, copies and steps through. A policy in the head lets
 * nothing run or load but that script and that style, by their hashes.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Note } from '../../note.ts';
import { printable } from '../printable.ts';
import { type Results, type TargetResult, targetsOf } from '../results.ts';
import { discovery, trends } from './charts.ts';
import { type Child, type Element, el, render } from './element.ts';
import { filters, findings, placed } from './findings.ts';
import { machine } from './machine.ts';
import { ROW_COUNTS, rowsRule } from './sequence.ts';
import { masthead, matrix } from './summary.ts';

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');
/** Later ones win: what depends on the medium comes last. */
const SHEETS = ['page', 'tables', 'findings', 'sequence', 'pictures', 'media'];
const STYLE = [...SHEETS.map(name => read(`style/${name}.css`)), ...ROW_COUNTS.map(rowsRule)].join('\n');
const SCRIPT = read('browser.js');

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const POLICY = [
  "default-src 'none'",
  `style-src ${hashOf(STYLE)}`,
  `script-src ${hashOf(SCRIPT)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

export function html(results: Results): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>afresh: what outlives STARTTLS</title>
<style>${STYLE}</style>
</head>
${render(body(targetsOf(results)))}
<script>${SCRIPT}</script>
</html>
`;
}

function body(targets: readonly TargetResult[]): Element {
  const all = placed(targets);
  const gone = targets.flatMap(target => target.gone.map(fingerprint => ({ target, fingerprint })));
  return el(
    'body',
    {},
    el('a', { class: 'skip', href: '#findings' }, 'Skip to the findings'),
    masthead(targets),
    navigation(),
    el(
      'main',
      {},
      section('targets', 'Targets and claims', matrix(targets)),
      section(
        'findings',
        `Findings (${all.length})`,
        filters(all),
        findings(all),
        gone.length === 0
          ? undefined
          : el(
              'p',
              { class: 'muted' },
              'Found by the run before and not this time: ',
              gone
                .map(
                  ({ target, fingerprint }) =>
                    `${printable(target.name, 80)}: ${printable(fingerprint, 200)}`,
                )
                .join('; '),
            ),
      ),
      section('limits', 'Limits', limits(targets)),
      section('coverage', 'Coverage of the model', perTarget(targets, machine)),
      section('discovery', 'Discovery over time', perTarget(targets, discovery)),
      section('trends', 'Runs', trends(targets)),
      section('notes', 'Notes', perTarget(targets, notes)),
    ),
    footer(targets),
    help(),
  );
}

const SECTIONS = [
  ['targets', 'Targets'],
  ['findings', 'Findings'],
  ['limits', 'Limits'],
  ['coverage', 'Coverage'],
  ['discovery', 'Discovery'],
  ['trends', 'Runs'],
  ['notes', 'Notes'],
] as const;

function navigation(): Element {
  return el(
    'nav',
    { 'aria-label': 'sections' },
    el(
      'ul',
      {},
      SECTIONS.map(([id, title]) => el('li', {}, el('a', { href: `#${id}` }, title))),
    ),
    el(
      'div',
      { class: 'needs-js tools' },
      el('button', { type: 'button', id: 'keys' }, 'Keys'),
      el('button', { type: 'button', id: 'theme' }, 'Theme: system'),
    ),
  );
}

function section(id: string, title: string, ...content: readonly Child[]): Element {
  return el(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    el('h2', { id: `${id}-title` }, title),
    ...content,
  );
}

/** One target's part is shown as it is; of several, all but the first are folded. */
function perTarget(targets: readonly TargetResult[], of: (target: TargetResult) => Element): Child {
  if (targets.length === 1) return targets.map(of);
  return targets.map((target, index) =>
    el(
      'details',
      { class: 'target', open: index === 0 },
      el('summary', {}, el('b', {}, printable(target.name, 120))),
      of(target),
    ),
  );
}

const KEPT: Readonly<Record<TargetResult['limits'][number]['kept'], string>> = {
  kept: 'kept across STARTTLS',
  forgotten: 'starts anew at STARTTLS',
  none: 'no limit seen',
  unknown: 'not known',
};

function limits(targets: readonly TargetResult[]): Element {
  const rows = targets.flatMap(({ name, limits: own }) => own.map(limit => ({ name, ...limit })));
  if (rows.length === 0)
    return el('p', { class: 'muted' }, 'No difference was explained by a limit, and none was measured.');
  return el(
    'div',
    { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'limits' },
    el(
      'table',
      {},
      el('caption', { class: 'hidden' }, 'Limits, and whether they outlive STARTTLS'),
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          ['target', 'limit', 'served', 'at STARTTLS', 'differences explained'].map(title =>
            el('th', { scope: 'col' }, title),
          ),
        ),
      ),
      el(
        'tbody',
        {},
        rows.map(({ name, limit, threshold, kept, explained }) =>
          el(
            'tr',
            {},
            el('th', { scope: 'row' }, printable(name, 120)),
            el('td', {}, printable(limit, 120)),
            el('td', { class: 'number' }, threshold === undefined ? '–' : String(threshold)),
            el('td', {}, KEPT[kept]),
            el('td', { class: 'number' }, String(explained)),
          ),
        ),
      ),
    ),
  );
}

/** Notes shown of one kind. */
const MOST_NOTES = 50;

function notes({ notes: own }: TargetResult): Element {
  if (own.length === 0) return el('p', { class: 'muted' }, 'None.');
  const byKind = Map.groupBy(own, ({ kind }) => kind);
  return el(
    'div',
    { class: 'notes' },
    [...byKind].map(([kind, same]) =>
      el(
        'details',
        { class: 'folded' },
        el('summary', {}, `${kind} (${same.length})`),
        el(
          'ul',
          {},
          same.slice(0, MOST_NOTES).map(({ text }: Note) => el('li', {}, printable(text, 400))),
        ),
        same.length > MOST_NOTES ? el('p', {}, `${same.length - MOST_NOTES} more`) : undefined,
      ),
    ),
  );
}

function footer(targets: readonly TargetResult[]): Element {
  const runs = targets.flatMap(target => target.runs);
  const versions = [...new Set(runs.map(({ tool }) => printable(tool.version, 40)))];
  return el(
    'footer',
    { class: 'muted' },
    el(
      'p',
      {},
      `afresh ${versions.join(', ')} · `,
      targets
        .map(
          ({ name, baselines, runs: own }) =>
            `${printable(name, 80)}: seed ${own.map(({ seed }) => seed).join(' ')}, baselines ${baselines.map(one => printable(one, 40)).join(' ') || 'none'}`,
        )
        .join(' · '),
    ),
  );
}

const KEYS = [
  ['j, k', 'next and previous finding'],
  ['Enter', 'open or close it'],
  ['o, c', 'open or close all'],
  ['/', 'search'],
  ['Esc', 'clear the filters'],
  ['t', 'theme: system, light, dark'],
  ['?', 'these keys'],
] as const;

function help(): Element {
  return el(
    'dialog',
    { id: 'help', 'aria-labelledby': 'help-title' },
    el('h2', { id: 'help-title' }, 'Keys'),
    el(
      'dl',
      {},
      KEYS.map(([keys, what]) => [el('dt', {}, el('kbd', {}, keys)), el('dd', {}, what)]),
    ),
    el('form', { method: 'dialog' }, el('button', {}, 'Close')),
  );
}
