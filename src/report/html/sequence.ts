/**
 * Two transcripts as sequence diagrams side by side: rows of the same step stand beside each other, time runs down,
 * and the step where the runs first differ is marked.
 */

import type { Part } from '../../transcript.ts';
import { dialogue, isAt, placeOf, type Utterance } from '../dialogue.ts';
import { printable } from '../printable.ts';
import type { ReportedFinding } from '../report.ts';
import { type Element, el } from './element.ts';

/** What used and fresh run said at the same place; either may have said nothing there. */
export interface Row {
  readonly used?: Utterance;
  readonly fresh?: Utterance;
}

/** Rows shown; a burst of hundreds of lines is cut down to its end, where the runs differ. */
const MOST_ROWS = 80;
/** Lines of one reply, or of one segment. */
const MOST_LINES = 12;
/** Lines that are sure to fit on a sheet of paper; where there are more, one run stands above the other there. */
const SHEET = 44;
/** Lines’ worth of space around a row. */
const ROW_SPACE = 0.7;

export function sequence(finding: ReportedFinding): Element {
  const { transcripts, difference, proof } = finding;
  const place = placeOf(finding);
  const used = dialogue(transcripts.used, 300);
  const fresh = transcripts.fresh === undefined ? undefined : dialogue(transcripts.fresh, 300);
  const said = rowsOf(used, fresh ?? []);
  const isMarked = (row: Row): boolean =>
    [row.used, row.fresh].some(one => one !== undefined && isAt(one, place));
  const marked = said.findIndex(isMarked);
  // What shows in a handler's state or in a delivered message was not said on the wire.
  const all = marked < 0 ? [...said, unsaid(difference, used.at(-1)?.at ?? 0)] : said;
  const rows = all.slice(-MOST_ROWS);
  const left = all.length - rows.length;
  const diagram: Diagram = {
    rows,
    isMarked: row => (marked < 0 ? row === all.at(-1) : isMarked(row)),
    // What proves itself is not always a difference between the two.
    flag: proof === 'pair' ? 'first difference' : 'it shows here',
  };
  return el(
    'div',
    { class: 'sequence' },
    left > 0 ? el('p', { class: 'muted' }, `The first ${left} rows are left out.`) : undefined,
    el(
      'div',
      {
        class: [
          'lanes',
          rowsClass(rows.length + 1),
          ...(fresh === undefined ? ['single'] : []),
          ...(height(rows) > SHEET ? ['tall'] : []),
        ].join(' '),
      },
      lane('used connection', 'used', diagram),
      fresh === undefined ? undefined : lane('fresh connection', 'fresh', diagram),
    ),
  );
}

/** In lines: what one run says beside the other takes the place of the longer of the two. */
const height = (rows: readonly Row[]): number =>
  rows.reduce((sum, { used, fresh }) => {
    const lines = [used, fresh].map(one => Math.min(one?.lines.length ?? 0, MOST_LINES + 1));
    return sum + Math.max(1, ...lines) + ROW_SPACE;
  }, 0);

function unsaid({ used, fresh }: ReportedFinding['difference'], at: number): Row {
  const seen = (text: string): Utterance => ({
    at,
    part: 'fence',
    step: 0,
    speaker: 'event',
    secure: true,
    lines: [`seen beside the dialogue: ${printable(text, 300)}`],
  });
  return { used: seen(used), fresh: seen(fresh) };
}

/** The style sheet has a rule for each number of rows that occurs: lanes share their rows, and inline styles are forbidden. */
const rowsClass = (rows: number): string => `rows-${rows}`;
export const rowsRule = (rows: number): string =>
  `.${rowsClass(rows)}{grid-template-rows:repeat(${rows},auto)}`;
export const ROW_COUNTS: readonly number[] = Array.from({ length: MOST_ROWS + 1 }, (_, index) => index + 1);

const PARTS: readonly Part[] = ['ticket', 'greeting', 'before', 'upgrade', 'after', 'fence'];

/** Step by step; within a step, one utterance beside the other. */
export function rowsOf(used: readonly Utterance[], fresh: readonly Utterance[]): readonly Row[] {
  return PARTS.flatMap(part => {
    const [left, right] = [used, fresh].map(all =>
      Map.groupBy(
        all.filter(utterance => utterance.part === part),
        ({ step }) => step,
      ),
    ) as [Map<number, Utterance[]>, Map<number, Utterance[]>];
    const steps = [...new Set([...left.keys(), ...right.keys()])].sort((one, other) => one - other);
    return steps.flatMap(step => zipped(left.get(step) ?? [], right.get(step) ?? []));
  });
}

function zipped(used: readonly Utterance[], fresh: readonly Utterance[]): readonly Row[] {
  return Array.from({ length: Math.max(used.length, fresh.length) }, (_, index) => ({
    ...(used[index] === undefined ? {} : { used: used[index] }),
    ...(fresh[index] === undefined ? {} : { fresh: fresh[index] }),
  }));
}

interface Diagram {
  readonly rows: readonly Row[];
  readonly isMarked: (row: Row) => boolean;
  readonly flag: string;
}

function lane(title: string, side: keyof Row, { rows, isMarked, flag }: Diagram): Element {
  const first = rows.findIndex(isMarked);
  return el(
    'div',
    { class: 'lane', role: 'group', 'aria-label': title },
    el(
      'div',
      { class: 'ends', 'aria-hidden': 'true' },
      el('span', {}, 'client'),
      el('b', {}, title),
      el('span', {}, 'server'),
    ),
    rows.map((row, index) => cell(row[side], isMarked(row), index === first ? flag : undefined)),
  );
}

const SPEAKERS = { client: 'client: ', server: 'server: ', event: '' } as const;

function cell(utterance: Utterance | undefined, marked: boolean, flagged: string | undefined): Element {
  const flag = flagged === undefined ? undefined : el('span', { class: 'flag' }, flagged);
  const mark = marked ? ' marked' : '';
  if (utterance === undefined) return el('div', { class: `nothing${mark}` }, flag);
  const { speaker, secure, lines, at } = utterance;
  const more = lines.length - MOST_LINES;
  return el(
    'div',
    { class: `said ${speaker}${secure ? ' secure' : ''}${mark}` },
    flag,
    el('time', {}, `${at.toFixed(at < 10 ? 1 : 0)} ms`),
    el(
      'p',
      {},
      el('span', { class: 'hidden' }, SPEAKERS[speaker]),
      lines.slice(0, MOST_LINES).map(line => el('code', {}, line === '' ? '(nothing)' : line)),
      more > 0 ? el('i', {}, `${more} more lines`) : undefined,
    ),
  );
}
