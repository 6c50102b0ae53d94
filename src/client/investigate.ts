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
import { isOffer, type Script, size } from './script.ts';

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

/** How often a smaller script is looked at, where what it is to show does not come every time. */
const RACE_LOOKS = 3;

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
  const { value, minimal } = await minimised(
    options,
    script,
    { signature: deviation.signature, seldom },
    shown,
  );
  const fewer = minimal ? await withFewerSteps(options, value, deviation, shown) : undefined;
  const notes: Note[] = [];
  for (const [candidate, wanted, isMinimal] of [
    ...(fewer === undefined ? [] : [[fewer.script, fewer.deviation, true] as const]),
    [value, deviation, minimal] as const,
    [script, deviation, false] as const,
  ]) {
    const result = await confirmed(patient(options, seldom), candidate, wanted, shown);
    if (result.kind === 'confirmed')
      return {
        kind: 'finding',
        finding: await named(experiment, candidate, wanted, isMinimal, result),
        notes,
      };
    if (candidate !== fewer?.script) notes.push(told(result, wanted));
  }
  return { kind: 'nothing', notes };
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
  const wanted = { signature: deviation.signature, seldom: isSeldom(rough) };
  const { value, minimal } = await minimised(options, script, wanted, shown);
  if (!minimal) return undefined;
  const result = await confirmed(patient(options, wanted.seldom), value, deviation, shown);
  return result.kind === 'confirmed' ? named(experiment, value, deviation, minimal, result) : undefined;
}

/** What proves itself and was shown by two scripts, when there was no time for more: `example` is how one showed it. */
export const seenTwice = (
  experiment: ClientExperiment,
  example: ClientExamination,
  deviation: Deviation,
): Promise<ClientFinding> => named(experiment, example.script, deviation, false, { rate: '2/2', example });

/** Scripts that were seen to show an effect, as JSON, and how. */
type Shown = Map<string, ClientExamination>;

/** What has been reached when time is up is not lost. */
async function minimised(
  { experiment, jobs, expired }: ClientInvestigationOptions,
  script: Script,
  { signature, seldom }: { readonly signature: string; readonly seldom: boolean },
  shown: Shown,
): Promise<Reduced<Script>> {
  let best = script;
  const looks = seldom ? RACE_LOOKS : 1;
  const stillShows = async (candidate: Script): Promise<boolean> => {
    for (let look = 0; look < looks; look++) {
      const examination = await experiment.suspect(candidate);
      if (showsClient(examination, signature) === undefined) continue;
      shown.set(JSON.stringify(candidate), examination);
      if (size(candidate) < size(best)) best = candidate;
      return true;
    }
    return false;
  };
  try {
    return await minimiseScript(script, stillShows, { jobs, expired });
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
  candidate: Script,
  wanted: Deviation,
  shown: Shown,
): Promise<ClientConfirmation> {
  const sighting = wanted.proof === 'sighting' ? shown.get(JSON.stringify(candidate)) : undefined;
  return sighting === undefined
    ? confirmClient(experiment, candidate, wanted, least)
    : { kind: 'confirmed', rate: '2/2', example: sighting };
}

async function named(
  experiment: ClientExperiment,
  script: Script,
  wanted: Deviation,
  minimal: boolean,
  { rate, example }: Pick<Confirmed, 'rate' | 'example'>,
): Promise<ClientFinding> {
  const deviation = showsClient(example, wanted.signature) ?? wanted;
  const fingerprint = await nameOf(experiment, script, deviation, minimal);
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
