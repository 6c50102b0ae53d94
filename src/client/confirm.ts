/**
 * From a suspicion about a client to certainty, by repetition with new tokens: a pair needs 5 of 5, or for a race ten that
 * show it and no fresh run that does so; what proves itself needs one further sighting in 20. Fresh runs that disagree accuse
 * nobody.
 *
 * A client that is slow now and then is cut off now and then, with and without anything before TLS. That it was still
 * speaks against it only where it is so every time, and never in a fresh run.
 */

import { PAIRS, RACE_HITS, RACE_RUNS, SIGHTING_RUNS, spelledRate } from '../certainty.ts';
import type { Deviation } from '../claim.ts';
import { type ClientExamination, type ClientExperiment, isIdle } from './experiment.ts';
import type { Script } from './script.ts';

export type ClientConfirmation =
  | { readonly kind: 'confirmed'; readonly rate: string; readonly example: ClientExamination }
  | { readonly kind: 'unconfirmed' | 'unstable'; readonly reason: string };

/** Pairs of a race, those in which somebody was still among them. */
const MOST_RUNS = 4 * RACE_RUNS;
/**
 * What a client does now and then by itself it does in the fresh run of a pair as likely as in the used one. So often, and in
 * none of the fresh ones, is once in a thousand.
 */
const HITS_ALONE = 10;
/** Pairs that are looked at before it is said that something was seen once and not again. */
const LOOKS = 5;

export const showsClient = ({ deviations }: ClientExamination, signature: string): Deviation | undefined =>
  deviations.find(deviation => deviation.signature === signature);

/** `least`: pairs before it is said that none shows it; a race may be missed in fewer. */
export function confirmClient(
  experiment: ClientExperiment,
  script: Script,
  { proof, signature }: Deviation,
  least = PAIRS,
): Promise<ClientConfirmation> {
  return proof === 'pair'
    ? confirmPair(experiment, script, signature, least)
    : sight(experiment, script, signature);
}

async function sight(
  experiment: ClientExperiment,
  script: Script,
  signature: string,
): Promise<ClientConfirmation> {
  for (let runs = 1; runs <= SIGHTING_RUNS; runs++) {
    const example = await experiment.examineAnew(script);
    if (showsClient(example, signature) !== undefined)
      return { kind: 'confirmed', rate: spelledRate({ hits: 1, of: runs }), example };
  }
  return { kind: 'unconfirmed', reason: `not seen again in ${SIGHTING_RUNS} runs` };
}

async function confirmPair(
  experiment: ClientExperiment,
  script: Script,
  signature: string,
  least: number,
): Promise<ClientConfirmation> {
  let examined = await repeated(experiment, script, PAIRS);
  let judged = tally(experiment, examined, signature);
  const add = async (more: number): Promise<void> => {
    examined = [...examined, ...(await repeated(experiment, script, more))];
    judged = tally(experiment, examined, signature);
  };
  // What varies in the first few needs no more.
  if (judged.unstable === undefined && least > PAIRS) await add(Math.min(MOST_RUNS, least) - PAIRS);
  while (isOpen(judged) && examined.length < MOST_RUNS) {
    const due = judged.hits === judged.of ? PAIRS : RACE_RUNS * (Math.floor(judged.of / RACE_RUNS) + 1);
    await add(Math.min(due - judged.of, MOST_RUNS - examined.length));
  }
  const { hits, of, still, example, unstable } = judged;
  if (unstable !== undefined) return { kind: 'unstable', reason: unstable };
  if (example !== undefined && isShown(judged))
    return { kind: 'confirmed', rate: spelledRate({ hits, of }), example };
  const cut = still === 0 ? '' : `; in ${still} others the client was still, and that is no measure`;
  return { kind: 'unconfirmed', reason: `seen in ${hits} of ${of} pairs only${cut}` };
}

/** Whether what a pair has shown comes every time, and nothing varies among the fresh runs. */
export async function comesAgain(
  experiment: ClientExperiment,
  seen: ClientExamination,
  { proof, signature }: Deviation,
): Promise<boolean> {
  if (proof !== 'pair') return true;
  const more = await repeated(experiment, seen.script, PAIRS - 1);
  const judged = tally(experiment, [seen, ...more], signature);
  return judged.unstable === undefined && isEveryTime(judged);
}

export type SecondLook =
  /** The same, or else what shows to the same claim: a race may end in several ways. `seldom`: not at the first look. */
  | {
      readonly kind: 'shown';
      readonly deviation: Deviation;
      readonly example: ClientExamination;
      readonly seldom: boolean;
    }
  /** What was seen varies in the fresh runs as well. `behind`: the same runs, and what that stood before. */
  | { readonly kind: 'noise'; readonly judged: ClientExamination; readonly behind: readonly Deviation[] }
  | { readonly kind: 'unconfirmed' | 'unstable'; readonly reason: string };

