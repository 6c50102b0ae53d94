/**
 * Which retained fields explain what a target showed: the reference machine, with fates flipped, played in memory.
 *
 * The target is not asked anything here. A defect of the common kind (a field outlives STARTTLS) is found again in
 * the model, where thousands of scenarios a second cost nothing: there it is named, and there a long scenario is made
 * short. What the model says is a proposal; the target decides (`investigate.ts`).
 */

import type { Deviation, TargetFacts } from '../claim.ts';
import { countsIn, type Difference } from '../compare.ts';
import { Experiment, type ExperimentOptions } from '../experiment.ts';
import { type Baseline, isClean, type Scenario, type Step } from '../scenario.ts';
import { fieldsWithFate } from '../smtp/fates.ts';
import { MECHANISMS } from '../smtp/sasl.ts';
import type { Field } from '../smtp/session.ts';
import { RUN_LIMITS } from '../stage.ts';
import { type Behaviour, hearingStarttls } from '../targets/reference/behaviour.ts';
import { referenceInMemory } from '../targets/reference/target.ts';
import { alike, contradicts, contradictsOffer, isAsGood, isExact, isSameEffect } from './effect.ts';
import { behaving, type Manners, mannersOf } from './manners.ts';
import { minimise } from './minimise.ts';

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
   * its steps. What is said before STARTTLS would not be there otherwise. All that differs in it may be given here, too.
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

/** Candidates tried at once; in memory there is nothing to wait for. */
const JOBS = 16;

export function newExplainer({
  claims,
  baseline,
  facts,
}: Pick<ExperimentOptions, 'claims' | 'baseline' | 'facts'>): Explainer {
  const models = new Map<string, Experiment>();
  // What is kept in some sessions only is not kept in a fresh one, whatever that has to say before STARTTLS.
  const baselines = [...new Set<Baseline>([baseline, 'starttls-first'])];
  const modelKeeping = (fields: readonly Field[], manners: Manners, from: Baseline): Experiment => {
    const key = `${from} ${manners} ${fields.join('+')}`;
    const known = models.get(key);
    if (known !== undefined) return known;
    const model = new Experiment({
      ...referenceKeeping(fields, manners, facts),
      baseline: from,
      claims,
      facts,
      jobs: JOBS,
    });
    models.set(key, model);
    return model;
  };
  /** What such servers show, by scenario: one is asked about many deviations. */
  const shown = new WeakMap<Scenario, Map<Experiment, Promise<readonly Deviation[]>>>();
  const shownBy = (model: Experiment, scenario: Scenario): Promise<readonly Deviation[]> => {
    const known = shown.get(scenario) ?? new Map<Experiment, Promise<readonly Deviation[]>>();
    shown.set(scenario, known);
    const deviations =
      known.get(model) ?? model.examineAnew(unrefused(scenario)).then(examination => examination.deviations);
    known.set(model, deviations);
    return deviations;
  };
  /** How well a server that keeps these fields, of some manners, predicts the deviation. */
  const prediction = async (
    fields: readonly Field[],
    scenario: Scenario,
    deviation: Deviation,
    differences?: readonly Difference[],
  ): Promise<Prediction> => {
    // Servers differ in what they offer: any extension would do, if it were not known which the plaintext had.
    if (fields.includes('offer') && contradictsOffer(deviation, facts.offered)) return 'no';
    let best: Prediction = 'no';
    // For two fields at once one kind of server is guessing enough.
    for (const from of baselines)
      for (const manners of fields.length === 1 ? mannersOf(facts, scenario) : (['strict'] as const)) {
        const deviations = await shownBy(modelKeeping(fields, manners, from), scenario);
        if (differences !== undefined && contradicts(deviations, deviation, differences)) continue;
        if (deviations.some(predicted => isExact(predicted, deviation))) return 'exact';
        if (deviations.some(predicted => alike(predicted, deviation))) best = 'alike';
      }
    return best;
  };
  /** How many of the steps before STARTTLS are needed for the prediction. */
  const stepsNeeded = async (
    fields: readonly Field[],
    scenario: Scenario,
    deviation: Deviation,
  ): Promise<number> => {
    let needed = 0;
    for (const at of scenario.before.keys()) {
      const fewer = { ...scenario, before: scenario.before.filter((_, index) => index !== at) };
      if ((await prediction(fields, fewer, deviation)) === 'no') needed++;
    }
    return needed;
  };
  /** The first of the sets that predicts the deviation. */
  const firstOf = async (
    sets: readonly (readonly Field[])[],
    scenario: Scenario,
    deviation: Deviation,
    differences?: readonly Difference[],
  ): Promise<readonly Field[] | undefined> => {
    // What the bytes behind STARTTLS bring about is no matter of fields, nor is a number that somebody counts.
    if (!isClean(scenario.upgrade) || isCounted(deviation)) return undefined;
    let alikeOne: readonly Field[] | undefined;
    for (const fields of sets) {
      // A single field that predicts the very codes is better than one that only predicts a refusal.
      if (fields.length > 1 && alikeOne !== undefined) return alikeOne;
      const predicted = await prediction(fields, scenario, deviation, differences);
      if (predicted === 'exact' || (predicted === 'alike' && fields.length > 1)) return fields;
      if (predicted === 'alike') alikeOne ??= fields;
    }
    return alikeOne;
  };
  return {
    explain: (scenario, deviation, known = [], differences) =>
      firstOf(likely(known, CANDIDATES), scenario, deviation, differences),
    isPredicted: async (scenario, deviation, known) =>
      (await firstOf(likely(known, []), scenario, deviation)) !== undefined,
    async name(minimal, deviation, differences) {
      const first = await this.explain(minimal, deviation, [], differences);
      if (first === undefined || first.length > 1) return first;
      let best = { fields: first, needed: -1 };
      for (const wanted of ['exact', 'alike'] as const) {
        // Of a list, the extension itself is told; another one in its place is told where no field tells it.
        if (best.needed >= 0 && deviation.difference?.aspect === 'list') break;
        for (const field of CANDIDATES) {
          if ((await prediction([field], minimal, deviation, differences)) !== wanted) continue;
          const needed = await stepsNeeded([field], minimal, deviation);
          if (needed > best.needed) best = { fields: [field], needed };
        }
      }
      return best.fields;
    },
    shownKeeping: (field, scenario) => shownBy(modelKeeping([field], 'strict', baseline), scenario),
    async rivals(field, minimal, deviation) {
      const others = CANDIDATES.filter(candidate => candidate !== field);
      const predictions = await Promise.all(others.map(other => prediction([other], minimal, deviation)));
      return others.filter((_, index) => predictions[index] === 'exact');
    },
    async minimised(scenario, deviation, fields) {
      const models = mannersOf(facts, scenario).flatMap(manners =>
        baselines.map(from => modelKeeping(fields, manners, from)),
      );
      for (const model of models) {
        // The same effect rather than any: what shows another one may have another cause in the target.
        for (const stands of [isSameEffect, isAsGood]) {
          const interesting = async (candidate: Scenario): Promise<boolean> =>
            (await model.examineAnew(unrefused(candidate))).deviations.some(shown =>
              stands(shown, deviation),
            );
          if (await interesting(scenario))
            return (await minimise(scenario, interesting, { jobs: JOBS, expired: () => false })).scenario;
        }
      }
      return undefined;
    },
    async guesses({ before, upgrade }, deviation, fields = CANDIDATES) {
      if (!isClean(upgrade)) return [];
      const asked: Scenario = { before, upgrade, after: INTERROGATION };
      const guesses = await Promise.all(fields.map(field => this.minimised(asked, deviation, [field])));
      return guesses.filter(guess => guess !== undefined);
    },
  };
}

