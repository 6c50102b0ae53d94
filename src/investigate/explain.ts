/**
 * Which retained fields explain what a target showed: those with which a model (`models.ts`) shows the same.
 *
 * The target is not asked anything here. A defect of the common kind (a field outlives STARTTLS) is found again in
 * the model, where thousands of scenarios a second cost nothing: there it is named, and there a long scenario is made
 * short. What the model says is a proposal; the target decides (`investigate.ts`).
 */

import type { Deviation } from '../claim.ts';
import { countsIn, type Difference } from '../compare.ts';
import { isClean, type Scenario, type Step } from '../scenario.ts';
import { fieldsWithFate } from '../smtp/fates.ts';
import type { Field } from '../smtp/session.ts';
import {
  alike,
  contradicts,
  contradictsOffer,
  isAsGood,
  isExact,
  isMisplaced,
  isRefusedAlike,
  isSameEffect,
} from './effect.ts';
import { mannersOf } from './manners.ts';
import { minimise } from './minimise.ts';
import { JOBS, type ModelFacts, type Models, newModels } from './models.ts';

type Asked = [Scenario, Deviation, known?: readonly Field[], differences?: readonly Difference[]];

export interface Explainer {
  /**
   * A set of kept fields that predicts the deviation, as small as can be; those of `known` are tried first. Where all that
   * differs in the scenario is given, the set predicts no other outcome before it.
   */
  explain(...asked: Asked): Promise<readonly Field[] | undefined>;
  /** Whether fields of these predict it at all, though others may do so better. */
  isPredicted(scenario: Scenario, deviation: Deviation, known: readonly Field[]): Promise<boolean>;
  /**
   * The fields that a minimal scenario shows to be kept: of those that predict the deviation, the one that needs most of
   * its steps, and all but greetings where it predicts no more than the like of it. What is said before STARTTLS would not
   * be there otherwise. All that differs in it may be given here, too.
   */
  name(
    minimal: Scenario,
    deviation: Deviation,
    differences?: readonly Difference[],
  ): Promise<readonly Field[] | undefined>;
  /** What a server shows in a scenario that keeps this field alone. */
  shownKeeping(field: Field, scenario: Scenario): Promise<readonly Deviation[]>;
  /** The fields of which each by itself predicts the deviation to the letter, but for this one. */
  rivals(field: Field, minimal: Scenario, deviation: Deviation): Promise<readonly Field[]>;
  /**
   * The scenario made as small as it goes for a server that keeps these fields, by any deviation that is as good as the
   * one seen; undefined if such a server shows none in it.
   */
  minimised(
    scenario: Scenario,
    deviation: Deviation,
    fields: readonly Field[],
  ): Promise<Scenario | undefined>;
  /** Shortest ways to show, by itself, each field that `before` sets; all of them, or some. */
  guesses(scenario: Scenario, deviation: Deviation, fields?: readonly Field[]): Promise<readonly Scenario[]>;
}

/** Asks for the transaction, the greeting, the login and the list. */
const INTERROGATION: readonly Step[] = [
  { kind: 'rcpt', to: 'p' },
  { kind: 'mail', from: 'q' },
  { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'r', initial: true },
  { kind: 'ehlo', name: 's' },
  { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'r', initial: true },
  { kind: 'mail', from: 'q' },
  { kind: 'rcpt', to: 'p' },
  { kind: 'data', body: 'plain', token: 't' },
];

/** Fields that a server may be found to keep; `pending` is told by the shape of the upgrade. */
const CANDIDATES: readonly Field[] = fieldsWithFate('forget').filter(field => field !== 'pending');

export function newExplainer(facts: ModelFacts): Explainer {
  const models = newModels(facts);
  return {
    explain: (scenario, deviation, told = [], differences) =>
      firstOf(models, likely(told, CANDIDATES), { scenario, deviation, differences }),
    isPredicted: async (scenario, deviation, told) =>
      (await firstOf(models, likely(told, []), { scenario, deviation })) !== undefined,
    name: (scenario, deviation, differences) => named(models, { scenario, deviation, differences }),
    shownKeeping: (field, scenario) => models.shown({ fields: [field], manners: 'strict' }, scenario),
    rivals: (field, scenario, deviation) => rivals(models, field, { scenario, deviation }),
    minimised: (scenario, deviation, fields) => minimised(models, fields, { scenario, deviation }),
    async guesses({ before, upgrade }, deviation, fields = CANDIDATES) {
      if (!isClean(upgrade)) return [];
      const scenario: Scenario = { before, upgrade, after: INTERROGATION };
      const guesses = await Promise.all(
        fields.map(field => minimised(models, [field], { scenario, deviation })),
      );
      return guesses.filter(guess => guess !== undefined);
    },
  };
}

/** What is to be explained: a deviation in a scenario, and where they are known all differences that it has. */
interface Puzzle {
  readonly scenario: Scenario;
  readonly deviation: Deviation;
  readonly differences?: readonly Difference[] | undefined;
}

/** How well servers that keep some fields tell beforehand what was seen. */
type Prediction = 'exact' | 'alike' | 'no';

