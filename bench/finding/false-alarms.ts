/** Sound variants × seeds: whatever afresh finds in one of them is a false alarm. */

import { CLAIMS } from '../../properties/index.ts';
import { check } from '../../src/check.ts';
import type { ReportedFinding } from '../../src/report/report.ts';
import type { Variant } from '../../src/targets/reference/faults/fault.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';

export interface Sounded {
  readonly variant: Variant;
  readonly seed: number;
  readonly verdict: string;
  readonly alarms: readonly ReportedFinding[];
}

export async function sound(variant: Variant, seed: number, scenarios: number): Promise<Sounded> {
  const { verdict, findings } = await check(referenceInMemory(variant.options), {
    name: variant.name,
    seed,
    jobs: 1,
    claims: CLAIMS,
    wanted: [],
    scenarios,
  });
  return { variant, seed, verdict, alarms: findings };
}
