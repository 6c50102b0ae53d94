/**
 * From a suspicion to certainty: by repetition, with new tokens each time, and with controls.
 *
 * A pair needs 5 of 5, or for a race at least 3 of 20 used against 0 of 20 fresh, or 3 of 60 where it is rare; what
 * proves itself needs one further sighting in 20. What a *new* connection shows as well, after the same was said on an
 * earlier one, has not outlived STARTTLS but is known across connections. Of a pair, what a resumed session shows though
 * nothing was said at all is what TLS itself tells the server.
 */

import { PAIRS, RACE_HITS, RACE_RUNS, SIGHTING_RUNS } from '../certainty.ts';
import type { Deviation } from '../claim.ts';
import type { Difference } from '../compare.ts';
import type { Examination, Experiment, Seen } from '../experiment.ts';
import { earlierSteps, isClean, mayRace, type Scenario, type Step } from '../scenario.ts';
import { chanceOnFresh, disagreement, mayBeEither } from './chance.ts';
import { isAsLate } from './effect.ts';
import { ageAtStarttls, differsAs } from './elapsed.ts';

export type Confirmation =
  | { readonly kind: 'confirmed'; readonly hits: number; readonly of: number; readonly example: Examination }
  | { readonly kind: 'unconfirmed'; readonly reason: string }
  /** Fresh runs disagree with each other about the very thing. */
  | { readonly kind: 'unstable'; readonly reason: string }
  | { readonly kind: 'cross-connection'; readonly reason: string }
  /** The TLS session alone shows it, though nothing was said before. */
  | { readonly kind: 'tls-knowledge'; readonly reason: string };

/** Pairs that a race is given if it shows at all, but too seldom in the first. */
const MOST_RACE_RUNS = 60;
/** Looks beyond those that it took to see the effect on a used run: traffic of others may hide it once. */
const MORE_CONTROLS = 4;

export function confirm(
  experiment: Experiment,
  scenario: Scenario,
  deviation: Deviation,
): Promise<Confirmation> {
  return deviation.proof === 'pair'
    ? confirmPair(experiment, scenario, deviation)
    : confirmSighting(experiment, scenario, deviation);
}

/** The deviation of the wanted signature in an examination. */
export function shows({ deviations }: Examination, wanted: string): Deviation | undefined {
  return deviations.find(({ signature }) => signature === wanted);
}

/** The signatures that a fresh connection shows by itself: they come of nothing that was said before TLS. */
export const shownAlone = (experiment: Experiment, fresh: Seen | undefined): ReadonlySet<string> =>
  new Set(
    fresh === undefined ? [] : experiment.judge(fresh, fresh).deviations.map(({ signature }) => signature),
  );

/**
 * The deviation that stands for the wanted one: of its signature. Where nothing was said but what travelled with STARTTLS,
 * any of its claim does, and any that shows plaintext to be carried over: how much of a burst is, and so what shows it, is
 * chance. Where the reply to a command of the plaintext may race the handshake, so is behind which command in TLS it comes.
 */
export function standsFor(
  examination: Examination,
  wanted: Pick<Deviation, 'claim' | 'signature'>,
): Deviation | undefined {
  const { claim, signature } = wanted;
  const { before, upgrade } = examination.scenario;
  const isCarriedAlone = before.length === 0 && !isClean(upgrade);
  const ofClaim = (id: string): Deviation | undefined =>
    isCarriedAlone ? examination.deviations.find(one => one.claim === id) : undefined;
  const late = (): Deviation | undefined =>
    mayRace(upgrade) ? examination.deviations.find(one => isAsLate(one, wanted)) : undefined;
  return shows(examination, signature) ?? ofClaim(claim) ?? ofClaim('no-plaintext-carryover') ?? late();
}

async function confirmSighting(
  experiment: Experiment,
  scenario: Scenario,
  deviation: Deviation,
): Promise<Confirmation> {
  for (let runs = 1; runs <= SIGHTING_RUNS; runs++) {
    const example = await experiment.examineAnew(scenario);
    if (standsFor(example, deviation) === undefined) continue;
    return (
      (await sightedAcross(experiment, scenario, deviation, runs)) ?? {
        kind: 'confirmed',
        hits: 1,
        of: runs,
        example,
      }
    );
  }
  return { kind: 'unconfirmed', reason: `not seen again in ${SIGHTING_RUNS} runs` };
}

