/**
 * Limits → text for a terminal: the table of what was measured, and the three runs that make a limit of a difference; and
 * the JSON that is kept. Pure.
 */

import { violations } from '../limits/judge.ts';
import type { MeasuredLimit, ThreeRuns } from '../limits/measured.ts';
import type { Survey } from '../limits/survey.ts';
import { masked } from '../observe.ts';
import type { Policy } from '../policy.ts';
import type { Transcript } from '../transcript.ts';
import { TOOL } from '../version.ts';
import { transcriptLines } from './dialogue.ts';
import { excerpt } from './excerpt.ts';
import { plainJson, printable } from './printable.ts';
import { type Login, redactedLimit } from './redact.ts';

/** Of the target, and of the run. */
export interface MeasuredOf {
  readonly target: { readonly name: string; readonly address: string; readonly software: string };
  readonly startedAt: string;
  readonly seconds: number;
  readonly policy: Policy;
}

/** What `--json` writes. */
export interface LimitsDocument extends MeasuredOf, Survey {
  readonly schema: 1;
  readonly kind: 'afresh-limits';
  readonly tool: typeof TOOL;
  readonly violations: readonly { readonly limit: string; readonly summary: string }[];
}

export function limitsJson(measured: Survey, of: MeasuredOf): string {
  const broken = violations(measured.limits, of.policy);
  const document: LimitsDocument = {
    schema: 1,
    kind: 'afresh-limits',
    tool: TOOL,
    ...of,
    ...measured,
    violations: broken.map(({ limit: { limit }, summary }) => ({ limit, summary })),
  };
  return `${plainJson(document, 2)}\n`;
}

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

function cells(row: MeasuredLimit): readonly string[] {
  const name =
    row.counts === undefined || row.counts === row.limit ? row.limit : `${row.limit} (${row.counts})`;
  if (row.none !== undefined) return [name, '', `none up to ${row.none}`, '', ''];
  if (row.threshold === undefined) return [name, '', 'unknown', '', printable(row.reason ?? '')];
  const numbers = [row.plaintext === undefined ? '' : String(row.plaintext), String(row.threshold)];
  const refusal = printable(row.refusal ?? '');
  if (row.within !== undefined) return [name, ...numbers, `counted as ${row.within}`, refusal];
  return [name, ...numbers, fate(row), refusal];
}

function fate({ atStarttls, tried, reason }: MeasuredLimit): string {
  if (atStarttls === undefined) return printable(reason ?? 'unknown');
  return atStarttls === 'kept' || atStarttls === 'sometimes'
    ? `kept ${tried}`
    : `${atStarttls} (kept ${tried})`;
}

/** One line of a report on a check: where a limit is, what STARTTLS makes of it, and what it explained. */
export function limitLine(row: MeasuredLimit): string {
  const { limit, threshold, none, counts = '', kept, atStarttls, explained } = row;
  if (none !== undefined) return `limit on ${limit}: none up to ${none}`;
  const known = [
    ...(threshold === undefined ? [] : [`${threshold} ${counts}`.trimEnd()]),
    ...(atStarttls !== undefined ? [fate(row)] : kept === 'unknown' ? [] : [kept]),
    ...(explained === 0 ? [] : [`explains ${explained} ${explained === 1 ? 'difference' : 'differences'}`]),
  ];
  return `limit on ${limit}: ${known.join(', ') || printable(row.reason ?? 'unknown')}`;
}

/** A limit as a report holds it: no password, and no more of its runs than anybody reads. */
export function reportedLimit(limit: MeasuredLimit, login: Login): MeasuredLimit {
  const { example } = limit;
  if (example === undefined) return redactedLimit(limit, login);
  const { used, fresh, transplanted } = example.transcripts;
  const transcripts = {
    used: excerpt(used),
    fresh: excerpt(fresh),
    transplanted: excerpt(transplanted),
  };
  return redactedLimit({ ...limit, example: { ...example, transcripts } }, login);
}

/** Used, fresh and transplanted run, one under the other. */
export function threeRuns({ summary, at, lead, transcripts }: ThreeRuns): readonly string[] {
  const { used, fresh, transplanted } = transcripts;
  return [
    `  ${printable(summary)}`,
    '',
    '  used connection',
    ...folded(used, at),
    '',
    '  fresh connection',
    ...folded(fresh, at),
    '',
    '  fresh connection, with the events behind TLS',
    ...folded(transplanted, at + lead),
  ];
}

/** A command and its answer that come again and again, if only with another name, are printed once. */
function folded(transcript: Transcript, at: number): readonly string[] {
  const lines = transcriptLines(transcript, at, Number.POSITIVE_INFINITY);
  const alike = lines.map(line => masked(line, transcript.nonce).replace(/<[a-z]>/g, '<>'));
  const shown: string[] = [];
  for (let index = 0; index < lines.length; ) {
    let next = index + 2;
    while (alike[next] === alike[index] && alike[next + 1] === alike[index + 1]) next += 2;
    const again = (next - index) / 2 - 1;
    if (again > 1) shown.push(...lines.slice(index, index + 2), `       (the same ${again} times more)`);
    else shown.push(...lines.slice(index, ++index));
    if (again > 1) index = next;
  }
  return shown;
}
