/**
 * From one suspicion to what it comes to: it is looked at again, made small (`shorten.ts`), confirmed and named.
 *
 * The model proposes, the target decides. What else was found is known here only to tell the new from the known; which
 * suspicions are taken up, and when, is decided in `suspicions.ts`.
 */

import { spelledRate } from '../certainty.ts';
import type { Deviation } from '../claim.ts';
import type { Experiment } from '../experiment.ts';
import { keptLimit } from '../limits/findings.ts';
import { mayBeLimit } from '../limits/recogniser.ts';
import { explainByLimit, type LimitExplanation, MOST_MIXED } from '../limits/transplant.ts';
import type { Policy } from '../policy.ts';
import type { Scenario } from '../scenario.ts';
import type { Field } from '../smtp/session.ts';
import {
  type Confirmation,
  confirm,
  shownAcross,
  shownAlone,
  shows,
  sightedAcross,
  standsFor,
  toldByResumption,
} from './confirm.ts';
import { type ToldByTime, toldByTime } from './elapsed.ts';
import type { Explainer } from './explain.ts';
import type { Finding, Investigation, InvestigationOptions, Suspicion } from './finding.ts';
import { fingerprint, inOrder, lateReply } from './fingerprint.ts';
import { knownBy } from './known.ts';
import { isCertain, seenAgain } from './look-again.ts';
import { type Race, shortenRace } from './race.ts';
import { toldApart } from './rivals.ts';
import { proposed, type Small, shorten, trimmed } from './shorten.ts';
import { isKeptList, isProxyKept, isRepliedLate } from './unmodelled.ts';

/** `findings` are those known so far. `stands` is told what will do if there is no time for more. */
export async function investigate(
  options: InvestigationOptions,
  explainer: Explainer,
  findings: readonly Finding[],
  seen: Suspicion,
  stands: (outcome: Investigation) => void,
): Promise<Investigation> {
  const again = await seenAgain(options, findings, seen);
  if (again.kind !== 'shown') return again;
  const { race } = again;
  const known = await knownAs(options, explainer, findings, race);
  if (known !== undefined) return known;
  const start =
    options.pressed === true && isCertain(race) ? await hurried(options, explainer, findings, race) : race;
  const excuse = await excused(options, start);
  if (excuse.kind !== 'none') return excuse;
  const accused: Accused = { race, start, limit: excuse.limit };
  return smallAndConfirmed(options, explainer, findings, accused, stands);
}

/**
 * The suspicion as short as it is soon made: on a slow target that is all that there is time to look at often, and of a few
 * steps it is sooner told whether a limit explains what they show.
 */
async function hurried(
  options: InvestigationOptions,
  explainer: Explainer,
  findings: readonly Finding[],
  race: Race,
): Promise<Race> {
  const shortest = await proposed(options.experiment, explainer, findings, race);
  return shortest === undefined ? trimmed(options, race) : { ...race, ...shortest };
}

/** What it comes to if a finding accounts for it, or the policy does. */
async function knownAs(
  options: InvestigationOptions,
  explainer: Explainer,
  findings: readonly Finding[],
  { scenario, deviation }: Race,
): Promise<Investigation | undefined> {
  const name = await knownBy(findings, explainer, scenario, deviation);
  if (name !== undefined) return { kind: 'known', fingerprint: name };
  const fields = await explainer.explain(scenario, deviation);
  return trusts(options, fields) ? trusted(deviation.summary) : undefined;
}

/** What else than knowledge kept explains it: TLS itself, memory across connections, a limit that may stay. */
async function excused(
  options: InvestigationOptions,
  { scenario, deviation }: Race,
): Promise<{ readonly kind: 'none'; readonly limit: LimitExplanation | undefined } | Investigation> {
  const { experiment } = options;
  const told =
    (await toldByResumption(experiment, scenario, deviation.signature)) ??
    (await sightedAcross(experiment, scenario, deviation)) ??
    (await soonTold(options, scenario, deviation));
  if (told !== undefined) return { kind: told.kind, text: `${deviation.summary}: ${told.reason}` };
  const limit = await explainByLimit(experiment, scenario, deviation);
  return mayStay(limit, options) ? { kind: 'allowed', ...limit } : { kind: 'none', limit };
}

