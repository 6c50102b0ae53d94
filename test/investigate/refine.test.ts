import { expect, test } from 'vitest';
import { CLAIMS } from '../../properties/index.ts';
import { Experiment } from '../../src/experiment.ts';
import { newExplainer } from '../../src/investigate/explain.ts';
import type { Finding, InvestigationOptions } from '../../src/investigate/finding.ts';
import { investigate } from '../../src/investigate/investigate.ts';
import { refined } from '../../src/investigate/refine.ts';
import { PRESETS } from '../../src/policy.ts';
import { probe } from '../../src/probe.ts';
import { BARE, type Glue, type Scenario } from '../../src/scenario.ts';
import { type Behaviour, SOUND } from '../../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';
import { COUNTED, COUNTS } from '../counting.ts';

const glued = (glue: Partial<Glue>): Scenario => ({
  before: [{ kind: 'ehlo', name: 'a' }],
  upgrade: { ...BARE, glued: { lines: [{ kind: 'noop' }], times: 1, ending: 'CRLF', ...glue } },
  after: [{ kind: 'noop' }],
});

async function bench(behaviour: Behaviour) {
  const probed = await probe(referenceInMemory({ behaviour }));
  if (probed.baseline === undefined) throw new Error('no baseline');
  const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 4 });
  const options: InvestigationOptions = {
    experiment,
    policy: PRESETS.practice,
    jobs: 4,
    expired: () => false,
  };
  return { experiment, explainer: newExplainer(experiment.options), options };
}

/** What a hurried finding of a burst is taken for, beside one of a single line if that was found. */
async function burstBeside(isLineFound: boolean) {
  const { experiment, explainer, options } = await bench({
    ...SOUND,
    flipped: () => new Set(['pending'] as const),
  });
  async function found(scenario: Scenario, isHurried: boolean): Promise<Finding> {
    const [deviation] = (await experiment.examineAnew(scenario)).deviations;
    if (deviation === undefined) throw new Error('nothing shown');
    const hurried = { ...options, expired: () => isHurried };
    const outcome = await investigate(hurried, explainer, [], { scenario, deviation }, () => {});
    if (outcome.kind !== 'finding') throw new Error(outcome.kind);
    return outcome.finding;
  }
  const rough = await found(glued({ times: 1_000 }), true);
  const line = await found(glued({}), false);
  return {
    rough,
    line,
    now: await refined(options, explainer, isLineFound ? [line, rough] : [rough], rough),
  };
}

test('what was confirmed in a hurry is made small', async () => {
  const { rough, line, now } = await burstBeside(false);
  expect(rough.minimal).toBe(false);
  // A burst whose lines show it when they are said once is called by what it is at once.
  expect(rough.fingerprint).toBe('no-plaintext-carryover: glued lines');
  expect(now).toMatchObject({ kind: 'small', finding: { fingerprint: line.fingerprint, minimal: true } });
});

test('what turns out to be found already is that', async () => {
  const { line, now } = await burstBeside(true);
  expect(now).toEqual({ kind: 'known', fingerprint: line.fingerprint });
  expect(line.fingerprint).toBe('no-plaintext-carryover: glued lines');
});

test('what another finding leads to as well is that one, though it is small by other steps', async () => {
  const { experiment, explainer, options } = await bench({
    ...SOUND,
    follow: (seen, { event, secure }) => (!secure && (event === 'noop' || event === 'unknown') ? 1 : seen),
    judge: (event, _argument, { secure, progress }) =>
      event === 'ehlo' && secure && progress === 1 ? { code: 554, lines: ['You chatter'] } : 'sound',
  });
  const finding = async (...before: Scenario['before']): Promise<Finding> => {
    const scenario: Scenario = { before, upgrade: BARE, after: [{ kind: 'ehlo', name: 'p' }] };
    const example = await experiment.examineAnew(scenario);
    const [deviation] = example.deviations;
    if (deviation === undefined) throw new Error('nothing shown');
    return {
      scenario,
      deviation,
      example,
      fingerprint: before[0]?.kind ?? '',
      kept: [],
      confirmed: '5/5',
      minimal: true,
    };
  };
  const chat = await finding({ kind: 'noop' });
  const unknown: Scenario['before'][number] = { kind: 'line', text: 'XAFRESH' };
  const rough = { ...(await finding(unknown, { kind: 'rset' })), minimal: false };
  expect(await refined(options, explainer, [chat, rough], rough)).toEqual({
    kind: 'known',
    fingerprint: 'noop',
  });
  expect(await refined(options, explainer, [rough], rough)).toMatchObject({ kind: 'small' });
});

test('what is a limit, once little enough is said to tell, is no finding', async () => {
  const { experiment, explainer, options } = await bench(COUNTS);
  const example = await experiment.examineAnew(COUNTED);
  const [deviation] = example.deviations;
  if (deviation === undefined) throw new Error('nothing shown');
  const rough = {
    scenario: COUNTED,
    deviation,
    example,
    fingerprint: 'x',
    kept: [],
    confirmed: '5/5',
    minimal: false,
  };
  expect(await refined(options, explainer, [rough], rough)).toMatchObject({
    kind: 'refuted',
    outcome: { kind: 'allowed' },
  });
});