/** Whether it is worth the while to go into what was seen: a race may take a few looks to come again. */
export async function lookAgain(
  experiment: ClientExperiment,
  seen: ClientExamination,
  wanted: Deviation,
): Promise<SecondLook> {
  const { proof, signature, claim } = wanted;
  let looks: readonly ClientExamination[] = [];
  let unstable: string | undefined;
  for (const more of proof === 'pair' ? [1, LOOKS - 1] : [1]) {
    looks = [...looks, ...(await repeated(experiment, seen.script, more))];
    if (proof === 'pair') unstable = variesBySelf(experiment, [seen, ...looks]);
    const judged = experiment.judge(seen.script, seen.used, seen.fresh);
    if (showsClient(judged, signature) === undefined)
      return {
        kind: 'noise',
        judged,
        behind: judged.deviations.filter(other => showsClient(seen, other.signature) === undefined),
      };
    const others = looks.map(({ script, used, fresh }) => experiment.judge(script, used, fresh));
    const example = others.find(examination => showsClient(examination, signature) !== undefined);
    if (example !== undefined)
      return { kind: 'shown', deviation: wanted, example, seldom: example !== others[0] };
    for (const other of others.slice(1))
      for (const deviation of other.deviations)
        if (deviation.claim === claim) return { kind: 'shown', deviation, example: other, seldom: true };
  }
  return unstable === undefined
    ? {
        kind: 'unconfirmed',
        reason:
          looks.length === 1
            ? 'seen once and not again'
            : `seen once, and not again in ${looks.length} further runs`,
      }
    : { kind: 'unstable', reason: unstable };
}

const repeated = (
  experiment: ClientExperiment,
  script: Script,
  count: number,
): Promise<readonly ClientExamination[]> =>
  Promise.all(Array.from({ length: count }, () => experiment.examineAnew(script)));

interface Tally {
  readonly hits: number;
  /** Pairs that are a measure. */
  readonly of: number;
  /** Pairs that are none, since a run was cut for stillness. */
  readonly still: number;
  readonly example: ClientExamination | undefined;
  readonly unstable: string | undefined;
}

const isEveryTime = ({ hits, of }: Tally): boolean => hits === of && of >= PAIRS;

const isShown = (judged: Tally): boolean =>
  isEveryTime(judged) || (judged.of >= RACE_RUNS && judged.hits >= HITS_ALONE);

/** Whether it may be a race, and there are too few pairs to tell. One that is rarer than a few in twenty is not waited for. */
const isOpen = (judged: Tally): boolean =>
  judged.unstable === undefined && !isShown(judged) && judged.hits >= (judged.of < RACE_RUNS ? 1 : RACE_HITS);

/** Learns what varies among the fresh runs by noise, and tells what varies besides. The pace varies in used runs, too. */
function variesBySelf(
  { noise }: ClientExperiment,
  examinations: readonly ClientExamination[],
): string | undefined {
  const [one, ...more] = examinations.map(({ used }) => used.observation);
  if (one !== undefined) for (const other of more) noise.learnPace(one, other);
  const [first, ...others] = examinations.flatMap(({ fresh }) =>
    fresh === undefined || isIdle(fresh) ? [] : [fresh.observation],
  );
  if (first === undefined) return undefined;
  const [difference] = others.flatMap(other => noise.learn(first, other) ?? []);
  return difference === undefined
    ? undefined
    : `without anything before TLS the client does now "${difference.used}", now "${difference.fresh}"`;
}

/** What varies among the fresh runs is learned first, then every pair is judged by that. */
function tally(
  experiment: ClientExperiment,
  examinations: readonly ClientExamination[],
  signature: string,
): Tally {
  const unstable = variesBySelf(experiment, examinations);
  const judged = examinations.map(({ script, used, fresh }) => experiment.judge(script, used, fresh));
  const shows = (examination: ClientExamination): boolean =>
    showsClient(examination, signature) !== undefined;
  // A fresh run that was cut off shows nothing, so that here every one went on.
  const measure = judged.every(shows) ? judged : judged.filter(isLively);
  const shown = measure.filter(shows);
  return {
    hits: shown.length,
    of: measure.length,
    still: judged.length - measure.length,
    example: shown[0],
    unstable,
  };
}

/** Whether neither run was cut for stillness. */
const isLively = ({ used, fresh }: ClientExamination): boolean =>
  !isIdle(used) && (fresh === undefined || !isIdle(fresh));