async function confirmPair(
  experiment: Experiment,
  scenario: Scenario,
  deviation: Deviation,
): Promise<Confirmation> {
  const few = await repeated(experiment, scenario, PAIRS);
  const unstable = disagreement(
    experiment.noise,
    few.map(({ fresh }) => fresh),
    deviation,
  );
  if (unstable !== undefined) return { kind: 'unstable', reason: unstable };
  const first = tally(few, deviation, experiment);
  // Silence has to be there every time; a race of waits proves nothing. Only what travels with STARTTLS may race it.
  const isOver = first.hits === 0 && !mayRace(scenario.upgrade);
  if (isOver || (first.hits < PAIRS && deviation.used === 'silence'))
    return { kind: 'unconfirmed', reason: `not seen again in ${PAIRS} pairs` };
  if (first.hits === PAIRS && !mayBeEither(deviation, experiment))
    return controlled(experiment, scenario, deviation, first.example as Examination, PAIRS, PAIRS);
  const all = await racing(experiment, scenario, deviation, few);
  const again = disagreement(
    experiment.noise,
    all.map(({ fresh }) => fresh),
    'race',
  );
  if (again !== undefined) return { kind: 'unstable', reason: again };
  const { hits, example } = tally(all, deviation, experiment);
  if (hits < RACE_HITS || all.length < PAIRS || example === undefined)
    return { kind: 'unconfirmed', reason: `seen in ${hits} of ${all.length} pairs only` };
  const chance = await chanceOnFresh(experiment, scenario, example.fresh, hits / all.length);
  if (chance !== undefined) return { kind: 'unstable', reason: chance };
  return controlled(experiment, scenario, deviation, example, hits, all.length);
}

/** As many pairs as a race takes; more where it is rare, and what travels with STARTTLS may be what races it. */
async function racing(
  experiment: Experiment,
  scenario: Scenario,
  deviation: Deviation,
  few: readonly Pair[],
): Promise<readonly Pair[]> {
  let all = [...few, ...(await repeated(experiment, scenario, RACE_RUNS - few.length))];
  for (let runs = RACE_RUNS; runs < MOST_RACE_RUNS; runs += RACE_RUNS) {
    const { hits } = tally(all, deviation, experiment);
    if (hits === 0 || hits >= RACE_HITS || !mayRace(scenario.upgrade)) break;
    all = [...all, ...(await repeated(experiment, scenario, RACE_RUNS))];
  }
  return all;
}

type Pair = Examination & { readonly fresh: Seen };

/** New pairs, side by side; the fresh runs teach the noise before anything is compared. */
async function repeated(experiment: Experiment, scenario: Scenario, count: number): Promise<readonly Pair[]> {
  const all = await Promise.all(Array.from({ length: count }, () => experiment.examineAnew(scenario)));
  const secure = all.filter((one): one is Pair => one.fresh?.transcript.upgrade === 'secure');
  experiment.learnFrom(secure.map(({ fresh }) => fresh));
  return secure.map(one => ({ ...experiment.judge(one.used, one.fresh), fresh: one.fresh }));
}

/** Pairs that show the deviation; for text, only where it is constant on either side. */
function tally(
  examinations: readonly Pair[],
  deviation: Deviation,
  experiment: Experiment,
): { readonly hits: number; readonly example: Pair | undefined } {
  // Judged again: what the later fresh runs taught about noise holds for the earlier pairs too.
  const judged = examinations.map(one => ({
    ...one,
    ...experiment.judge(one.used, one.fresh),
    fresh: one.fresh,
  }));
  const hits = judged.filter(one => {
    const shown = standsFor(one, deviation);
    return shown !== undefined && (shown.used !== 'silence' || answersAtOnce(one, shown.step));
  });
  return { hits: hits.length, example: hits[0] };
}

/** Silence counts only where the fresh run answers within a twentieth of the wait: a slow server is not a silent one. */
const AT_ONCE = 20;

function answersAtOnce({ used, fresh, scenario }: Examination, step: number): boolean {
  const silence = used.transcript.entries.find(({ kind }) => kind === 'silence');
  const part = step < scenario.after.length ? 'after' : 'fence';
  const entries = (fresh?.transcript.entries ?? []).filter(
    entry => entry.part === part && (part === 'fence' || entry.step === step),
  );
  const sent = entries.find(({ kind }) => kind === 'sent');
  const answer = entries.find(({ kind }) => kind === 'received' || kind === 'ended');
  if (silence?.kind !== 'silence' || sent === undefined || answer === undefined) return false;
  return answer.at - sent.at <= silence.waited / AT_ONCE;
}

