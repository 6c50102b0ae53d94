import { expect, test } from 'vitest';
import { CLAIMS } from '../../properties/index.ts';
import type { TargetFacts } from '../../src/claim.ts';
import { Experiment } from '../../src/experiment.ts';
import { newExplainer } from '../../src/investigate/explain.ts';
import { toldApart } from '../../src/investigate/rivals.ts';
import { speechOf, stageOf } from '../../src/probe.ts';
import type { Scenario } from '../../src/scenario.ts';
import type { Field } from '../../src/smtp/session.ts';
import { SOUND } from '../../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';

const facts: TargetFacts = { refusedUngreeted: ['mail'], offered: [], loginKnown: true };
/** A sender and a recipient led to it, and each of the two by itself would have RCPT taken. */
const RCPT: Scenario = {
  before: [
    { kind: 'ehlo', name: 'a' },
    { kind: 'mail', from: 'b' },
    { kind: 'rcpt', to: 'c' },
  ],
  upgrade: { handshake: { kind: 'sound', version: '1.3' } },
  after: [{ kind: 'rcpt', to: 'p' }],
};

test.each([
  ['sender', ['sender']],
  ['recipients', ['recipients']],
  ['recipients', ['sender', 'recipients']],
] as const)('%s is told where one recipient leads to %j being kept', async (told, fields) => {
  const kept = new Set<Field>(fields);
  const target = referenceInMemory({
    behaviour: {
      ...SOUND,
      flipped: ({ session: { recipients } }) => (recipients.length === 1 ? kept : new Set()),
    },
  });
  const experiment = new Experiment({
    stage: stageOf(target),
    speech: speechOf(target),
    baseline: 'starttls-first',
    claims: CLAIMS,
    facts,
    jobs: 1,
  });
  const explainer = newExplainer(experiment.options);
  const deviation = (await experiment.examineAnew(RCPT)).deviations.find(
    ({ signature }) => signature === 'rcpt code 250/503',
  );
  if (deviation === undefined) throw new Error('RCPT is not taken');
  const named = await explainer.name(RCPT, deviation);
  expect(named).toEqual(['recipients']);
  expect(await toldApart(experiment, explainer, { scenario: RCPT, deviation }, named)).toEqual([told]);
});
