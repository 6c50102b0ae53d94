/** Units for tests. */

import type { Unit } from '../../src/campaign/unit.ts';

export function newUnit(id: string, more: Partial<Unit> = {}): Unit {
  return {
    run: 'r',
    id,
    phase: 'explore',
    name: 't',
    target: { target: 'reference' },
    claims: ['fresh-connection'],
    wanted: [],
    seed: 1,
    jobs: 8,
    scenarios: 10,
    examples: [],
    seeds: [],
    ...more,
  };
}
