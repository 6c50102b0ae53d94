/**
 * A suspicion made small: the model proposes, the target decides, and whatever shows the same defect may stand for it.
 *
 * What was found before is known here only so that the model can tell what is new. Whether what comes of it is confirmed
 * is decided in `investigate.ts`.
 */

import { type Deviation, weightiestFirst } from '../claim.ts';
import type { Examination, Experiment } from '../experiment.ts';
import { BARE, type Glue, isBare, isBurst, isClean, type Scenario, type Step, size } from '../scenario.ts';
import type { Field } from '../smtp/session.ts';
import { type Speech, glue as spelled } from '../spell.ts';
import { mayBeEither } from './chance.ts';
import { shownAlone, shows, standsFor } from './confirm.ts';
import { isAsGood, isGrant, isSecondLogin } from './effect.ts';
import type { Explainer } from './explain.ts';
import type { Finding, InvestigationOptions, Suspicion } from './finding.ts';
import { fingerprint } from './fingerprint.ts';
import { knownFields } from './known.ts';
import { fewestSteps, minimise, remembered } from './minimise.ts';
import { PLAINLY } from './rivals.ts';

/** A suspicion made small. */
export interface Small extends Suspicion {
  readonly minimal: boolean;
  /** The fields that explain what it was made of, where another effect of the same cause stands for that. */
  readonly kept?: readonly Field[];
}

/** The suspicion made small: by the model first, if fields explain it, and always by the target. */
export async function shorten(
  options: InvestigationOptions,
  explainer: Explainer,
  findings: readonly Finding[],
  suspicion: Suspicion,
): Promise<Small> {
  const { experiment, jobs, expired } = options;
  const start = (await isAlone(experiment, suspicion))
    ? suspicion
    : ((await proposed(experiment, explainer, findings, suspicion)) ?? suspicion);
  const { deviation } = start;
  const suspect = remembered(candidate => experiment.suspect(candidate));
  const interesting = async (candidate: Scenario): Promise<boolean> =>
    standsFor(await suspect(candidate), deviation) !== undefined;
  const first = await cutBehind(start, interesting);
  const { scenario, minimal } = await minimise(first, interesting, { jobs, expired });
  if (!minimal) return { scenario, deviation, minimal };
  return shortenedByMeaning(options, explainer, findings, { scenario, deviation }, suspect);
}

/** The suspicion in as few steps as it takes. */
export async function trimmed<T extends Suspicion>(
  { experiment, jobs, expired }: InvestigationOptions,
  suspicion: T,
): Promise<T> {
  const interesting = async (candidate: Scenario): Promise<boolean> =>
    standsFor(await experiment.suspect(candidate), suspicion.deviation) !== undefined;
  const cut = await cutBehind(suspicion, interesting);
  return { ...suspicion, scenario: await fewestSteps(cut, interesting, { jobs, expired }) };
}

/** What comes behind the step at which it shows has no part in it, as a rule. */
async function cutBehind(
  { scenario, deviation }: Suspicion,
  interesting: (candidate: Scenario) => Promise<boolean>,
): Promise<Scenario> {
  const { after } = scenario;
  const cut: Scenario = { ...scenario, after: after.slice(0, deviation.step + 1) };
  return after.length > cut.after.length && (await interesting(cut)) ? cut : scenario;
}

/** Whether a fresh connection shows it as well; what a pair shows, it cannot. */
const isAlone = async (experiment: Experiment, { scenario, deviation }: Suspicion): Promise<boolean> =>
  deviation.proof === 'sighting' &&
  shownAlone(experiment, await experiment.fresh(scenario)).has(deviation.signature);

/**
 * The suspicion made smaller still, by whatever shows the same defect: the fence may tell what a command told before, and
 * the list what a login did.
 */
async function shortenedByMeaning(
  { experiment, jobs, expired }: InvestigationOptions,
  explainer: Explainer,
  findings: readonly Finding[],
  suspicion: Suspicion,
  suspect: (candidate: Scenario) => Promise<Examination>,
): Promise<Small> {
  const meaning = async (candidate: Scenario, deviation: Deviation): Promise<string> =>
    fingerprint(candidate, deviation, await explainer.name(candidate, deviation), true);
  const { scenario: whole, deviation: first } = suspicion;
  const fields = await explainer.name(whole, first);
  const wanted = fingerprint(whole, first, fields, true);
  const kept = fields ?? [];
  const shown = async (candidate: Scenario): Promise<Deviation | undefined> => {
    const { deviations } = await suspect(candidate);
    const good = weightiestFirst(deviations).filter(one => mayStandFor(one, suspicion.deviation, experiment));
    for (const deviation of good) if ((await meaning(candidate, deviation)) === wanted) return deviation;
    const [weightiest] = good;
    // What is found already by that sign is another defect that follows from the same, if a field explains this one.
    const isOther =
      kept.length > 0 && findings.some(({ deviation }) => deviation.signature === weightiest?.signature);
    const isCaused =
      weightiest !== undefined &&
      !isOther &&
      size(candidate) < size(suspicion.scenario) &&
      (await hasSameCause(experiment, suspicion.scenario, candidate, weightiest));
    return isCaused ? weightiest : undefined;
  };
  const fewer = await minimise(
    suspicion.scenario,
    async candidate => (await shown(candidate)) !== undefined,
    { jobs, expired },
  );
  if (size(fewer.scenario) >= size(suspicion.scenario)) {
    const told = kept.length === 1 ? undefined : await askedPlainly(experiment, explainer, suspicion);
    return { ...(told ?? suspicion), minimal: true };
  }
  const deviation = await shown(fewer.scenario);
  return deviation === undefined
    ? { ...suspicion, minimal: true }
    : { scenario: fewer.scenario, deviation, minimal: fewer.minimal, ...(kept.length > 0 ? { kept } : {}) };
}

