/**
 * Limits → text for a terminal: the table of what was measured, and the three runs that make a limit of a difference.
 * Pure.
 */

import type { Survey } from '../limits/survey.ts';
import { transcriptLines } from './dialogue.ts';
import { printable } from './printable.ts';
import type { ReportedLimit, ThreeRuns } from './report.ts';

const HEAD = ['limit', 'in plaintext', 'in TLS', 'at STARTTLS', 'then the server says'] as const;

/** The table, what is announced, and what it cost. */
export function limitsTable({ limits, announced, commands, turnedAway }: Survey): string {
  const rows = [HEAD, ...limits.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  const lines = rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [
    ...lines,
    ...announced.map(
      ({ keyword, announced: most, measured }) => `EHLO announces ${keyword}=${most}: ${measured}`,
    ),
    ...(turnedAway === undefined
      ? []
      : [`Connections were turned away (a limit across connections): ${printable(turnedAway)}`]),
    `${commands.sent} of at most ${commands.most} commands sent, on ${commands.connections} connections`,
    '',
  ].join('\n');
}

function cells(row: ReportedLimit): readonly string[] {
  const name =
    row.counts === undefined || row.counts === row.limit ? row.limit : `${row.limit} (${row.counts})`;
  if (row.none !== undefined) return [name, '', `none up to ${row.none}`, '', ''];
  if (row.threshold === undefined) return [name, '', 'unknown', '', printable(row.reason ?? '')];
  const numbers = [row.plaintext === undefined ? '' : String(row.plaintext), String(row.threshold)];
  const refusal = printable(row.refusal ?? '');
  if (row.within !== undefined) return [name, ...numbers, `counted as ${row.within}`, refusal];
  return [name, ...numbers, fate(row), refusal];
}

function fate({ atStarttls, tried, reason }: ReportedLimit): string {
  if (atStarttls === undefined) return printable(reason ?? 'unknown');
  return atStarttls === 'kept' || atStarttls === 'sometimes'
    ? `kept ${tried}`
    : `${atStarttls} (kept ${tried})`;
}

/** Used, fresh and transplanted run, one under the other. */
export function threeRuns({ summary, at, lead, transcripts }: ThreeRuns): readonly string[] {
  const { used, fresh, transplanted } = transcripts;
  return [
    `  ${printable(summary)}`,
    '',
    '  used connection',
    ...folded(transcriptLines(used, at)),
    '',
    '  fresh connection',
    ...folded(transcriptLines(fresh, at)),
    '',
    '  fresh connection, with the events behind TLS',
    ...folded(transcriptLines(transplanted, at + lead)),
  ];
}

/** A command and its answer that come again and again are printed once. */
function folded(lines: readonly string[]): readonly string[] {
  const shown: string[] = [];
  for (let at = 0; at < lines.length; ) {
    let again = 0;
    while (lines[at + 2 * (again + 1)] === lines[at] && lines[at + 2 * (again + 1) + 1] === lines[at + 1])
      again++;
    const isPair = again > 1 && lines[at] !== lines[at + 1];
    shown.push(...lines.slice(at, at + (isPair ? 2 : 1)));
    if (isPair) shown.push(`       (the same ${again} times more)`);
    at += isPair ? 2 * (again + 1) : 1;
  }
  return shown;
}
