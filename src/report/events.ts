/**
 * Results → JSON lines: one event a line, for log pipelines and dashboards that take no whole documents. Pure.
 *
 * Each line stands alone: it names its run. The events of a run are in order: started, findings, claims, limits,
 * notes, finished.
 */

import { plainJson } from './printable.ts';
import type { Report } from './report.ts';
import type { Results } from './results.ts';

export function events({ runs }: Results): string {
  return runs
    .flatMap(eventsOf)
    .map(event => `${plainJson(event)}\n`)
    .join('');
}

function eventsOf(run: Report): readonly object[] {
  const { startedAt, seconds, seed, role, target, verdict, reason, coverage, stats, tool } = run;
  const of = { run: { target: target.name, startedAt, seed } };
  const finishedAt = new Date(Date.parse(startedAt) + seconds * 1_000).toISOString();
  return [
    {
      event: 'started',
      at: startedAt,
      ...of,
      role,
      address: target.address,
      software: target.software,
      tool,
    },
    ...run.findings.map(({ transcripts: _, ...finding }) => ({ event: 'finding', ...of, ...finding })),
    ...run.claims.map(claim => ({ event: 'claim', ...of, ...claim })),
    ...run.limits.map(limit => ({ event: 'limit', ...of, ...limit })),
    ...run.notes.map(note => ({ event: 'note', ...of, ...note })),
    { event: 'finished', at: finishedAt, ...of, verdict, reason, seconds, coverage, stats },
  ];
}