/** What nothing excuses: as it was seen surest, as it is made small from, and the limit that must not stay, if it is one. */
interface Accused {
  readonly race: Race;
  readonly start: Race;
  readonly limit: LimitExplanation | undefined;
}

async function smallAndConfirmed(
  options: InvestigationOptions,
  explainer: Explainer,
  findings: readonly Finding[],
  { race, start, limit }: Accused,
  stands: (outcome: Investigation) => void,
): Promise<Investigation> {
  const whole = { ...start, minimal: false };
  if (options.pressed === true && !isUntold(whole, limit)) {
    const outcome = await confirmed(options, explainer, [whole], limit);
    if (outcome.kind === 'finding') {
      if (options.expired()) return outcome;
      stands(outcome);
    }
  }
  const small = await shortened(options, explainer, findings, start);
  // Many things said may hide a count; what is left of them may show it.
  const kept =
    small.scenario === start.scenario
      ? limit
      : await explainByLimit(options.experiment, small.scenario, small.deviation);
  if (mayStay(kept, options)) return { kind: 'allowed', ...kept };
  if (isUntold(small, kept ?? limit)) return { kind: 'late' };
  const unguided = { ...race, minimal: false };
  return confirmed(options, explainer, [small, whole, unguided], kept ?? limit);
}

/** Made small: as a race if it may be one, and as what is no race once it is known not to be. */
async function shortened(
  options: InvestigationOptions,
  explainer: Explainer,
  findings: readonly Finding[],
  suspicion: Race,
): Promise<Small> {
  if (isCertain(suspicion)) return shorten(options, explainer, findings, suspicion);
  const race = await shortenRace(options.experiment, suspicion, options);
  const isSettled = race.minimal && isCertain({ ...race, rate: suspicion.rate });
  return isSettled ? shorten(options, explainer, findings, race) : race;
}

/** Whether it may be a limit all the same: counts of several kinds add up to what no number of one kind brings. */
const isUntold = ({ scenario, minimal, deviation }: Small, limit: LimitExplanation | undefined): boolean =>
  !minimal && scenario.before.length > MOST_MIXED && limit === undefined && mayBeLimit(deviation);

/**
 * What the first of the candidates that can be confirmed comes to; if none can, the last, which is what was seen. What
 * another effect comes to, which only stood for it, says nothing of it.
 */
async function confirmed(
  options: InvestigationOptions,
  explainer: Explainer,
  candidates: readonly Small[],
  limit: LimitExplanation | undefined,
): Promise<Investigation> {
  let judged: (Pick<Small, 'scenario' | 'deviation'> & { readonly outcome: Investigation }) | undefined;
  for (const candidate of candidates) {
    const { scenario, deviation } = candidate;
    const { signature, summary } = deviation;
    // Of one effect it is told once that it is none; what does not come again may do so as it was seen.
    const isTold = judged?.outcome.kind !== 'unconfirmed' || judged.scenario === scenario;
    if (judged?.deviation.signature === signature && isTold) continue;
    const result = await certain(options, candidate, limit);
    if (result.kind === 'confirmed') {
      const finding = await named(options.experiment, explainer, candidate, result, limit);
      return trusts(options, finding.kept) ? trusted(summary) : { kind: 'finding', finding };
    }
    if (result.kind === 'cross-connection' || result.kind === 'elapsed-time') varied.add(options.experiment);
    judged = { scenario, deviation, outcome: { kind: result.kind, text: reasonOf(result, summary) } };
  }
  return judged?.outcome ?? { kind: 'late' };
}

/** Confirmed, unless time alone brings it; a limit that must not stay may be one of time. */
async function certain(
  { experiment, policy }: InvestigationOptions,
  { scenario, deviation }: Small,
  limit: LimitExplanation | undefined,
): Promise<Confirmation | ToldByTime> {
  const result = await confirm(experiment, scenario, deviation);
  if (result.kind !== 'confirmed' || limit !== undefined || !mayComeOfTime(deviation, policy)) return result;
  return (await toldByTime(experiment, scenario, deviation.signature, result.example)) ?? result;
}

