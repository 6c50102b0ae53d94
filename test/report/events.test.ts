import { expect, test } from 'vitest';
import { events } from '../../src/report/events.ts';
import { resultsOf } from '../../src/report/results.ts';
import { hostile, realReport } from './stored.ts';

test('every line is an event that names its run, from started to finished', async () => {
  const report = hostile(await realReport(), 'two\nlines\u2028and\x9b31m more');
  const lines = events(resultsOf([report]))
    .trimEnd()
    .split('\n');
  const read = lines.map(line => JSON.parse(line) as { event: string; run: { target: string } });
  expect(read[0]?.event).toBe('started');
  expect(read.at(-1)?.event).toBe('finished');
  expect(read.filter(({ event }) => event === 'finding')).toHaveLength(report.findings.length);
  expect(new Set(read.map(({ run }) => run.target))).toEqual(new Set([report.target.name]));
});