/** How well a server that keeps these fields, of some manners, predicts the deviation. */
async function prediction(
  models: Models,
  fields: readonly Field[],
  { scenario, deviation, differences }: Puzzle,
): Promise<Prediction> {
  const { facts } = models;
  // Servers differ in what they offer: any extension would do, if it were not known which the plaintext had.
  if (fields.includes('offer') && contradictsOffer(deviation, facts.offered)) return 'no';
  let best: Prediction = 'no';
  // For two fields at once one kind of server is guessing enough.
  const wanted = fields.length === 1 ? mannersOf(facts, scenario) : (['strict'] as const);
  for (const model of models.keeping(fields, wanted)) {
    const deviations = await models.shown(model, scenario);
    if (differences !== undefined && contradicts(deviations, deviation, differences)) continue;
    if (deviations.some(predicted => isExact(predicted, deviation))) return 'exact';
    if (deviations.some(predicted => alike(predicted, deviation))) best = 'alike';
  }
  return best;
}

/** The first of the sets that predicts the deviation. */
async function firstOf(
  models: Models,
  sets: readonly (readonly Field[])[],
  puzzle: Puzzle,
): Promise<readonly Field[] | undefined> {
  // What the bytes behind STARTTLS bring about is no matter of fields, nor is a number that somebody counts, or a late reply.
  if (!isClean(puzzle.scenario.upgrade)) return undefined;
  if (isCounted(puzzle.deviation) || isMisplaced(puzzle.deviation)) return undefined;
  let alikeOne: readonly Field[] | undefined;
  for (const fields of sets) {
    // A single field that predicts the very codes is better than one that only predicts a refusal.
    if (fields.length > 1 && alikeOne !== undefined) return alikeOne;
    const predicted = await prediction(models, fields, puzzle);
    if (predicted === 'exact' || (predicted === 'alike' && fields.length > 1)) return fields;
    if (predicted === 'alike') alikeOne ??= fields;
  }
  return alikeOne;
}

async function named(models: Models, puzzle: Puzzle): Promise<readonly Field[] | undefined> {
  const first = await firstOf(models, likely([], CANDIDATES), puzzle);
  if (first === undefined || first.length > 1) return first;
  let best: { readonly fields?: readonly Field[]; readonly needed: number } = { needed: -1 };
  for (const wanted of ['exact', 'alike'] as const) {
    // A field that predicts the very extension of a list is better than one that predicts another in its place.
    if (best.needed >= 0 && puzzle.deviation.difference?.aspect === 'list') break;
    for (const field of CANDIDATES) {
      if ((await prediction(models, [field], puzzle)) !== wanted) continue;
      const spare = await spareSteps(models, [field], puzzle);
      if (spare.filter(({ kind }) => !GREETINGS.has(kind)).length > mostSpare(puzzle, wanted)) continue;
      const needed = puzzle.scenario.before.length - spare.length;
      if (needed > best.needed) best = { fields: [field], needed };
    }
  }
  return best.fields;
}

/**
 * Steps that a prediction may do without. What is predicted in other words than the target's, and by less than it takes, has
 * another cause. So has a refusal in other words, which much may bring; but for a step that the field is kept behind.
 */
function mostSpare({ deviation: { difference } }: Puzzle, wanted: Prediction): number {
  if (wanted === 'alike') return 0;
  return difference !== undefined && isRefusedAlike(difference) ? 1 : Number.POSITIVE_INFINITY;
}

/** What servers ask for, and others do not. */
const GREETINGS: ReadonlySet<Step['kind']> = new Set(['ehlo', 'helo', 'lhlo']);

/** The steps before STARTTLS without which it is predicted as well. */
async function spareSteps(
  models: Models,
  fields: readonly Field[],
  { scenario, deviation }: Puzzle,
): Promise<readonly Step[]> {
  const spare: Step[] = [];
  for (const [at, step] of scenario.before.entries()) {
    const fewer = { ...scenario, before: scenario.before.toSpliced(at, 1) };
    if ((await prediction(models, fields, { scenario: fewer, deviation })) !== 'no') spare.push(step);
  }
  return spare;
}

async function rivals(models: Models, field: Field, puzzle: Puzzle): Promise<readonly Field[]> {
  const others = CANDIDATES.filter(candidate => candidate !== field);
  const predictions = await Promise.all(others.map(other => prediction(models, [other], puzzle)));
  return others.filter((_, index) => predictions[index] === 'exact');
}

async function minimised(
  models: Models,
  fields: readonly Field[],
  { scenario, deviation }: Puzzle,
): Promise<Scenario | undefined> {
  for (const model of models.keeping(fields, mannersOf(models.facts, scenario))) {
    // The same effect rather than any: what shows another one may have another cause in the target.
    for (const stands of [isSameEffect, isAsGood]) {
      const interesting = async (candidate: Scenario): Promise<boolean> =>
        (await models.shownAnew(model, candidate)).some(shown => stands(shown, deviation));
      if (await interesting(scenario))
        return (await minimise(scenario, interesting, { jobs: JOBS, expired: () => false })).scenario;
    }
  }
  return undefined;
}

/** Whether it is a number in what is said; of a list that is kept the numbers may be others, too. */
const isCounted = ({ difference }: Deviation): boolean =>
  difference !== undefined && difference.aspect !== 'list' && countsIn(difference) !== undefined;

/**
 * Sets of fields, the likeliest first: one that is known, one that is not, all that are known, one that is not beside all
 * that are known, and any two.
 */
function likely(known: readonly Field[], candidates: readonly Field[]): readonly (readonly Field[])[] {
  const unknown = candidates.filter(field => !known.includes(field));
  const fields = [...known, ...unknown];
  return [
    ...fields.map(field => [field]),
    ...(known.length > 1 ? [known] : []),
    ...(known.length > 0 ? unknown.map(field => [...known, field]) : []),
    ...fields.flatMap((one, index) => fields.slice(index + 1).map(other => [one, other])),
  ];
}
