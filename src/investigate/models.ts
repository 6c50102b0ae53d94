/**
 * The models that a target is compared with: reference machines with fates flipped, one for each set of kept fields, of
 * each kind of manners, played in memory.
 *
 * The target is not asked anything here, and nothing is known of what was seen in it.
 */

import type { Deviation, TargetFacts } from '../claim.ts';
import { Experiment, type ExperimentOptions } from '../experiment.ts';
import type { Baseline, Scenario, Step } from '../scenario.ts';
import { MECHANISMS } from '../smtp/sasl.ts';
import type { Field } from '../smtp/session.ts';
import { RUN_LIMITS } from '../stage.ts';
import { type Behaviour, hearingStarttls } from '../targets/reference/behaviour.ts';
import { referenceInMemory } from '../targets/reference/target.ts';
import { behaving, type Manners } from './manners.ts';

/** Runs under way at once; in memory there is nothing to wait for. */
export const JOBS = 16;

/** A server that keeps these fields. */
export interface Model {
  readonly fields: readonly Field[];
  readonly manners: Manners;
  /** Its fresh runs begin with what this one says; as those of the target do unless given. */
  readonly baseline?: Baseline;
}

export interface Models {
  readonly facts: TargetFacts;
  /** The servers that keep these fields, of such manners. */
  keeping(fields: readonly Field[], manners: readonly Manners[]): readonly Model[];
  /** What such a server shows in a scenario; played once, since one is asked about many deviations. */
  shown(model: Model, scenario: Scenario): Promise<readonly Deviation[]>;
  /** The same of a scenario that nobody will ask about again. */
  shownAnew(model: Model, scenario: Scenario): Promise<readonly Deviation[]>;
}

/** What is known of the target that the models stand for. */
export type ModelFacts = Pick<ExperimentOptions, 'claims' | 'baseline' | 'facts'>;

export function newModels({ claims, baseline, facts }: ModelFacts): Models {
  const experiments = new Map<string, Experiment>();
  const known = new WeakMap<Scenario, Map<Experiment, Promise<readonly Deviation[]>>>();
  // What is kept in some sessions only is not kept in a fresh one, whatever that has to say before STARTTLS.
  const baselines = [...new Set<Baseline>([baseline, 'starttls-first'])];

  function experimentWith({ fields, manners, baseline: from = baseline }: Model): Experiment {
    const key = `${from} ${manners} ${fields.join('+')}`;
    const experiment =
      experiments.get(key) ??
      new Experiment({ ...keeping(fields, manners, facts), baseline: from, claims, facts, jobs: JOBS });
    experiments.set(key, experiment);
    return experiment;
  }

  const play = async (experiment: Experiment, scenario: Scenario): Promise<readonly Deviation[]> =>
    (await experiment.examineAnew(unrefused(unwaiting(scenario)))).deviations;

  return {
    facts,
    keeping: (fields, manners) =>
      manners.flatMap(one => baselines.map(from => ({ fields, manners: one, baseline: from }))),
    shown(model, scenario) {
      const experiment = experimentWith(model);
      const played = known.get(scenario) ?? new Map<Experiment, Promise<readonly Deviation[]>>();
      known.set(scenario, played);
      const deviations = played.get(experiment) ?? play(experiment, scenario);
      played.set(experiment, deviations);
      return deviations;
    },
    shownAnew: (model, scenario) => play(experimentWith(model), scenario),
  };
}

/** Without waits: nothing comes of them there. */
function unwaiting(scenario: Scenario): Scenario {
  const hurried = (steps: readonly Step[]): readonly Step[] =>
    steps.map(step => (step.kind === 'pause' ? { ...step, ms: 0 } : step));
  return { ...scenario, before: hurried(scenario.before), after: hurried(scenario.after) };
}

/** Without each STARTTLS that is not the last: the target has refused it, where the model would begin TLS. */
function unrefused(scenario: Scenario): Scenario {
  const before = scenario.before.filter(step => step.kind !== 'starttls' || step.argument !== undefined);
  return before.length === scenario.before.length ? scenario : { ...scenario, before };
}

/** What no step can set in the target is not to be set in the model: a proxy's words, or a login that is a guess. */
function keeping(
  fields: readonly Field[],
  manners: Manners,
  { offered, loginKnown }: TargetFacts,
): Pick<ExperimentOptions, 'stage' | 'speech'> {
  const flipped = new Set(fields);
  const kept: Behaviour = { ...behaving(manners), flipped: () => flipped };
  const behaviour = flipped.has('dialogue') ? hearingStarttls(kept) : kept;
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
