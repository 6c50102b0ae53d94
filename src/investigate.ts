/**
 * From one suspicion to what it comes to: it is looked at again, made small, confirmed and named.
 *
 * The model proposes, the target decides. What else was found is known here only to tell the new from the known; which
 * suspicions are taken up, and when, is decided in `suspicions.ts`.
 */

import type { Deviation } from './claim.ts';
import { type Confirmation, confirm, disagreement, shows } from './confirm.ts';
import type { Examination, Experiment } from './experiment.ts';
import { type Explainer, isAsGood } from './explain.ts';
import { fingerprint, keptFields } from './fingerprint.ts';
import { knownBy, knownFields } from './known.ts';
import { keptLimit } from './limits/findings.ts';
import { explainByLimit, type LimitExplanation } from './limits/transplant.ts';
import { minimise } from './minimise.ts';
import type { Policy } from './policy.ts';
import type { ThreeRuns } from './report/report.ts';
import { BARE, isBare, isClean, type Scenario, size } from './scenario.ts';
import type { Field } from './smtp/session.ts';

export interface Finding {
  readonly scenario: Scenario;
  readonly deviation: Deviation;
  readonly fingerprint: string;
  readonly confirmed: string;
  readonly minimal: boolean;
  readonly example: Examination;
}

export interface Suspicion {
  readonly scenario: Scenario;
  readonly deviation: Deviation;
}

/** What an investigation came to. */
export type Outcome =
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'known'; readonly fingerprint: string }
  | { readonly kind: 'allowed'; readonly limit: string; readonly text: string; readonly example?: ThreeRuns }
  | {
      readonly kind: 'unconfirmed' | 'unstable' | 'cross-connection' | 'tls-knowledge';
      readonly text: string;
    };

export interface InvestigationOptions {
  readonly experiment: Experiment;
  readonly policy: Policy;
  readonly jobs: number;
  /** Whether the time for minimising is used up. */
  readonly expired: () => boolean;
}

/** Further looks at a suspicion before it is given up; and more where it may be a race, which shows only now and then. */
const LOOKS = 2;
const MORE_LOOKS = 6;

/** `findings` are those known so far. */
export async function investigate(
  options: InvestigationOptions,
  explainer: Explainer,
  findings: readonly Finding[],
  seen: Suspicion,
): Promise<Outcome> {
  const { experiment } = options;
  const { rate, unstable } = await lookAgain(experiment, seen);
  const { summary } = seen.deviation;
  if (unstable !== undefined) return { kind: 'unstable', text: `${summary}: ${unstable}` };
  if (rate === 0) return { kind: 'unconfirmed', text: `seen once and not again: ${summary}` };
  const suspicion = await bared(experiment, seen);
  const name = await knownBy(findings, explainer, suspicion.scenario, suspicion.deviation);
  if (name !== undefined) return { kind: 'known', fingerprint: name };
  if (trusts(options, await explainer.explain(suspicion.scenario, suspicion.deviation)))
    return trusted(summary);
  const limit = await explainByLimit(experiment, suspicion.scenario, suspicion.deviation);
  if (mayStay(limit, options)) return { kind: 'allowed', ...limit };
  const { minimal, ...small } = await made(options, explainer, findings, suspicion, triesFor(rate));
  // Many things said may hide a count; what is left of them may show it.
  const kept = await explainByLimit(experiment, small.scenario, small.deviation);
  if (mayStay(kept, options)) return { kind: 'allowed', ...kept };
  for (const [candidate, isMinimal] of [
    [small, minimal],
    [suspicion, false],
  ] as const) {
    const result = await confirm(experiment, candidate.scenario, candidate.deviation);
    if (result.kind === 'confirmed') {
      const finding = await named(explainer, candidate, isMinimal, result, kept ?? limit);
      return trusts(options, keptFields(finding.fingerprint))
        ? trusted(summary)
        : { kind: 'finding', finding };
    }
    if (result.kind !== 'unconfirmed') return { kind: result.kind, text: `${summary}: ${result.reason}` };
  }
  return { kind: 'unconfirmed', text: `${summary}: it does not come again with new tokens` };
}

/** Whether a limit explains it that the policy lets stay. */
const mayStay = (
  limit: LimitExplanation | undefined,
  { policy }: InvestigationOptions,
): limit is LimitExplanation => limit !== undefined && policy[limit.limit] !== 'never';

