/**
 * From a suspicion about a client to certainty, by repetition with new tokens: a pair needs 5 of 5, or for a race at
 * least 3 of 20; what proves itself needs one further sighting in 20. Fresh runs that disagree accuse nobody.
 */

import type { Deviation } from '../claim.ts';
import { type ClientExamination, type ClientExperiment, isIdle } from './experiment.ts';
import type { Script } from './script.ts';

export type ClientConfirmation =
  | { readonly kind: 'confirmed'; readonly rate: string; readonly example: ClientExamination }
  | { readonly kind: 'unconfirmed' | 'unstable'; readonly reason: string };

const PAIRS = 5;
const RACE_RUNS = 20;
const RACE_HITS = 3;
const SIGHTING_RUNS = 20;

export const showsClient = ({ deviations }: ClientExamination, signature: string): Deviation | undefined =>
  deviations.find(deviation => deviation.signature === signature);

export function confirmClient(
  experiment: ClientExperiment,
  script: Script,
  { proof, signature }: Deviation,
): Promise<ClientConfirmation> {
  return proof === 'pair' ? confirmPair(experiment, script, signature) : sight(experiment, script, signature);
}

async function sight(
  experiment: ClientExperiment,
  script: Script,
  signature: string,
): Promise<ClientConfirmation> {
  for (let runs = 1; runs <= SIGHTING_RUNS; runs++) {
    const example = await experiment.examineAnew(script);
    if (showsClient(example, signature) !== undefined)
      return { kind: 'confirmed', rate: `1/${runs}`, example };
  }
  return { kind: 'unconfirmed', reason: `not seen again in ${SIGHTING_RUNS} runs` };
}

async function confirmPair(
  experiment: ClientExperiment,
  script: Script,
  signature: string,
): Promise<ClientConfirmation> {
  const few = await repeated(experiment, script, PAIRS);
  let judged = tally(experiment, few, signature);
  if (judged.hits > 0 && judged.hits < PAIRS) {
    const more = await repeated(experiment, script, RACE_RUNS - PAIRS);
    judged = tally(experiment, [...few, ...more], signature);
  }
  const { hits, of, example, unstable } = judged;
  if (unstable !== undefined) return { kind: 'unstable', reason: unstable };
  if (example === undefined || (hits < PAIRS && hits < RACE_HITS))
    return { kind: 'unconfirmed', reason: `seen in ${hits} of ${of} pairs only` };
  return { kind: 'confirmed', rate: `${hits}/${of}`, example };
}

const repeated = (
  experiment: ClientExperiment,
  script: Script,
  count: number,
): Promise<readonly ClientExamination[]> =>
  Promise.all(Array.from({ length: count }, () => experiment.examineAnew(script)));

interface Tally {
  readonly hits: number;
  readonly of: number;
  readonly example: ClientExamination | undefined;
  readonly unstable: string | undefined;
}

/** What varies among the fresh runs is learned first, then every pair is judged by that. */
function tally(
  experiment: ClientExperiment,
  examinations: readonly ClientExamination[],
  signature: string,
): Tally {
  const [first, ...others] = examinations.flatMap(({ fresh }) =>
    fresh === undefined || isIdle(fresh) ? [] : [fresh],
  );
  let unstable: string | undefined;
  for (const other of others) {
    const difference =
      first === undefined ? undefined : experiment.noise.learn(first.observation, other.observation);
    if (difference !== undefined)
      unstable = `without anything before TLS the client does now "${difference.used}", now "${difference.fresh}"`;
  }
  const shown = examinations
    .map(({ script, used, fresh }) => experiment.judge(script, used, fresh))
    .filter(examination => showsClient(examination, signature) !== undefined);
  return { hits: shown.length, of: examinations.length, example: shown[0], unstable };
}
