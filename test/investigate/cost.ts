/** What tests of investigations share: how many connections one takes. */

import { expect } from 'vitest';
import type { Experiment } from '../../src/experiment.ts';
import { newExplainer } from '../../src/investigate/explain.ts';
import type { Investigation } from '../../src/investigate/finding.ts';
import { investigate } from '../../src/investigate/investigate.ts';
import { PRESETS } from '../../src/policy.ts';
import type { Scenario } from '../../src/scenario.ts';

/** Connections of two investigations of what a scenario shows, of which either comes to that. */
export async function costsOfTwo(
  experiment: Experiment,
  scenario: Scenario,
  kind: Investigation['kind'],
): Promise<readonly [first: number, second: number]> {
  const { jobs } = experiment.options;
  const options = { experiment, policy: PRESETS.practice, jobs, expired: () => false };
  const explainer = newExplainer(experiment.options);
  const cost = async (): Promise<number> => {
    const [deviation] = (await experiment.examineAnew(scenario)).deviations;
    if (deviation === undefined) throw new Error('the target shows nothing');
    const before = experiment.counts.connections;
    const outcome = await investigate(options, explainer, [], { scenario, deviation }, () => {});
    expect(outcome.kind).toBe(kind);
    return experiment.counts.connections - before;
  };
  return [await cost(), await cost()];
}
