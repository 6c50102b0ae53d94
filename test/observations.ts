/** Facts and observations made by hand, for the tests of what is done with them. */

import type { Fact, Observation } from '../src/observe.ts';

/** The first line of a reply to NOOP, unless said otherwise. */
export function fact(fields: Partial<Fact> & Pick<Fact, 'value'>): Fact {
  return { step: 0, verb: 'noop', aspect: 'text', place: '0.250.0', ...fields };
}

export function observation(...facts: readonly Fact[]): Observation {
  return { facts, digest: JSON.stringify(facts) };
}
