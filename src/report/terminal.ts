/**
 * Report → text for a terminal or a log. Pure.
 *
 * Whatever a target said is printed escaped: no byte of it may steer the terminal.
 */

import { cited, REQUIREMENTS } from '../smtp/requirements.ts';
import { particulars, placeOf } from './dialogue.ts';
import { claimsText, stepsText } from './finding.ts';
import { printable } from './printable.ts';
import type { Report, ReportedFinding } from './report.ts';
import type { TargetResult } from './results.ts';
import { sideBySide } from './side-by-side.ts';
import { summary } from './summary.ts';

const WIDTH = 100;
/** Nothing can be told in fewer columns than these. */
const NARROWEST = 40;

/** `columns` are those of the terminal; one that knows no size says 0. */
export function terminal(report: Report, columns?: number): string {
  return [...findingsText(report.findings, columns), '', ...summary(report), ''].join('\n');
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

/** All of them, each under its name. */
export const findingsText = (findings: readonly ReportedFinding[], columns?: number): readonly string[] =>
  findings.flatMap((finding, index) => [
    '',
    `FINDING ${index + 1}: ${printable(finding.fingerprint)}`,
    findingText(finding, columns),
  ]);

/** One finding with its transcripts. */
export function findingText(finding: ReportedFinding, columns = 0): string {
  const width = columns === 0 ? WIDTH : Math.max(columns, NARROWEST);
  const { used, fresh } = finding.transcripts;
  return [
    `  ${printable(finding.summary)}`,
    ...particulars(finding).map(text => `  ${printable(text)}`),
    `  claim ${printable(claimsText(finding))}, level ${finding.level}, confirmed ${printable(finding.confirmed)}, ${stepsText(finding)}${finding.minimal ? '' : ' (not yet minimal)'}`,
    '',
    ...sideBySide(used, fresh, placeOf(finding), width),
    '',
    ...wrapped(cited(REQUIREMENTS[finding.requirement]), width - 4).map(line => `  ${line}`),
    ...(finding.replay === undefined ? [] : [`  again: ${printable(finding.replay)}`]),
  ].join('\n');
}

/** Lines of whole words. */
function wrapped(text: string, width: number): readonly string[] {
  return text.match(new RegExp(`\\S.{0,${width - 1}}(?=\\s|$)`, 'g')) ?? [text];
}