type Prediction = 'exact' | 'alike' | 'no';

/** Whether it is a number in what is said; of a list that is kept the numbers may be others, too. */
const isCounted = ({ difference }: Deviation): boolean =>
  difference !== undefined && difference.aspect !== 'list' && countsIn(difference) !== undefined;

/** Without each STARTTLS that is not the last: the target has refused it, where the model would begin TLS. */
function unrefused(scenario: Scenario): Scenario {
  const before = scenario.before.filter(step => step.kind !== 'starttls' || step.argument !== undefined);
  return before.length === scenario.before.length ? scenario : { ...scenario, before };
}

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

/** What no step can set in the target is not to be set in the model: a proxy's words, or a login that is a guess. */
function referenceKeeping(
  fields: readonly Field[],
  manners: Manners,
  { offered, loginKnown }: TargetFacts,
): Pick<ExperimentOptions, 'stage' | 'speech'> {
  const flipped = new Set(fields);
  const keeping: Behaviour = { ...behaving(manners), flipped: () => flipped };
  const behaviour = flipped.has('dialogue') ? hearingStarttls(keeping) : keeping;
  const login = { user: 'tester', password: 'secret' };
  const target = referenceInMemory({
    user: login.user,
    password: loginKnown ? login.password : 'another one',
    proxy: offered.includes('XCLIENT') || offered.includes('XFORWARD'),
    mechanisms: () => MECHANISMS,
    behaviour,
  });
  return {
    stage: {
      driver: target.driver,
      limits: { ...RUN_LIMITS, delivery: 0 },
      protocol: 'smtp',
      neutral: [],
      ...(target.mailbox ? { mailbox: target.mailbox } : {}),
    },
    speech: { ...login, recipient: '*@lab.example' },
  };
}