async function controlled(
  experiment: Experiment,
  scenario: Scenario,
  deviation: Deviation,
  example: Examination,
  hits: number,
  of: number,
): Promise<Confirmation> {
  const told =
    (await shownAcross(experiment, scenario, example, deviation.signature, of / hits)) ??
    (await toldByResumption(experiment, scenario, deviation.signature));
  return told ?? { kind: 'confirmed', hits, of, example };
}

/** Whether a later connection shows what a pair did, of which `example` is one; `each`: one pair in so many shows it. */
export async function shownAcross(
  ...asked: Parameters<typeof priorConnection>
): Promise<Extract<Confirmation, { kind: 'cross-connection' }> | undefined> {
  const across = await priorConnection(...asked);
  return across === undefined
    ? undefined
    : {
        kind: 'cross-connection',
        reason: `a new connection shows the same after ${across.verb.toUpperCase()} was said on an earlier one`,
      };
}

/** What TLS itself tells: a resumed session shows it, with nothing said before it; undefined if it does not. */
export async function toldByResumption(
  experiment: Experiment,
  { upgrade: { handshake }, after }: Scenario,
  wanted: string,
): Promise<Extract<Confirmation, { kind: 'tls-knowledge' }> | undefined> {
  if (handshake.kind === 'failed' || handshake.resumed === undefined) return undefined;
  const silent: Scenario = { before: [], upgrade: { handshake: { ...handshake, resumed: [] } }, after };
  return shows(await experiment.examineAnew(silent), wanted) === undefined
    ? undefined
    : { kind: 'tls-knowledge', reason: 'a resumed TLS session shows it though nothing was said before' };
}

/** What was said before TLS, a connection at a time: where a session is resumed, on the one that made the ticket first. */
const saidBefore = ({ before, upgrade }: Scenario): readonly (readonly Step[])[] =>
  [earlierSteps(upgrade), before].filter(({ length }) => length > 0);

/**
 * Looks at a new connection behind those on which all this was said, so many that come to TLS: others tell nothing. Some may
 * fail, or others may speak in between.
 */
async function* secondLooks(
  experiment: Experiment,
  scenario: Scenario,
  looks: number,
  ms = 0,
): AsyncGenerator<Seen> {
  let told = 0;
  for (let look = 0; told < looks && look < looks + MORE_CONTROLS; look++) {
    const second = await experiment.afterPlaintext(scenario, saidBefore(scenario), ms);
    if (second.transcript.upgrade !== 'secure') continue;
    told++;
    yield second;
  }
}

/** Whether a later connection shows the same sighting, while an ordinary fresh run does not; `runs`: how many it took to see it. */
export async function sightedAcross(
  experiment: Experiment,
  scenario: Scenario,
  { proof, signature }: Deviation,
  runs = 1,
): Promise<Extract<Confirmation, { kind: 'cross-connection' }> | undefined> {
  if (proof !== 'sighting' || saidBefore(scenario).length === 0) return undefined;
  if (shownAlone(experiment, await experiment.fresh(scenario)).has(signature)) return undefined;
  for await (const second of secondLooks(experiment, scenario, runs + MORE_CONTROLS)) {
    if (shows(experiment.judge(second, undefined), signature) !== undefined)
      return {
        kind: 'cross-connection',
        reason: 'a new connection shows the same after it was said on an earlier one',
      };
  }
  return undefined;
}

/** Looks at a new connection at what a pair shows now and then: so many that it would hardly be missed there. */
const MOST_RACE_CONTROLS = 20;
const SURE_CONTROLS = 3;

/**
 * The difference that a new connection shows from an ordinary fresh run, if it is the same.
 * One that begins at once may come too soon for it: who puts off a first attempt takes no second one before its time.
 */
async function priorConnection(
  experiment: Experiment,
  scenario: Scenario,
  example: Examination,
  wanted: string,
  each: number,
): Promise<Difference | undefined> {
  const { fresh } = example;
  if (fresh === undefined || saidBefore(scenario).length === 0) return undefined;
  const looks = each === 1 ? 1 : Math.min(MOST_RACE_CONTROLS, Math.ceil(SURE_CONTROLS * each));
  for (const ms of [0, ageAtStarttls(example.used.transcript)]) {
    for await (const second of secondLooks(experiment, scenario, looks, ms)) {
      const shown = differsAs(experiment, second, fresh, wanted);
      if (shown === undefined) continue;
      // What a wait alone brings is no memory.
      const waited = ms === 0 ? undefined : await experiment.freshAfter(scenario, ms);
      return waited !== undefined && differsAs(experiment, waited, fresh, wanted) ? undefined : shown;
    }
  }
  return undefined;
}