/** Whether all that is kept is what the proxy in front said, and the policy trusts the proxy. */
const trusts = ({ policy }: InvestigationOptions, fields: readonly Field[] | undefined): boolean =>
  policy.proxy === 'may' && fields?.join() === 'proxy';

const trusted = (summary: string): Outcome => ({
  kind: 'allowed',
  limit: 'proxy',
  text: `the proxy is trusted: ${summary}`,
});

/** The share of further looks that show the deviation; and where fresh runs disagree, if it does not always show. */
async function lookAgain(
  experiment: Experiment,
  { scenario, deviation }: Suspicion,
): Promise<{ readonly rate: number; readonly unstable: string | undefined }> {
  const look = (looks: number): Promise<readonly Examination[]> =>
    Promise.all(Array.from({ length: looks }, () => experiment.examineAnew(scenario)));
  const isShown = (examination: Examination): boolean =>
    shows(examination, deviation.signature) !== undefined;
  const first = await look(LOOKS);
  if (first.every(isShown)) return { rate: 1, unstable: undefined };
  const all = isClean(scenario.upgrade) ? first : [...first, ...(await look(MORE_LOOKS))];
  const fresh = all.flatMap(examination => examination.fresh ?? []);
  return { rate: all.filter(isShown).length / all.length, unstable: disagreement(fresh) };
}

/** The suspicion behind a bare STARTTLS, if it shows there too: then nothing in the upgrade has to do with it. */
async function bared(experiment: Experiment, suspicion: Suspicion): Promise<Suspicion> {
  const { scenario, deviation } = suspicion;
  if (isBare(scenario.upgrade)) return suspicion;
  const bare: Scenario = { ...scenario, upgrade: BARE };
  const shown = shows(await experiment.suspect(bare), deviation.signature);
  return shown === undefined ? suspicion : { scenario: bare, deviation: shown };
}

/** How often to try a candidate before it is taken for harmless: a race must be missed by chance in 2% only. */
const triesFor = (rate: number): number =>
  rate === 1 ? 1 : Math.min(20, Math.ceil(Math.log(0.02) / Math.log(1 - rate)));

/** The suspicion made small: by the model first, if fields explain it, and always by the target. */
async function made(
  options: InvestigationOptions,
  explainer: Explainer,
  findings: readonly Finding[],
  suspicion: Suspicion,
  tries: number,
): Promise<Suspicion & { readonly minimal: boolean }> {
  const { experiment, jobs, expired } = options;
  const start = (await proposed(experiment, explainer, findings, suspicion)) ?? suspicion;
  const { deviation } = start;
  const interesting = async (candidate: Scenario): Promise<boolean> => {
    const seen = await Promise.all(Array.from({ length: tries }, () => experiment.suspect(candidate)));
    return seen.some(examination => shows(examination, deviation.signature) !== undefined);
  };
  const { after } = start.scenario;
  // What comes behind the step at which it shows has no part in it.
  const cut: Scenario = { ...start.scenario, after: after.slice(0, deviation.step + 1) };
  const first = after.length > cut.after.length && (await interesting(cut)) ? cut : start.scenario;
  const { scenario, minimal } = await minimise(first, interesting, { jobs, expired });
  if (!minimal || tries > 1) return { scenario, deviation, minimal };
  return shortened(options, explainer, { scenario, deviation });
}

/**
 * The suspicion made smaller still, by whatever shows the same defect: the fence may tell what a command told before, and
 * the list what a login did.
 */
async function shortened(
  { experiment, jobs, expired }: InvestigationOptions,
  explainer: Explainer,
  suspicion: Suspicion,
): Promise<Suspicion & { readonly minimal: boolean }> {
  const meaning = async (candidate: Scenario, deviation: Deviation): Promise<string> =>
    fingerprint(candidate, deviation, await explainer.name(candidate, deviation), true);
  const wanted = await meaning(suspicion.scenario, suspicion.deviation);
  const shown = async (candidate: Scenario): Promise<Deviation | undefined> => {
    const { deviations } = await experiment.suspect(candidate);
    const good = weightiestFirst(deviations).filter(deviation => isAsGood(deviation, suspicion.deviation));
    for (const deviation of good) if ((await meaning(candidate, deviation)) === wanted) return deviation;
    const [weightiest] = good;
    const isCaused =
      weightiest !== undefined && (await hasSameCause(experiment, suspicion.scenario, candidate, weightiest));
    return isCaused ? weightiest : undefined;
  };
  const fewer = await minimise(
    suspicion.scenario,
    async candidate => (await shown(candidate)) !== undefined,
    { jobs, expired },
  );
  if (size(fewer.scenario) >= size(suspicion.scenario)) return { ...suspicion, minimal: true };
  const deviation = await shown(fewer.scenario);
  return deviation === undefined
    ? { ...suspicion, minimal: true }
    : { scenario: fewer.scenario, deviation, minimal: fewer.minimal };
}

