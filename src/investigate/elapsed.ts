/**
 * Whether time alone brings a difference: a look-up is done by then, or clients have waited as long as they are made to. Of
 * what was said before STARTTLS a server need know nothing for that; a fresh connection that waits as long shows it too.
 */

import { compare, signature } from '../compare.ts';
import type { Examination, Experiment } from '../experiment.ts';
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
  const ms = Math.ceil(LONGER * elapsedIn(example.used.transcript)) + AT_LEAST;
  for (let look = 0; look < LOOKS; look++) {
    const waiting = await experiment.freshAfter(scenario, ms);
    const fresh = await experiment.fresh(scenario);
    const differences = compare(waiting.observation, fresh.observation, experiment.noise);
    if (!differences.some(difference => signature(difference) === wanted)) return undefined;
  }
  return { kind: 'elapsed-time', reason: `a fresh connection shows the same once it is ${ms} ms old` };
}

/** Milliseconds from the greeting to STARTTLS. */
function elapsedIn({ entries }: Transcript): number {
  const starttls = entries.find(({ kind, part }) => kind === 'sent' && part === 'upgrade');
  return (starttls?.at ?? 0) - (entries[0]?.at ?? 0);
}
