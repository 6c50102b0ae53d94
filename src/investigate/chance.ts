/**
 * What fresh connections themselves answer now so, now so: chance, that a few pairs could pass for a difference.
 *
 * Nothing here looks at used runs. What is made of it stands in `confirm.ts`.
 */

import type { Deviation } from '../claim.ts';
import type { Experiment, Seen } from '../experiment.ts';
import { type Noise, pairs } from '../noise.ts';
import type { Fact } from '../observe.ts';
import type { Scenario } from '../scenario.ts';

/** How rarely a server that is fickle on every connection may pass for one with a race. */
const CHANCE = 1e-4;

/** Plays so many fresh runs that an effect of chance, of this share of the used runs, would have shown in one of them. */
export async function chanceOnFresh(
  experiment: Experiment,
  scenario: Scenario,
  fresh: Seen,
  share: number,
): Promise<string | undefined> {
  if (share >= 1) return undefined;
  const runs = Math.ceil(Math.log(CHANCE) / Math.log(1 - share));
  const more = await Promise.all(Array.from({ length: runs }, () => experiment.fresh(scenario)));
  experiment.learnFrom(more);
  const secure = more.filter(({ transcript }) => transcript.upgrade === 'secure');
  return disagreement(experiment.noise, [fresh, ...secure], 'race');
}

/** Whether fresh runs elsewhere gave now the one answer, now the other: five pairs prove nothing then. */
export function mayBeEither({ difference }: Deviation, { noise }: Experiment): boolean {
  if (difference === undefined) return false;
  const { used, fresh, ...where } = difference;
  return noise.isUnstable({ ...where, value: used }) && noise.isUnstable({ ...where, value: fresh });
}

/**
 * Where fresh runs differ from one another in more than text, in words: in any code, on which all else may hang, or in the
 * very thing that deviates. Of a race, which whatever shows by chance may stand for, nothing at all must differ.
 */
export function disagreement(
  noise: Noise,
  [first, ...others]: readonly Seen[],
  deviation: Deviation | 'race',
): string | undefined {
  if (first === undefined) return undefined;
  const isTold = (fact: Fact): boolean =>
    fact.aspect === 'code' ||
    fact.aspect === 'end' ||
    ((fact.aspect === 'list' || fact.aspect === 'enhanced') &&
      (deviation === 'race' || isAbout(deviation, fact)));
  for (const fresh of others) {
    for (const [left, right] of pairs(first.observation, fresh.observation)) {
      const fact = left ?? right;
      if (fact !== undefined && isTold(fact) && toldBy(noise, left) !== toldBy(noise, right)) {
        const answers = [left, right].map(one => one?.value ?? 'not at all').sort();
        return `fresh connections themselves answer ${fact.verb.toUpperCase()} now ${answers.join(', now ')}`;
      }
    }
  }
  return undefined;
}

const toldBy = (noise: Noise, fact: Fact | undefined): string | undefined =>
  fact === undefined ? undefined : noise.constant(fact);

const isAbout = ({ difference }: Deviation, { aspect, verb, place }: Fact): boolean =>
  aspect === difference?.aspect && verb === difference.verb && place === difference.place;
