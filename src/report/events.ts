/**
 * Results → JSON lines: one event a line, for log pipelines and dashboards that take no whole documents. Pure.
 *
 * Each line stands alone: it names its run. While a run goes on: `started`, then `progress` now and then, and `found` as
 * soon as a finding is confirmed. At its end, from the report: `finding`, `claim`, `limit`, `note`, `finished`.
 */

import type { Progress } from '../search.ts';
import { plainJson } from './printable.ts';
import type { Report, ReportedFinding } from './report.ts';

/** As every line names the run that it belongs to. */
export type RunName = Pick<Report, 'startedAt' | 'seed'> & { readonly target: string };

export const runName = ({ target, startedAt, seed }: Report): RunName => ({
  target: target.name,
  startedAt,
  seed,
});

export type Started = Pick<Report, 'role' | 'tool'> & Omit<Report['target'], 'name'>;

export const startedLine = (run: RunName, { role, tool, address, software }: Started): string =>
  line('started', run, { at: run.startedAt, role, address, software, tool });

/** `unit`: what a campaign has under way counts by itself. */
export const progressLine = (
  run: RunName,
  { scenarios, connections, states, transitions, findings }: Progress,
  unit?: string,
): string => line('progress', run, { unit, scenarios, connections, states, transitions, findings });

export const foundLine = (run: RunName, finding: ReportedFinding, file: string | undefined): string => {
  const { fingerprint, withdraws, claim, requirement, level, summary, confirmed, minimal, steps } = finding;
  return line('found', run, {
    fingerprint,
    withdraws,
    claim,
    requirement,
    level,
    summary,
    confirmed,
    minimal,
    steps,
    file,
  });
};

/** What is told of a run when it has ended. */
export function closingLines(report: Report): string {
  const { startedAt, seconds, target, verdict, reason, coverage, stats } = report;
  const run = runName(report);
  const finishedAt = new Date(Date.parse(startedAt) + seconds * 1_000).toISOString();
  return [
    ...report.findings.map(({ transcripts: _, ...finding }) => line('finding', run, finding)),
    ...report.claims.map(claim => line('claim', run, claim)),
    ...report.limits.map(limit => line('limit', run, limit)),
    ...report.notes.map(note => line('note', run, note)),
    line('finished', run, {
      at: finishedAt,
      software: target.software,
      verdict,
      reason,
      seconds,
      coverage,
      stats,
    }),
  ].join('');
}

const line = (event: string, run: RunName, more: object): string => `${plainJson({ event, run, ...more })}\n`;
