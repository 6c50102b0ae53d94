/**
 * From one suspicion about a client to what it comes to: it is looked at again, made small, confirmed and named.
 *
 * What else was found is not known here; which suspicions are taken up is decided in `suspicions.ts`.
 */

import { RACE_RUNS } from '../certainty.ts';
import type { Deviation } from '../claim.ts';
import type { Note } from '../note.ts';
import type { Reduced } from '../reduce.ts';
import { nameOf } from './breadth.ts';
import { type ClientConfirmation, confirmClient, lookAgain, showsClient } from './confirm.ts';
import {
  type ClientExamination,
  type ClientExperiment,
  Interrupted,
  unlessInterrupted,
} from './experiment.ts';
import type { ClientFinding } from './finding.ts';
import { fingerprintOf } from './fingerprint.ts';
import { minimiseScript } from './minimise.ts';
import { reached } from './reached.ts';
import { hasGlue, isOffer, type Script, size } from './script.ts';

export interface ClientInvestigationOptions {
  readonly experiment: ClientExperiment;
  readonly jobs: number;
  /** Whether the time for minimising is used up. */
  readonly expired: () => boolean;
  /** Pairs that it takes, where more than usual. */
  readonly least?: number;
}

/** A deviation, and what showed it. */
export interface ClientSuspicion {
  readonly seen: ClientExamination;
  readonly deviation: Deviation;
}

export type ClientInvestigation =
  | { readonly kind: 'finding'; readonly finding: ClientFinding; readonly notes: readonly Note[] }
  /** It varies by itself; what the same script shows beside it is to be looked into anew. */
  | { readonly kind: 'noise'; readonly behind: readonly ClientSuspicion[] }
  | { readonly kind: 'nothing'; readonly notes: readonly Note[] };

/** How a smaller script is to show what the larger one did: so many times in so many looks. */
interface Asked {
  readonly shown: number;
  readonly looks: number;
}
const AT_ONCE: Asked = { shown: 1, looks: 1 };
/** Where it does not come every time. */
const NOW_AND_THEN: Asked = { shown: 1, looks: 3 };
/** Where of what was smaller and showed it so it did not come again: as it came of the larger one, every time or seldom. */
const EVERY_TIME: Asked = { shown: 3, looks: 3 };
const OFTEN: Asked = { shown: 3, looks: 6 };

/** Throws `Interrupted` where the search is over before it has come to anything. */
export async function investigateClient(
  options: ClientInvestigationOptions,
  { seen, deviation: suspected }: ClientSuspicion,
): Promise<ClientInvestigation> {
  const { experiment } = options;
  const { script } = seen;
  const again = await lookAgain(experiment, seen, suspected);
  if (again.kind === 'noise')
    return { kind: 'noise', behind: again.behind.map(deviation => ({ seen: again.judged, deviation })) };
  if (again.kind !== 'shown') return { kind: 'nothing', notes: [told(again, suspected)] };
  const { deviation, example, seldom } = again;
  const shown: Shown = new Map([[JSON.stringify(script), example]]);
  const notes: Note[] = [];
  for await (const candidate of candidates(options, { script, deviation, seldom }, shown)) {
    const result = await confirmed(patient(options, seldom), candidate, shown);
    if (result.kind === 'confirmed')
      return { kind: 'finding', finding: await named(experiment, candidate, result), notes };
    if (candidate.isFewer !== true) notes.push(told(result, candidate.deviation));
  }
  return { kind: 'nothing', notes };
}

/** A script that is to be confirmed. */
interface Candidate {
  readonly script: Script;
  readonly deviation: Deviation;
  readonly minimal: boolean;
  /** Whether it shows something else than what was seen, that comes of the same. */
  readonly isFewer?: true;
}

/** A suspicion that is looked into; `seldom`: whether it does not come every time. */
interface Sought extends Pick<ClientFinding, 'script' | 'deviation'> {
  readonly seldom: boolean;
}

/** What may be told of a suspicion, the best first; each is looked for when those before it could not be confirmed. */
async function* candidates(
  options: ClientInvestigationOptions,
  sought: Sought,
  shown: Shown,
): AsyncGenerator<Candidate, void, undefined> {
  const { script, deviation } = sought;
  for await (const small of smaller(options, sought, shown)) {
    const fewer = small.minimal ? await withFewerSteps(options, small.script, deviation, shown) : undefined;
    if (fewer !== undefined) yield { ...fewer, minimal: true, isFewer: true };
    yield small;
  }
  yield { script, deviation, minimal: false };
}

/** As small as it goes; behind it what is small and shows it more surely, since one look may be luck. */
async function* smaller(
  options: ClientInvestigationOptions,
  { script, deviation, seldom }: Sought,
  shown: Shown,
): AsyncGenerator<Candidate, void, undefined> {
  const { signature, proof } = deviation;
  const asked = (how: Asked): Promise<Reduced<Script>> => minimised(options, script, signature, how, shown);
  const { value, minimal } = await asked(seldom ? NOW_AND_THEN : AT_ONCE);
  yield { script: value, deviation, minimal };
  if (proof !== 'pair' || value === script) return;
  const steady = await asked(seldom ? OFTEN : EVERY_TIME);
  yield { script: steady.value, deviation, minimal: steady.minimal };
}

/** With more pairs for what does not come every time: a few of them may not show it. */
const patient = (options: ClientInvestigationOptions, isSeldom: boolean): ClientInvestigationOptions =>
  isSeldom ? { ...options, least: RACE_RUNS } : options;

