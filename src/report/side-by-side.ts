/**
 * Two transcripts → one page: used and fresh connection side by side, what is said in TLS on the same rows, and the
 * step where they first differ marked. Pure.
 */

import type { Transcript } from '../transcript.ts';
import { dialogue, isAt, PREFIX, type Utterance } from './dialogue.ts';

/** Columns that two runs need beside each other; with less they stand one above the other. */
const SIDE_BY_SIDE = 100;

const MARGIN = '     ';
const MARKED = '  >> ';
const GAP = '   ';
/** Rows of one side before TLS, and of it in TLS, that are shown. */
const MOST_ROWS = 60;
/** Characters of one line of a transcript; the rest is counted. */
const MOST_TEXT = 400;

interface Row {
  readonly text: string;
  readonly marked: boolean;
}

export function sideBySide(
  used: Transcript,
  fresh: Transcript | undefined,
  place: number | undefined,
  width: number,
): readonly string[] {
  if (fresh === undefined || width < SIDE_BY_SIDE) {
    const column = width - MARGIN.length;
    return [
      `${MARGIN}used connection`,
      ...single(used, place, column),
      ...(fresh === undefined ? [] : ['', `${MARGIN}fresh connection`, ...single(fresh, place, column)]),
    ];
  }
  const column = Math.floor((width - MARGIN.length - GAP.length) / 2);
  const [left, right] = [used, fresh].map(run => parts(run, place, column)) as [Parts, Parts];
  return [
    `${MARGIN}${'used connection'.padEnd(column)}${GAP}fresh connection`,
    ...beside(left.before, right.before, column),
    ...beside(left.after, right.after, column),
  ];
}

const single = (run: Transcript, place: number | undefined, column: number): readonly string[] => {
  const { before, after } = parts(run, place, column);
  return [...before, ...after].map(({ text, marked }) => (marked ? MARKED : MARGIN) + text);
};

function beside(left: readonly Row[], right: readonly Row[], column: number): readonly string[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, at) => {
    const marked = left[at]?.marked === true || right[at]?.marked === true;
    const text = `${(left[at]?.text ?? '').padEnd(column)}${GAP}${right[at]?.text ?? ''}`;
    return (marked ? MARKED : MARGIN) + text.trimEnd();
  });
}

/** What was said before TLS came about, and from there on. */
interface Parts {
  readonly before: readonly Row[];
  readonly after: readonly Row[];
}

function parts(run: Transcript, place: number | undefined, column: number): Parts {
  const all = dialogue(run, MOST_TEXT);
  const start = all.findIndex(({ part, speaker }) => part === 'upgrade' && speaker === 'event');
  const split = start < 0 ? all.length : start;
  const rows = (some: readonly Utterance[]): readonly Row[] => {
    const said = some.flatMap(one => rowsOf(one, isAt(one, place)));
    return shortened(folded(said).flatMap(row => wrapped(row, column)));
  };
  return { before: rows(all.slice(0, split)), after: rows(all.slice(split)) };
}

/** A reply of many lines is shown by its first and last, unless it is the one that matters. */
function rowsOf({ speaker, lines }: Utterance, marked: boolean): readonly Row[] {
  const shown =
    speaker === 'server' && !marked && lines.length > 2
      ? [`${lines[0]} … ${lines.at(-1)} (${lines.length} lines)`]
      : lines;
  return shown.map(line => ({ text: PREFIX[speaker] + line, marked }));
}

/** A long line goes on below, indented. */
function wrapped({ text, marked }: Row, column: number): readonly Row[] {
  const rest = text.slice(column).match(new RegExp(`.{1,${column - 3}}`, 'g')) ?? [];
  return [text.slice(0, column), ...rest.map(more => `   ${more}`)].map(part => ({ text: part, marked }));
}

/** Repetitions as a number: a burst is one row. */
function folded(rows: readonly Row[]): readonly Row[] {
  const result: { row: Row; times: number }[] = [];
  for (const row of rows) {
    const last = result.at(-1);
    if (last?.row.text === row.text && last.row.marked === row.marked) last.times++;
    else result.push({ row, times: 1 });
  }
  return result.map(({ row, times }) =>
    times === 1 ? row : { ...row, text: `${row.text} (${times} times)` },
  );
}

/** The beginning and the end of what is too long. */
function shortened(rows: readonly Row[]): readonly Row[] {
  const left = rows.length - MOST_ROWS;
  if (left <= 0) return rows;
  const half = MOST_ROWS / 2;
  return [...rows.slice(0, half), { text: `(${left} more lines)`, marked: false }, ...rows.slice(-half)];
}
