/** Coverage: what was reached, and the few scenarios that reach it again. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cover, type Reach } from '../src/coverage.ts';
import type { Scenario } from '../src/scenario.ts';

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
