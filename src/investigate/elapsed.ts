/**
 * Whether time alone brings a difference: a look-up is done by then, or clients have waited as long as they are made to. Of
 * what was said before STARTTLS a server need know nothing for that; a fresh connection that waits as long shows it too.
 */

import { compare, type Difference, signature } from '../compare.ts';
import type { Examination, Experiment, Seen } from '../experiment.ts';
import type { Scenario } from '../scenario.ts';
import type { Transcript } from '../transcript.ts';

export interface ToldByTime {
  readonly kind: 'elapsed-time';
  readonly reason: string;
}

/** So often a connection that waits has to show it: what varies by itself may do so once. */
const LOOKS = 2;
/** It waits longer than the used run took to come to STARTTLS, by this share and so many milliseconds: none is that exact. */
const LONGER = 1.25;
const AT_LEAST = 10;

/** `example`: a pair that shows it. */
export async function toldByTime(
  experiment: Experiment,
  scenario: Scenario,
  wanted: string,
  example: Examination,
): Promise<ToldByTime | undefined> {
  const ms = ageAtStarttls(example.used.transcript);
  for (let look = 0; look < LOOKS; look++) {
    const waiting = await experiment.freshAfter(scenario, ms);
    const fresh = await experiment.fresh(scenario);
    if (differsAs(experiment, waiting, fresh, wanted) === undefined) return undefined;
  }
  return { kind: 'elapsed-time', reason: `a fresh connection shows the same once it is ${ms} ms old` };
}

/** Milliseconds from the greeting to STARTTLS, and a few more. */
export function ageAtStarttls({ entries }: Transcript): number {
  const starttls = entries.find(({ kind, part }) => kind === 'sent' && part === 'upgrade');
  return Math.ceil(LONGER * ((starttls?.at ?? 0) - (entries[0]?.at ?? 0))) + AT_LEAST;
}

/** The difference of that signature between two runs. */
export const differsAs = (
  { noise }: Experiment,
  one: Seen,
  other: Seen,
  wanted: string,
): Difference | undefined =>
  compare(one.observation, other.observation, noise).find(difference => signature(difference) === wanted);