/** Targets that were seen to answer otherwise after some time, or after what was said on an earlier connection. */
const varied = new WeakSet<Experiment>();

/**
 * Whether time brings it, or a new connection shows it: on a target that did so before it is asked before anything is made
 * small, which takes long where each candidate is answered otherwise. Where time is short it is asked behind that.
 */
async function soonTold(
  { experiment, policy, pressed }: InvestigationOptions,
  scenario: Scenario,
  deviation: Deviation,
): Promise<ToldByTime | Exclude<Confirmation, { kind: 'confirmed' }> | undefined> {
  const { proof, signature } = deviation;
  if (pressed === true || proof !== 'pair' || !varied.has(experiment)) return undefined;
  const example = await experiment.examineAnew(scenario);
  if (shows(example, signature) === undefined) return undefined;
  const told = mayComeOfTime(deviation, policy)
    ? await toldByTime(experiment, scenario, signature, example)
    : undefined;
  return told ?? shownAcross(experiment, scenario, example, signature, 1);
}

const mayComeOfTime = (deviation: Deviation, { time }: Policy): boolean =>
  deviation.proof === 'pair' && (time !== 'never' || !mayBeLimit(deviation));

function reasonOf(
  { kind, reason }: Exclude<Confirmation, { kind: 'confirmed' }> | ToldByTime,
  summary: string,
): string {
  if (kind === 'unstable') return reason;
  return `${summary}: ${kind === 'unconfirmed' ? 'it does not come again with new tokens' : reason}`;
}

/** Whether a limit explains it that the policy lets stay. */
const mayStay = (
  limit: LimitExplanation | undefined,
  { policy }: InvestigationOptions,
): limit is LimitExplanation => limit !== undefined && policy[limit.limit] !== 'never';

/** Whether all that is kept is what the proxy in front said, and the policy trusts the proxy. */
const trusts = ({ policy }: InvestigationOptions, fields: readonly Field[] | undefined): boolean =>
  policy.proxy === 'may' && fields?.join() === 'proxy';

const trusted = (summary: string): Investigation => ({
  kind: 'allowed',
  limit: 'proxy',
  text: `the proxy is trusted: ${summary}`,
});

async function named(
  experiment: Experiment,
  explainer: Explainer,
  { scenario, deviation: wanted, minimal, kept }: Small,
  { hits, of, example }: Extract<Confirmation, { kind: 'confirmed' }>,
  limit: LimitExplanation | undefined,
): Promise<Finding> {
  const deviation = standsFor(example, wanted) ?? wanted;
  // What a fresh connection shows as well has outlived nothing.
  const isAlone =
    deviation.proof === 'sighting' && shownAlone(experiment, example.fresh).has(deviation.signature);
  const explained = async (): Promise<readonly Field[] | undefined> => {
    if (!minimal) return explainer.explain(scenario, deviation, [], example.evidence.differences);
    const { transcript } = example.used;
    if (isKeptList(scenario, deviation, transcript)) return ['offer'];
    const fields = await toldApart(
      experiment,
      explainer,
      { scenario, deviation },
      await explainer.name(scenario, deviation, example.evidence.differences),
    );
    return fields ?? (isProxyKept(scenario, transcript) ? ['proxy'] : undefined);
  };
  const isLate = isRepliedLate(example);
  const fields = isAlone || isLate ? undefined : (kept ?? (await explained()));
  const name = isLate ? lateReply(scenario, deviation) : fingerprint(scenario, deviation, fields, minimal);
  return {
    scenario,
    deviation,
    fingerprint: limit === undefined ? name : keptLimit(limit.limit),
    kept: limit === undefined ? inOrder(fields ?? []) : [],
    confirmed: deviation.proof === 'sighting' ? 'seen twice' : spelledRate({ hits, of }),
    minimal,
    example,
  };
}
