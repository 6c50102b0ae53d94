import { beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { terminal } from '../../src/report/terminal.ts';
import { HOSTILE, hostile, realReport } from './stored.ts';

let violated: Report;
beforeAll(async () => {
  violated = await realReport();
});

test.each([0, 1, 39])('a terminal that says it has %i columns is shown all the same', columns => {
  const shown = terminal(violated, columns);
  expect(shown).toContain('FINDING 1: ');
  expect(shown).toContain('VIOLATED');
});

describe('a report', () => {
  test('says what was found, what it rests on, and what to do next', () => {
    const text = terminal(violated);
    expect(text).toContain('FINDING 1: keeps login');
    expect(text).toMatch(/"The server MUST discard any knowledge obtained from the client/);
    expect(text).toMatch(
      /reference:keeps-login \(.*\): VIOLATED\n {2}In TLS it still knows, or runs, something/,
    );
    expect(text).toMatch(/\d+ scenarios, \d+ judged: TLS came about on the used and on a fresh connection/);
    expect(text).toContain('Next: run it again with --corpus DIR');
  });

  test.each(HOSTILE)('stays plain, whatever a stored result says: %j', text => {
    for (const width of [80, 140])
      for (const line of terminal(hostile(violated, text), width).split('\n'))
        expect(line).toMatch(/^[\x20-\x7e…→·]*$/);
  });
});
