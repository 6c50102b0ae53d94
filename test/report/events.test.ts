import { expect, test } from 'vitest';
import { closingLines, runName } from '../../src/report/events.ts';
import { hostile, realReport } from './stored.ts';

test('whatever is in a report, every line is one event in plain ASCII that names its run, and the last says how it ended', async () => {
  const report = hostile(await realReport(), 'two\nlines\u2028and\x9b31m more');
  const text = closingLines(report);
  expect(text).toMatch(/^[\n\x20-\x7e]*$/);
  const lines = text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as { event: string; run: object });
  expect(lines.at(-1)?.event).toBe('finished');
  expect(lines.filter(({ event }) => event === 'finding')).toHaveLength(report.findings.length);
  for (const { run } of lines) expect(run).toEqual(runName(report));
});
