/**
 * About STARTTLS itself the server follows the RFCs: what is wrong in used and fresh run alike, and pairs cannot see.
 *
 * Other departures from the machine are notes; they never change the verdict.
 */

import type { Claim, Deviation, Evidence } from '../src/claim.ts';
import { isAmbiguous, isClean } from '../src/scenario.ts';
import type { Level, RequirementId } from '../src/smtp/requirements.ts';
import { repliesTo } from '../src/transcript.ts';
import { repliesTooMany } from './reply-count.ts';

export const followsModel: Claim = {
  id: 'follows-model',
  title: 'STARTTLS itself is answered as the RFCs say',
  requirement: 'rfc3207-4-no-parameters',
  exercised: ({ used }) => used.upgrade === 'secure',
  judge: evidence => [...parameterTaken(evidence), ...startedAgain(evidence), ...tooManyReplies(evidence)],
};

function deviation(
  requirement: RequirementId,
  level: Level,
  step: number,
  used: string,
  fresh: string,
  summary: string,
): Deviation {
  return {
    claim: 'follows-model',
    requirement,
    level,
    proof: 'sighting',
    step,
    used,
    fresh,
    summary,
    signature: `model: ${summary}`,
  };
}

function parameterTaken({ scenario, used, facts }: Evidence): readonly Deviation[] {
  if (scenario.upgrade.argument === undefined || facts.offered.includes('STARTTLSDOMAIN')) return [];
  if (used.upgrade !== 'secure') return [];
  return [
    deviation('rfc3207-4-no-parameters', 'should', -1, '220', '501', 'STARTTLS is accepted with a parameter'),
  ];
}

function startedAgain({ scenario, used }: Evidence): readonly Deviation[] {
  if (used.upgrade !== 'secure' || !isClean(scenario.upgrade)) return [];
  const step = scenario.after.findIndex(
    ({ kind }, index) =>
      kind === 'starttls' &&
      repliesTo(used, 'after', index).some(reply => reply.kind === 'reply' && reply.code === 220),
  );
  // A 220 may be the late answer to something else: to XCLIENT, or to what was taken for a line of its own.
  const unsure = scenario.after.slice(0, step).some(one => one.kind === 'xclient' || isAmbiguous(one));
  if (step < 0 || unsure) return [];
  return [
    deviation(
      'rfc3207-4.2-not-sent-again',
      'must',
      step,
      '220',
      '503 or another refusal',
      'STARTTLS is accepted in TLS',
    ),
  ];
}

function tooManyReplies(evidence: Evidence): readonly Deviation[] {
  const { scenario } = evidence;
  if (!isClean(scenario.upgrade)) return [];
  if (scenario.after.some(({ kind }) => kind === 'starttls' || kind === 'quit')) return [];
  const surplus = repliesTooMany(evidence);
  if (surplus === 0) return [];
  return [
    deviation(
      'rfc5321-4.2-one-reply',
      'must',
      scenario.after.length,
      `${surplus} more ${surplus === 1 ? 'reply' : 'replies'} than commands`,
      'one reply to each command',
      'there are more replies in TLS than commands',
    ),
  ];
}
