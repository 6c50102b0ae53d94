/**
 * From one suspicion to what it comes to: it is looked at again, made small (`shorten.ts`), confirmed and named.
 *
 * The model proposes, the target decides. What else was found is known here only to tell the new from the known; which
 * suspicions are taken up, and when, is decided in `suspicions.ts`.
 */

import { spelledRate } from '../certainty.ts';
import type { Examination, Experiment } from '../experiment.ts';
import { keptLimit } from '../limits/findings.ts';
import { mayBeLimit } from '../limits/likeness.ts';
import { explainByLimit, type LimitExplanation } from '../limits/transplant.ts';
import { BARE, isBare, isBurst, isClean, mayRace, type Scenario, type Upgrade } from '../scenario.ts';
import type { Field } from '../smtp/session.ts';
import { chanceOnFresh, disagreement } from './chance.ts';
import {
  type Confirmation,
  confirm,
  shownAlone,
  shows,
  sightedAcross,
  standsFor,
  toldByResumption,
} from './confirm.ts';
import type { Explainer } from './explain.ts';
import type { Finding, Investigation, InvestigationOptions, Suspicion } from './finding.ts';
import { fingerprint, keptFields } from './fingerprint.ts';
import { knownBy } from './known.ts';
import { type Race, saidOnce, shortenRace, surest, waitedFor } from './race.ts';
import { toldApart } from './rivals.ts';
import { proposed, type Small, shorten } from './shorten.ts';

/** Further looks at a suspicion before it is given up; and more where it may be a race, which shows only now and then. */
const LOOKS = 2;
const MORE_LOOKS = 6;
/** Looks behind a bare STARTTLS at what shows once in a while: so many that it would be seen there as well. */
const SURE_LOOKS = 3;
const MOST_BARE_LOOKS = 20;

/** `findings` are those known so far. `stands` is told what will do if there is no time for more. */
export async function investigate(
  options: InvestigationOptions,
  explainer: Explainer,
  findings: readonly Finding[],
  seen: Suspicion,
  stands: (outcome: Investigation) => void,
): Promise<Investigation> {
  const { experiment } = options;
  const { rate, unstable } = await lookAgain(experiment, seen);
  const { summary } = seen.deviation;
  if (unstable !== undefined) return { kind: 'unstable', text: unstable };
  const suspicion = await surelyShown(options, { ...seen, rate });
  if (suspicion.rate === 0) return { kind: 'unconfirmed', text: `seen once and not again: ${summary}` };
  // On a server that is found out, what shows now and then is likelier what is kept beside what varies by itself than
  // another race.
  const isFoundOut = findings.some(options.isNews ?? (() => true));
  if (suspicion.rate < 1 && !mayRace(suspicion.scenario.upgrade) && isFoundOut)
    return { kind: 'unconfirmed', text: `shown now and then only: ${summary}` };
  const name = await knownBy(findings, explainer, suspicion.scenario, suspicion.deviation);
  if (name !== undefined) return { kind: 'known', fingerprint: name };
  if (trusts(options, await explainer.explain(suspicion.scenario, suspicion.deviation)))
    return trusted(summary);
  // On a slow target a short scenario is all that there is time to look at often.
  const start =
    options.pressed === true && isCertain(suspicion)
      ? { ...suspicion, ...(await proposed(experiment, explainer, findings, suspicion)) }
      : suspicion;
  const told =
    (await toldByResumption(experiment, start.scenario, start.deviation.signature)) ??
    (await sightedAcross(experiment, start.scenario, start.deviation));
  if (told !== undefined) return { kind: told.kind, text: `${summary}: ${told.reason}` };
  const limit = await explainByLimit(experiment, start.scenario, start.deviation);
  if (mayStay(limit, options)) return { kind: 'allowed', ...limit };
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
      : await explainByLimit(experiment, small.scenario, small.deviation);
  if (mayStay(kept, options)) return { kind: 'allowed', ...kept };
  if (isUntold(small, kept ?? limit)) return { kind: 'late' };
  const unguided = { ...suspicion, minimal: false };
  return confirmed(options, explainer, [small, whole, unguided], kept ?? limit);
}

/** Whether it shows every time, and by no burst that might race the handshake. */
const isCertain = ({ rate, scenario: { upgrade } }: Race): boolean => rate === 1 && !hasBurst(upgrade);

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
const isUntold = ({ minimal, deviation }: Small, limit: LimitExplanation | undefined): boolean =>
  !minimal && limit === undefined && mayBeLimit(deviation);

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
    const result = await confirm(options.experiment, scenario, deviation);
    if (result.kind === 'confirmed') {
      const finding = await named(options.experiment, explainer, candidate, result, limit);
      return trusts(options, keptFields(finding.fingerprint))
        ? trusted(summary)
        : { kind: 'finding', finding };
    }
    judged = { scenario, deviation, outcome: { kind: result.kind, text: reasonOf(result, summary) } };
  }
  return judged?.outcome ?? { kind: 'late' };
}

