/**
 * Report → text for a terminal or a log. Pure.
 *
 * Whatever a target said is printed escaped: no byte of it may steer the terminal.
 */

import { CLAIMS } from '../../properties/index.ts';
import type { Malformed, Reply } from '../smtp/reply.ts';
import { REQUIREMENTS } from '../smtp/requirements.ts';
import type { Entry, Transcript } from '../transcript.ts';
import type { Report, ReportedFinding } from './report.ts';

/** Control characters and everything beyond ASCII as `\xNN`. */
export function printable(text: string): string {
  return [...text]
    .map(character => {
      const code = character.charCodeAt(0);
      return code >= 0x20 && code < 0x7f ? character : `\\x${code.toString(16).padStart(2, '0')}`;
    })
    .join('');
}

const WIDTH = 100;
const MOST_LINES = 60;
const cut = (text: string): string =>
  text.length > WIDTH ? `${text.slice(0, WIDTH)}… (${text.length} bytes)` : text;

export function terminal(report: Report): string {
  const { stats, target } = report;
  return [
    ...report.findings.flatMap((finding, index) => [
      '',
      `FINDING ${index + 1}: ${finding.fingerprint}`,
      findingText(finding),
    ]),
    '',
    `${target.name} (${printable(target.software ?? target.address)}): ${report.verdict.toUpperCase()}${report.reason === undefined ? '' : `: ${report.reason}`}`,
    `  ${stats.scenarios} scenarios, ${stats.judged} judged against a fresh connection; ${stats.connections} connections (${stats.connectionsPerScenario.toFixed(2)} a scenario, ${stats.connectionsPerSecond.toFixed(0)}/s), ${report.seconds.toFixed(1)} s, seed ${report.seed}`,
    `  baselines: ${report.baselines.join(', ') || 'none'}; model: ${report.coverage.states} states, ${report.coverage.transitions} transitions; chance that the next scenario shows something new: ${(100 * report.coverage.discovery).toFixed(1)}%`,
    ...report.claims.map(
      ({ id, verdict, judged }) =>
        `  ${verdict.padEnd(12)} ${id.padEnd(24)} ${String(judged).padStart(6)}  ${CLAIMS.find(claim => claim.id === id)?.title ?? ''}`,
    ),
    ...report.notes.map(({ kind, text }) => `  note (${kind}): ${cut(printable(text))}`),
    '',
  ].join('\n');
}

/** One finding with its transcripts. */
export function findingText(finding: ReportedFinding): string {
  const requirement = REQUIREMENTS[finding.requirement];
  const { used, fresh } = finding.transcripts;
  return [
    `  ${printable(finding.summary)}`,
    `  claim ${finding.claim}, level ${finding.level}, confirmed ${finding.confirmed}, ${finding.steps} steps${finding.minimal ? '' : ' (not yet minimal)'}`,
    `  "${requirement.text}" (${requirement.source})`,
    '',
    ...transcripts(used, fresh, finding.difference.at),
    ...(finding.replay === undefined ? [] : ['', `  again: ${finding.replay}`]),
  ].join('\n');
}

/** Both runs; the step where they first differ is marked. */
function transcripts(used: Transcript, fresh: Transcript | undefined, marked: number): readonly string[] {
  return [
    '  used connection',
    ...transcriptLines(used, marked),
    ...(fresh === undefined ? [] : ['', '  fresh connection', ...transcriptLines(fresh, marked)]),
  ];
}

/** `C:` and `S:` lines; the step where the runs first differ is marked. */
export function transcriptLines({ entries }: Transcript, marked: number): readonly string[] {
  const lines = entries.flatMap(entry => {
    const mark = entry.part === 'after' && entry.step === marked ? '>>' : '  ';
    return said(entry).map(text => `  ${mark} ${cut(text)}`);
  });
  const more = lines.length - MOST_LINES;
  return more <= 0 ? lines : [...lines.slice(0, MOST_LINES), `     (${more} more lines)`];
}

function said(entry: Entry): readonly string[] {
  switch (entry.kind) {
    case 'sent':
      return entry.bytes
        .replace(/\r?\n$/, '')
        .split(/\r?\n/)
        .map(line => `C: ${printable(line)}`);
    case 'received':
      return replyLines(entry.reply).map(line => `S: ${printable(line)}`);
    case 'stray':
      return [`S: (in plaintext) ${printable(entry.bytes)}`];
    case 'handshake':
      return [`-- TLS handshake ${entry.result.kind}`];
    case 'ended':
      return ['-- the server ends the connection'];
    case 'silence':
      return [`-- no answer within ${entry.waited} ms`];
    default:
      return [];
  }
}

function replyLines(reply: Reply | Malformed): readonly string[] {
  if (reply.kind === 'malformed') return [reply.bytes];
  const enhanced = reply.enhanced === undefined ? '' : `${reply.enhanced} `;
  return reply.lines.map(
    (line, index) => `${reply.code}${index === reply.lines.length - 1 ? ' ' : '-'}${enhanced}${line}`,
  );
}
