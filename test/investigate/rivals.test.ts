import { expect, test } from 'vitest';
import { CLAIMS } from '../../properties/index.ts';
import type { TargetFacts } from '../../src/claim.ts';
import { Experiment } from '../../src/experiment.ts';
import { newExplainer } from '../../src/investigate/explain.ts';
import { toldApart } from '../../src/investigate/rivals.ts';
import { speechOf, stageOf } from '../../src/probe.ts';
import { BARE, type Scenario, type Step } from '../../src/scenario.ts';
import type { Field } from '../../src/smtp/session.ts';
import { SOUND } from '../../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';

const facts: TargetFacts = { refusedUngreeted: ['mail'], offered: [], loginKnown: true };
const EHLO: Step = { kind: 'ehlo', name: 'a' };
const MAIL: Step = { kind: 'mail', from: 'b' };
const RCPT: Step = { kind: 'rcpt', to: 'c' };

/** What is told of RCPT in TLS where, with so many recipients, a server keeps these fields. */
async function told(count: number, fields: readonly Field[]) {
  const kept = new Set(fields);
  const target = referenceInMemory({
    behaviour: {
      ...SOUND,
      flipped: ({ session: { recipients } }) => (recipients.length === count ? kept : new Set()),
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
  const scenario: Scenario = {
    before: [EHLO, MAIL, ...Array.from({ length: count }, () => RCPT)],
    upgrade: BARE,
    after: [{ kind: 'rcpt', to: 'p' }],
  };
  const deviation = (await experiment.examineAnew(scenario)).deviations.find(
    ({ signature }) => signature === 'rcpt code 250/503',
  );
  if (deviation === undefined) throw new Error('RCPT is not taken');
  const named = await explainer.name(scenario, deviation);
  return { named, apart: await toldApart(experiment, explainer, { scenario, deviation }, named) };
}

test.each([
  ['sender', ['sender']],
  ['recipients', ['recipients']],
  ['recipients', ['sender', 'recipients']],
] as const)('%s is told where one recipient leads to %j being kept', async (field, fields) => {
  expect(await told(1, fields)).toEqual({ named: ['recipients'], apart: [field] });
});

test.each([
  ['sender', ['sender']],
  ['recipients', ['recipients']],
] as const)(
  '%s is told where two of the same lead to it, and either of them can be missed',
  async (field, fields) => {
    expect(await told(2, fields)).toEqual({ named: ['sender'], apart: [field] });
  },
);