function reasonOf({ kind, reason }: Exclude<Confirmation, { kind: 'confirmed' }>, summary: string): string {
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

/** What travels with STARTTLS in a burst may race it, however often it shows. */
const hasBurst = ({ glued, segment }: Upgrade): boolean =>
  [glued, segment].some(glue => glue !== undefined && isBurst(glue));

/** The share of further looks that show the deviation; and where fresh runs disagree, if it does not always show. */
async function lookAgain(
  experiment: Experiment,
  { scenario, deviation }: Suspicion,
): Promise<{ readonly rate: number; readonly unstable: string | undefined }> {
  const seen: Examination[] = [];
  const look = async (looks: number): Promise<void> => {
    const more = Array.from({ length: looks }, () => experiment.examineAnew(scenario));
    seen.push(...(await Promise.all(more)));
    experiment.learnFrom(seen.flatMap(examination => examination.fresh ?? []));
  };
  // Judged again each time: what later fresh runs taught about noise holds for the earlier pairs too.
  const shown = (): number =>
    seen.filter(({ used, fresh }) => standsFor(experiment.judge(used, fresh), deviation) !== undefined)
      .length;
  await look(LOOKS);
  if (shown() === LOOKS && !hasBurst(scenario.upgrade)) return { rate: 1, unstable: undefined };
  // What a bare STARTTLS does not show again is no race.
  if (mayRace(scenario.upgrade) || shown() > 0) await look(MORE_LOOKS);
  const rate = shown() / seen.length;
  const [fresh, ...others] = seen.flatMap(examination => examination.fresh ?? []);
  if (fresh === undefined || rate === 1) return { rate, unstable: undefined };
  const unstable = disagreement(experiment.noise, [fresh, ...others], 'race');
  // Behind a bare STARTTLS chance is likelier than a race, and is ruled out before any more is made of it.
  const isChance = unstable === undefined && isClean(scenario.upgrade) && rate > 0;
  return {
    rate,
    unstable: isChance ? await chanceOnFresh(experiment, scenario, fresh, rate) : unstable,
  };
}

/**
 * The suspicion behind a bare STARTTLS, if it shows there too, and else in the form in which a race shows surest: behind a
 * wait, if it shows each time there. What shows every time is kept, as a rule, and no race: a long burst would only cost time.
 */
async function surelyShown(options: InvestigationOptions, race: Race): Promise<Race> {
  const { experiment } = options;
  const inSurestForm = async (one: Race): Promise<Race> =>
    hasBurst(one.scenario.upgrade) ? surest(experiment, one, options) : one;
  if (race.rate === 1) {
    const bare = await bared(experiment, race);
    const once = hasBurst(bare.scenario.upgrade) ? await saidOnce(experiment, bare) : undefined;
    return once ?? inSurestForm(bare);
  }
  const waited = hasBurst(race.scenario.upgrade) ? undefined : await waitedFor(experiment, race);
  if (waited !== undefined) return bared(experiment, waited);
  const surer = await inSurestForm(race);
  return surer.rate === 0 ? surer : bared(experiment, surer);
}

/** The suspicion behind a bare STARTTLS, if it shows there too: then nothing in the upgrade has to do with it. */
async function bared(experiment: Experiment, suspicion: Race): Promise<Race> {
  const { scenario, deviation, rate } = suspicion;
  if (isBare(scenario.upgrade)) return suspicion;
  const bare: Scenario = { ...scenario, upgrade: BARE };
  const looks = rate === 1 ? 1 : Math.min(MOST_BARE_LOOKS, Math.ceil(SURE_LOOKS / rate));
  const seen = await Promise.all(Array.from({ length: looks }, () => experiment.suspect(bare)));
  const [shown] = seen.flatMap(examination => shows(examination, deviation.signature) ?? []);
  return shown === undefined ? suspicion : { ...suspicion, scenario: bare, deviation: shown };
}

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
  const explained = async (): Promise<readonly Field[] | undefined> =>
    minimal
      ? toldApart(
          experiment,
          explainer,
          { scenario, deviation },
          await explainer.name(scenario, deviation, example.evidence.differences),
        )
      : explainer.explain(scenario, deviation, [], example.evidence.differences);
  const fields = isAlone ? undefined : (kept ?? (await explained()));
  return {
    scenario,
    deviation,
    fingerprint:
      limit === undefined ? fingerprint(scenario, deviation, fields, minimal) : keptLimit(limit.limit),
    confirmed: deviation.proof === 'sighting' ? 'seen twice' : spelledRate({ hits, of }),
    minimal,
    example,
  };
}
