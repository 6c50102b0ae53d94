/**
 * The canary must die: every planted fault is found, in memory, with one seed and a bound on the scenarios, and no
 * sound variant is called faulty. How soon, how small and beside what baselines is measured by `npm run bench:finding`.
 */

import { describe, expect, test } from 'vitest';
import { CLAIMS } from '../properties/index.ts';
import { check } from '../src/check.ts';
import type { Report } from '../src/report/report.ts';
import type { Variant } from '../src/targets/reference/faults/fault.ts';
import { drawnFault, drawnFaults } from '../src/targets/reference/faults/generated.ts';
import { FAULTS } from '../src/targets/reference/faults/index.ts';
import { SOUND_VARIANTS } from '../src/targets/reference/sound.ts';
import { referenceInMemory } from '../src/targets/reference/target.ts';
import { chance } from './chance.ts';

const SEED = 1;
/** The rarest take a thousand in the mean, so that one seed in a hundred takes five times as many. */
const SCENARIOS = 5_000;
const SOUND_SCENARIOS = 150;

/** Faults that are not found yet with this seed, and why. One that is found after all fails the test. */
const MISSED: Readonly<Record<string, string>> = {};
/** Sound variants that are called faulty as yet, and how. */
const FALSE_ALARMS: Readonly<Record<string, string>> = {};

function checked({ name, options }: Variant, scenarios: number, stopOnFirst: boolean): Promise<Report> {
  return check(referenceInMemory({ ...options, random: chance() }), {
    name,
    seed: SEED,
    jobs: 1,
    claims: CLAIMS,
    wanted: [],
    scenarios,
    stopOnFirst,
  });
}

/** A test that is meant to fail as yet says why. */
const testOf = (name: string, known: Readonly<Record<string, string>>): typeof test.fails =>
  name in known ? test.fails : (test as typeof test.fails);

describe('the planted fault', () => {
  for (const fault of FAULTS) {
    testOf(fault.name, MISSED)(`${fault.name} is found${reason(MISSED[fault.name])}`, async () => {
      const { verdict, findings } = await checked(fault, SCENARIOS, true);
      expect(verdict).toBe('violated');
      expect(findings[0]?.minimal).toBe(true);
    });
  }
});

describe('the sound variant', () => {
  for (const variant of SOUND_VARIANTS) {
    testOf(variant.name, FALSE_ALARMS)(
      `${variant.name} is not called faulty${reason(FALSE_ALARMS[variant.name])}`,
      async () => {
        const { findings } = await checked(variant, SOUND_SCENARIOS, false);
        expect(findings.map(({ summary }) => summary)).toEqual([]);
      },
    );
  }
});

describe('faults drawn by seed', () => {
  test('are the same for the same name', () => {
    const drawn = drawnFaults(7, 5);
    for (const { name, title } of drawn) expect(drawnFault(name)?.title).toBe(title);
    expect(new Set(drawnFaults(8, 50).map(({ title }) => title)).size).toBeGreaterThan(40);
    expect(drawnFault('drawn-x')).toBeUndefined();
  });
});

function reason(text: string | undefined): string {
  return text === undefined ? '' : ` (not yet: ${text})`;
}
