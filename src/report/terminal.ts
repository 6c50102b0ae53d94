/**
 * Report → text for a terminal or a log. Pure.
 *
 * Whatever a target said is printed escaped: no byte of it may steer the terminal.
 */

import { CLAIMS } from '../../properties/index.ts';
import { REQUIREMENTS } from '../smtp/requirements.ts';
import type { Transcript } from '../transcript.ts';
import { transcriptLines } from './dialogue.ts';
import { printable } from './printable.ts';
import type { Report, ReportedFinding } from './report.ts';
import type { TargetResult } from './results.ts';

const WIDTH = 100;

export function terminal(report: Report): string {
  const { stats, target } = report;
  return [
    ...report.findings.flatMap((finding, index) => [
      '',
      `FINDING ${index + 1}: ${printable(finding.fingerprint)}`,
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
    ...report.notes.map(({ kind, text }) => `  note (${kind}): ${printable(text, WIDTH)}`),
    '',
  ].join('\n');
}

/** A line a target, and a line a finding: several results at a glance. */
export function overview(targets: readonly TargetResult[]): string {
  return targets
    .flatMap(({ name, verdict, reasons, findings, gone, runs }) => [
      `${printable(name)}: ${[verdict.toUpperCase(), ...reasons.map(reason => printable(reason, WIDTH))].join(': ')} (${runs.length} ${runs.length === 1 ? 'run' : 'runs'}, ${runs.reduce((sum, { stats }) => sum + stats.scenarios, 0)} scenarios)`,
      ...findings.map(
        ({ fingerprint, status, level, summary }) =>
          `  ${(status ?? 'found').padEnd(6)} ${level.padEnd(6)} ${printable(fingerprint, WIDTH)}: ${printable(summary, WIDTH)}`,
      ),
      ...gone.map(fingerprint => `  gone          ${printable(fingerprint, WIDTH)}`),
    ])
    .map(line => `${line}\n`)
    .join('');
}

/** One finding with its transcripts. */
export function findingText(finding: ReportedFinding): string {
  const requirement = REQUIREMENTS[finding.requirement];
  const { used, fresh } = finding.transcripts;
  return [
    `  ${printable(finding.summary)}`,
    `  claim ${printable(finding.claim)}, level ${finding.level}, confirmed ${printable(finding.confirmed)}, ${finding.steps} steps${finding.minimal ? '' : ' (not yet minimal)'}`,
    `  "${requirement.text}" (${requirement.source})`,
    '',
    ...transcripts(used, fresh, finding.difference.at),
    ...(finding.replay === undefined ? [] : ['', `  again: ${printable(finding.replay)}`]),
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
