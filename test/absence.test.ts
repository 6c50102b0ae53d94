import { describe, expect, test } from 'vitest';
import { newAbsence } from '../src/absence.ts';
import { BARE, type Scenario } from '../src/scenario.ts';
import type { Transcript, UpgradeOutcome } from '../src/transcript.ts';

const scenario = (name: 'a' | 'b' | 'c'): Scenario => ({
  before: [{ kind: 'ehlo', name }],
  upgrade: BARE,
  after: [],
});
const [A, B, C] = [scenario('a'), scenario('b'), scenario('c')];

const ended = (upgrade: UpgradeOutcome): Transcript => ({
  nonce: 'z0',
  upgrade,
  entries: [],
  handlers: [],
  deliveries: [],
  connections: 1,
});

/** What had broken off, behind runs that ended so. */
function brokenOff(...runs: readonly (readonly [Scenario, UpgradeOutcome])[]): readonly Scenario[] {
  const absence = newAbsence();
  for (const [played, upgrade] of runs) absence.saw(played, ended(upgrade));
  return absence.brokenOff();
}

describe('what was under way when no connection was taken any more', () => {
  test('is nothing, however many connections break off, where the next one is taken', () => {
    expect(brokenOff([A, 'lost'], [B, 'lost'])).toEqual([]);
    expect(brokenOff()).toEqual([]);
  });

  test('is what has broken off behind the last run that did not, whichever end is told first', () => {
    expect(brokenOff([A, 'lost'], [A, 'secure'], [B, 'lost'], [A, 'unreachable'], [C, 'lost'])).toEqual([
      B,
      C,
    ]);
  });

  test('stays what it was the first time, though the target came back', () => {
    expect(
      brokenOff([A, 'lost'], [B, 'unreachable'], [B, 'secure'], [C, 'lost'], [C, 'unreachable']),
    ).toEqual([A]);
  });

  test('is bounded', () => {
    const runs = Array.from({ length: 100 }, () => [A, 'lost'] as const);
    expect(brokenOff(...runs, [B, 'unreachable'])).toHaveLength(8);
  });
});