/** The finding made small, if it can be; or undefined. */
export async function smallerFinding(
  options: ClientInvestigationOptions,
  rough: ClientFinding,
): Promise<ClientFinding | undefined> {
  const { experiment } = options;
  const { script, deviation, example } = rough;
  const shown: Shown = new Map([[JSON.stringify(script), example]]);
  const seldom = isSeldom(rough);
  for await (const candidate of smaller(options, { script, deviation, seldom }, shown)) {
    if (!candidate.minimal) return undefined;
    const result = await confirmed(patient(options, seldom), candidate, shown);
    if (result.kind === 'confirmed') return named(experiment, candidate, result);
  }
  return undefined;
}

/** What proves itself and was shown by two scripts, when there was no time for more: `example` is how one showed it. */
export const seenTwice = (
  experiment: ClientExperiment,
  example: ClientExamination,
  deviation: Deviation,
): Promise<ClientFinding> =>
  named(experiment, { script: example.script, deviation, minimal: false }, { rate: '2/2', example });

/** Scripts that were seen to show an effect, as JSON, and how. */
type Shown = Map<string, ClientExamination>;

/** What has been reached when time is up is not lost. */
async function minimised(
  { experiment, jobs, expired }: ClientInvestigationOptions,
  script: Script,
  signature: string,
  asked: Asked,
  shown: Shown,
): Promise<Reduced<Script>> {
  let best = script;
  const stillShows = async (candidate: Script): Promise<boolean> => {
    let missing = asked.shown;
    for (let left = asked.looks; left >= missing; left--) {
      const examination = await experiment.suspect(candidate);
      if (showsClient(examination, signature) === undefined) continue;
      missing--;
      shown.set(JSON.stringify(candidate), examination);
      if (missing > 0) continue;
      if (size(candidate) < size(best)) best = candidate;
      return true;
    }
    return false;
  };
  // Mostly all of it is gone at once; the run that showed it may not be the one that is to show it again.
  const withoutUnplayed = async (): Promise<Script> => {
    const example = shown.get(JSON.stringify(script));
    const played = example === undefined ? script : reached(example);
    const isLess = JSON.stringify(played) !== JSON.stringify(script);
    return isLess && (await stillShows(played)) ? played : script;
  };
  try {
    return await minimiseScript(await withoutUnplayed(), stillShows, { jobs, expired });
  } catch (error) {
    if (error instanceof Interrupted) return { value: best, minimal: false };
    throw error;
  }
}

/**
 * What comes of the same with fewer steps and shows otherwise: a list that has a client say one thing first, say, is not needed where
 * without it another comes first. Tried only where the script would be called the same, or after less of its list.
 */
async function withFewerSteps(
  { experiment, jobs, expired }: ClientInvestigationOptions,
  script: Script,
  { claim, ...wanted }: Deviation,
  shown: Shown,
): Promise<{ readonly script: Script; readonly deviation: Deviation } | undefined> {
  const name = fingerprintOf(script, { claim, ...wanted });
  // Less of the list is not all that is kept, if more is: what else is kept shows without it.
  const isList = claim === 'client-discards' && script.before.every(isOffer);
  const isSame = (candidate: Script, one: Deviation): boolean =>
    isList ? candidate.before.length > 0 : fingerprintOf(candidate, one) === name;
  const alike = (candidate: Script, { deviations }: ClientExamination): Deviation | undefined =>
    deviations.find(one => one.claim === claim && isSame(candidate, one));
  const stillShows = async (candidate: Script): Promise<boolean> => {
    if (size(candidate) >= size(script) || !isSame(candidate, { claim, ...wanted })) return false;
    const examination = await experiment.suspect(candidate);
    if (alike(candidate, examination) === undefined) return false;
    shown.set(JSON.stringify(candidate), examination);
    return true;
  };
  try {
    const { value } = await minimiseScript(script, stillShows, { jobs, expired });
    const example = value === script ? undefined : shown.get(JSON.stringify(value));
    const deviation = example === undefined ? undefined : alike(value, example);
    return deviation === undefined ? undefined : { script: value, deviation };
  } catch (error) {
    return unlessInterrupted(error);
  }
}

/** What proves itself was confirmed by the runs that made it small. */
async function confirmed(
  { experiment, least }: ClientInvestigationOptions,
  { script, deviation }: Candidate,
  shown: Shown,
): Promise<ClientConfirmation> {
  const sighting = deviation.proof === 'sighting' ? shown.get(JSON.stringify(script)) : undefined;
  if (sighting !== undefined) return { kind: 'confirmed', rate: '2/2', example: sighting };
  const result = await confirmClient(experiment, script, deviation, least);
  // What comes behind the 220 races the handshake, and may lose a handful of times.
  return result.kind === 'unconfirmed' && least === undefined && hasGlue(script.upgrade)
    ? confirmClient(experiment, script, deviation, RACE_RUNS)
    : result;
}

async function named(
  experiment: ClientExperiment,
  { script, deviation: wanted, minimal }: Candidate,
  { rate, example }: Pick<Confirmed, 'rate' | 'example'>,
): Promise<ClientFinding> {
  const deviation = showsClient(example, wanted.signature) ?? wanted;
  // What it did not come to has no part in what it did, and none in its name.
  const played = !minimal && deviation.proof === 'sighting' ? reached({ ...example, script }) : script;
  const fingerprint = await nameOf(experiment, played, deviation, minimal);
  return { script, deviation, fingerprint, confirmed: rate, minimal, example };
}

type Confirmed = Extract<ClientConfirmation, { kind: 'confirmed' }>;

const told = (
  { kind, reason }: { readonly kind: Note['kind']; readonly reason: string },
  { summary }: Deviation,
): Note => ({ kind, text: `${summary}: ${reason}` });

/** Whether it did not come every time: `3/20`. */
function isSeldom({ confirmed: rate }: ClientFinding): boolean {
  const [hits, runs] = rate.split('/');
  return hits !== runs;
}