const isPlain = (deviation: Deviation): boolean => isGrant(deviation) || isSecondLogin(deviation);

const EHLO: Step = { kind: 'ehlo', name: 'z' };

/** What tells plainly of what is kept; who is logged in may have to greet again before that is told. */
const QUESTIONS: readonly (readonly Step[])[] = [
  ...PLAINLY.map(question => [question]),
  ...PLAINLY.filter(({ kind }) => kind === 'auth').map(login => [EHLO, login]),
];

/**
 * What no field explains by itself, shown by a plainer question, that one field explains to the letter: a command that is
 * refused for what it says tells of the greeting, or of the login, by the code of its refusal only.
 */
async function askedPlainly(
  experiment: Experiment,
  explainer: Explainer,
  { scenario }: Suspicion,
): Promise<Suspicion | undefined> {
  if (scenario.after.length !== 1) return undefined;
  const answers = await Promise.all(QUESTIONS.map(after => experiment.suspect({ ...scenario, after })));
  for (const { scenario: candidate, deviations } of answers) {
    for (const deviation of weightiestFirst(deviations).filter(isPlain))
      if (
        (await explainer.name(candidate, deviation))?.length === 1 &&
        (await hasSameCause(experiment, scenario, candidate, deviation))
      )
        return { scenario: candidate, deviation };
  }
  return undefined;
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
  if (!isLedTo || !isClean(upgrade)) return false;
  const less = before.map((_, missing): Scenario => ({ ...candidate, before: before.toSpliced(missing, 1) }));
  if (!isBare(upgrade)) less.push({ ...candidate, upgrade: BARE });
  const examined = await Promise.all(less.map(scenario => experiment.suspect(scenario)));
  return examined.length > 0 && examined.every(one => shows(one, signature) === undefined);
}

/** What the model takes for the shortest way to show the same defect, if the target agrees. */
export async function proposed(
  experiment: Experiment,
  explainer: Explainer,
  findings: readonly Finding[],
  { scenario, deviation }: Suspicion,
): Promise<Suspicion | undefined> {
  const asLines = carriedByLines(scenario, experiment.newSpeech());
  const others = await proposals(explainer, knownFields(findings), scenario, deviation);
  const answers = await Promise.all([...asLines, ...others].map(proposal => experiment.suspect(proposal)));
  for (const { scenario: proposal, deviations } of answers) {
    const shown = weightiestFirst(deviations).find(one => mayStandFor(one, deviation, experiment));
    if (shown !== undefined) return { scenario: proposal, deviation: shown };
  }
  return undefined;
}

/** Whether one may stand for another; what varies by itself stands for nothing but itself. */
const mayStandFor = (shown: Deviation, wanted: Deviation, experiment: Experiment): boolean =>
  shown.signature === wanted.signature || (isAsGood(shown, wanted) && !mayBeEither(shown, experiment));

/**
 * The same with plain lines in place of a fragment: where both are carried over, the lines tell it, whichever was seen
 * first. As many bytes may be needed.
 */
function carriedByLines({ before, upgrade }: Scenario, speech: Speech): readonly Scenario[] {
  return (['glued', 'segment'] as const).flatMap(where => {
    const glue = upgrade[where];
    if (glue?.fragment === undefined || isBurst(glue)) return [];
    const line: Glue = { lines: [{ kind: 'noop' }], times: 1, ending: 'CRLF' };
    const times = Math.ceil(spelled(glue, speech).length / spelled(line, speech).length);
    return [line, { ...line, times }].map(lines => ({
      before,
      upgrade: { ...upgrade, [where]: lines },
      after: [],
    }));
  });
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
  // Of several that are new at once, each is looked for by itself first.
  const single = added.length > 1 ? await explainer.guesses(scenario, deviation, added) : [];
  const shortest =
    (added.length > 0 ? await explainer.minimised(scenario, deviation, added) : undefined) ??
    (await explainer.minimised(scenario, deviation, fields));
  return shortest === undefined ? single : [...single, shortest];
}