/**
 * Whether another deviation comes of the same: of all that led to the first one, which is minimal, and of nothing less.
 */
async function hasSameCause(
  experiment: Experiment,
  minimal: Scenario,
  candidate: Scenario,
  { signature }: Deviation,
): Promise<boolean> {
  const { before, upgrade } = candidate;
  const isLedTo = JSON.stringify([before, upgrade]) === JSON.stringify([minimal.before, minimal.upgrade]);
  if (!isLedTo || !isClean(upgrade) || size(candidate) >= size(minimal)) return false;
  const less = before.map((_, missing): Scenario => ({ ...candidate, before: before.toSpliced(missing, 1) }));
  if (!isBare(upgrade)) less.push({ ...candidate, upgrade: BARE });
  const examined = await Promise.all(less.map(scenario => experiment.suspect(scenario)));
  return examined.length > 0 && examined.every(one => shows(one, signature) === undefined);
}

/** What the model takes for the shortest way to show the same defect, if the target agrees. */
async function proposed(
  experiment: Experiment,
  explainer: Explainer,
  findings: readonly Finding[],
  { scenario, deviation }: Suspicion,
): Promise<Suspicion | undefined> {
  for (const proposal of await proposals(explainer, knownFields(findings), scenario, deviation)) {
    const { deviations } = await experiment.examineAnew(proposal);
    const shown = weightiestFirst(deviations).find(one => isAsGood(one, deviation));
    if (shown !== undefined) return { scenario: proposal, deviation: shown };
  }
  return undefined;
}

async function proposals(
  explainer: Explainer,
  known: readonly Field[],
  scenario: Scenario,
  deviation: Deviation,
): Promise<readonly Scenario[]> {
  const { upgrade, after } = scenario;
  // What travels with STARTTLS needs nothing else to be carried over, as a rule.
  if (!isClean(upgrade))
    return [
      { before: [], upgrade, after: [] },
      { before: [], upgrade, after: after.slice(0, deviation.step + 1) },
    ];
  const fields = await explainer.explain(scenario, deviation, known);
  if (fields === undefined) return explainer.guesses(scenario, deviation);
  // What is known already only helps to show it; the shortest way is that of what is new.
  const added = fields.filter(field => !known.includes(field));
  const shortest =
    (added.length > 0 ? await explainer.minimised(scenario, deviation, added) : undefined) ??
    (await explainer.minimised(scenario, deviation, fields));
  return shortest === undefined ? [] : [shortest];
}

async function named(
  explainer: Explainer,
  { scenario, deviation: wanted }: Suspicion,
  minimal: boolean,
  { hits, of, example }: Extract<Confirmation, { kind: 'confirmed' }>,
  limit: LimitExplanation | undefined,
): Promise<Finding> {
  const deviation = shows(example, wanted.signature) ?? wanted;
  const fields = minimal
    ? await explainer.name(scenario, deviation)
    : await explainer.explain(scenario, deviation);
  return {
    scenario,
    deviation,
    fingerprint:
      limit === undefined ? fingerprint(scenario, deviation, fields, minimal) : keptLimit(limit.limit),
    confirmed: deviation.proof === 'sighting' ? 'seen twice' : `${hits}/${of}`,
    minimal,
    example,
  };
}

/** What was granted or refused says more than the words it was done with, and is named more surely. */
export function weightiestFirst(deviations: readonly Deviation[]): readonly Deviation[] {
  const isWording = ({ signature }: Deviation): boolean =>
    / (?:text|enhanced|handler|header|body) /.test(signature);
  return [...deviations.filter(deviation => !isWording(deviation)), ...deviations.filter(isWording)];
}
