/**
 * Which of several kept fields a finding shows, where each of them alone would show it: the target is asked what only one
 * of them answers.
 *
 * RCPT is taken where the sender is kept, and where the recipients are; DATA is taken in the second case only.
 */

import type { Experiment } from '../experiment.ts';
import { isClean, type Step } from '../scenario.ts';
import type { Field } from '../smtp/session.ts';
import { isGrant } from './effect.ts';
import type { Explainer } from './explain.ts';
import type { Suspicion } from './finding.ts';

/** What tells most in a step of TLS: what a session consists of. */
export const PLAINLY: readonly Step[] = [
  { kind: 'rcpt', to: 'y' },
  { kind: 'mail', from: 'y' },
  { kind: 'data', body: 'plain', token: 'y' },
  { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'y', initial: true },
];

/**
 * The fields that a minimal scenario is named by; another one where the target answers as a fresh connection does what these
 * alone would have it take, or takes what that other one alone would.
 */
export async function toldApart(
  experiment: Experiment,
  explainer: Explainer,
  { scenario, deviation }: Suspicion,
  named: readonly Field[] | undefined,
): Promise<readonly Field[] | undefined> {
  const [field, ...more] = named ?? [];
  if (field === undefined || more.length > 0 || !isClean(scenario.upgrade)) return named;
  const grants = async (kept: Field, question: Step): Promise<boolean> =>
    (await explainer.shownKeeping(kept, { ...scenario, after: [question] })).some(isGrant);
  for (const rival of await explainer.rivals(field, scenario, deviation))
    for (const question of PLAINLY) {
      const isTold = await grants(field, question);
      if (isTold === (await grants(rival, question))) continue;
      const { deviations } = await experiment.suspect({ ...scenario, after: [question] });
      const isTaken = deviations.some(isGrant);
      const isAnswered = deviations.some(({ difference }) => difference?.aspect === 'code');
      if (isTold ? !isAnswered : isTaken) return [rival];
    }
  return named;
}
