/** Coverage: what was reached, and the few scenarios that reach it again. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Reach } from '../src/coverage.ts';
import { cover, newCoverage } from '../src/coverage.ts';
import type { Scenario } from '../src/scenario.ts';
import type { Transcript } from '../src/transcript.ts';

const scenario: Scenario = {
  before: [],
  upgrade: { handshake: { kind: 'sound', version: '1.3' } },
  after: [],
};
const reaching = (...transitions: string[]): Reach => ({ scenario, transitions });
const all = (reaches: readonly Reach[]): ReadonlySet<string> =>
  new Set(reaches.flatMap(({ transitions }) => transitions));

test('one scenario that reaches everything stands for all', () => {
  expect(cover([reaching('a'), reaching('a', 'b', 'c'), reaching('b', 'c')])).toEqual([
    reaching('a', 'b', 'c'),
  ]);
});

test('what the later choices made superfluous goes', () => {
  // Greed takes the four first; the two others cover all of it.
  expect(cover([reaching('b', 'c', 'e', 'f'), reaching('a', 'b', 'c'), reaching('d', 'e', 'f')])).toEqual([
    reaching('a', 'b', 'c'),
    reaching('d', 'e', 'f'),
  ]);
});

test('whatever was reached is still reached, and no scenario that stays could go', () => {
  const reach = fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { minLength: 1 });
  fc.assert(
    fc.property(fc.array(reach), sets => {
      const reaches = sets.map(transitions => reaching(...transitions));
      const chosen = cover(reaches);
      expect(all(chosen)).toEqual(all(reaches));
      for (const one of chosen)
        expect(all(chosen.filter(other => other !== one)).size).toBeLessThan(all(reaches).size);
    }),
  );
});

const SEEN: Transcript = {
  nonce: 'z',
  upgrade: 'secure',
  entries: [],
  handlers: [],
  deliveries: [],
  connections: 1,
};

test.each([
  ['nothing', [], 1],
  ['four that differ', ['1', '2', '3', '4'], 1],
  ['two of four twice', ['1', '2', '1', '2'], 0],
  ['one of four once', ['1', '2', '1', '1'], 0.25],
  ['two that differ in the letters of tokens alone', ['EHLO <a>', 'EHLO <b>'], 0],
])('the chance to see more is the share of what was seen once: %s', (_, digests, chance) => {
  const coverage = newCoverage();
  for (const digest of digests) coverage.add(scenario, SEEN, { facts: [], digest });
  expect(coverage.summary().discovery).toBe(chance);
});

test('observations of a night are told apart as well as those of a minute', () => {
  const coverage = newCoverage();
  for (let run = 0; run < 100_000; run++) coverage.add(scenario, SEEN, { facts: [], digest: `${run}` });
  expect(coverage.summary().discovery).toBeGreaterThan(0.95);
});

test('the curve of a long run has few points, first and last among them, in order', () => {
  const coverage = newCoverage();
  for (let run = 1; run <= 5_000; run++) {
    coverage.add(scenario, SEEN, { facts: [], digest: String(run % 7) });
    coverage.mark(run);
  }
  const scenarios = coverage.curve().map(point => point.scenarios);
  expect(scenarios.length).toBeLessThanOrEqual(200);
  expect([scenarios[0], scenarios.at(-1)]).toEqual([1, 5_000]);
  expect(scenarios).toEqual(scenarios.toSorted((one, other) => one - other));
});

test('STARTTLS is noted with the phase in which it was sent, and how it was answered', () => {
  const coverage = newCoverage();
  const reply = (code: number) => ({ kind: 'reply' as const, code, lines: [''] });
  const transcript: Transcript = {
    nonce: 'z',
    upgrade: 'refused',
    entries: [
      { at: 0, part: 'before', step: 0, kind: 'received', reply: reply(250) },
      { at: 1, part: 'upgrade', step: 0, kind: 'received', reply: reply(454) },
    ],
    handlers: [],
    deliveries: [],
    connections: 1,
  };
  const greeted: Scenario = { ...scenario, before: [{ kind: 'ehlo', name: 'a' }] };
  coverage.add(greeted, transcript, { facts: [], digest: '' });
  expect(coverage.summary().upgrades).toEqual(['greeted 4']);
});
