/**
 * Whether time alone brings a difference: a look-up is done by then, or clients have waited as long as they are made to. Of
 * what was said before STARTTLS a server need know nothing for that; a fresh connection that waits as long shows it too.
 */

import { compare, type Difference, signature } from '../compare.ts';
import type { Examination, Experiment, Seen } from '../experiment.ts';
import type { Scenario } from '../scenario.ts';
import type { Entry, Transcript } from '../transcript.ts';

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
  const { transcript } = example.used;
  // On a busy machine the used run may have come to be that old in TLS only.
  for (const ms of [ageAtStarttls(transcript), longer(ageAt(transcript, transcript.entries.at(-1)))])
    if (await showsAt(ms, experiment, scenario, wanted))
      return { kind: 'elapsed-time', reason: `a fresh connection shows the same once it is ${ms} ms old` };
  return undefined;
}

/** Whether a connection that begins TLS at this age shows it, each time. */
async function showsAt(
  ms: number,
  experiment: Experiment,
  scenario: Scenario,
  wanted: string,
): Promise<boolean> {
  for (let look = 0; look < LOOKS; look++) {
    const waiting = await experiment.freshAfter(scenario, ms);
    const fresh = await experiment.fresh(scenario);
    if (differsAs(experiment, waiting, fresh, wanted) === undefined) return false;
  }
  return true;
}

/** Milliseconds from the greeting to STARTTLS, and a few more. */
export const ageAtStarttls = (transcript: Transcript): number =>
  longer(
    ageAt(
      transcript,
      transcript.entries.find(({ kind, part }) => kind === 'sent' && part === 'upgrade'),
    ),
  );

const ageAt = ({ entries }: Transcript, entry: Entry | undefined): number =>
  (entry?.at ?? 0) - (entries[0]?.at ?? 0);

const longer = (ms: number): number => Math.ceil(LONGER * Math.max(0, ms)) + AT_LEAST;

/** The difference of that signature between two runs. */
export const differsAs = (
  { noise }: Experiment,
  one: Seen,
  other: Seen,
  wanted: string,
): Difference | undefined =>
  compare(one.observation, other.observation, noise).find(difference => signature(difference) === wanted);
