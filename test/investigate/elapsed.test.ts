import { expect, test } from 'vitest';
import { CLAIMS } from '../../properties/index.ts';
import { type Examination, Experiment } from '../../src/experiment.ts';
import { toldByTime } from '../../src/investigate/elapsed.ts';
import { newExplainer } from '../../src/investigate/explain.ts';
import { investigate } from '../../src/investigate/investigate.ts';
import { type Policy, PRESETS } from '../../src/policy.ts';
import { probe } from '../../src/probe.ts';
import { BARE, type Scenario, type Step } from '../../src/scenario.ts';
import { type Context, SOUND } from '../../src/targets/reference/behaviour.ts';
import { ReferenceServer } from '../../src/targets/reference/server.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';
import type { Entry } from '../../src/transcript.ts';
import { costsOfTwo } from './cost.ts';

/** The client waits longer before STARTTLS than the server takes for a look-up. */
const WAIT: Step = { kind: 'pause', ms: 250 };
const LOOKED_UP = 200;
const LAST: Entry = { kind: 'ended', part: 'fence', step: 0, at: 0, how: 'fin' };
const IN_TLS: readonly Step[] = [
  { kind: 'ehlo', name: 'p' },
  { kind: 'mail', from: 'q' },
];

/** A server that answers MAIL with this code where `isTold` says so, which is told how old the connection is. */
async function experimentOn(isTold: (age: number, context: Context) => boolean, code: number) {
  let now = (): number => 0;
  const target = referenceInMemory(
    {
      behaviour: {
        ...SOUND,
        judge: (event, _, context) =>
          event === 'mail' && isTold(now() - context.session.openedAt, context)
            ? { code, lines: ['Try again'] }
            : 'sound',
      },
    },
    (options, openedAt) => {
      now = options.now;
      return new ReferenceServer(options, openedAt);
    },
  );
  const probed = await probe(target);
  return new Experiment({ ...probed, baseline: 'starttls-first', claims: CLAIMS, jobs: 1 });
}

/** What comes of such a server where this is said before STARTTLS. */
async function investigated(
  isTold: (age: number, context: Context) => boolean,
  code: number,
  before: readonly Step[] = [WAIT],
  policy: Policy = PRESETS.practice,
) {
  const experiment = await experimentOn(isTold, code);
  const scenario: Scenario = { before, upgrade: BARE, after: IN_TLS };
  const [deviation] = (await experiment.examineAnew(scenario)).deviations;
  if (deviation === undefined) throw new Error('the target shows nothing');
  const options = { experiment, policy, jobs: 1, expired: () => false };
  return investigate(options, newExplainer(experiment.options), [], { scenario, deviation }, () => {});
}

test('what a fresh connection is granted as well, once it is as old, has outlived nothing', async () => {
  const outcome = await investigated(age => age < LOOKED_UP, 451);
  expect(outcome).toMatchObject({ kind: 'elapsed-time' });
  expect('text' in outcome && outcome.text).toMatch(
    /^MAIL is answered 250 in TLS, but 451 on a fresh connection: .* once it is \d+ ms old$/,
  );
});

test('so is what the used run was old enough for in TLS only, as on a busy machine', async () => {
  const experiment = await experimentOn(age => age < LOOKED_UP, 451);
  const scenario: Scenario = { before: [], upgrade: BARE, after: IN_TLS };
  const example = await experiment.examineAnew(scenario);
  const { used } = example;
  const aged = (ms: number): Examination => ({
    ...example,
    used: {
      ...used,
      transcript: { ...used.transcript, entries: used.transcript.entries.with(-1, { ...LAST, at: ms }) },
    },
  });
  const told = (ms: number) => toldByTime(experiment, scenario, 'mail code 250/451', aged(ms));
  expect((await told(LOOKED_UP))?.kind).toBe('elapsed-time');
  expect(await told(LOOKED_UP / 4)).toBeUndefined();
});

test('what time brings only to those who said something in plaintext is a finding', async () => {
  const outcome = await investigated(
    (age, { secure, beforeTls }) => secure && (age < LOOKED_UP || beforeTls?.greeting === undefined),
    451,
    [{ kind: 'ehlo', name: 'a' }, WAIT],
  );
  expect(outcome.kind).toBe('finding');
});

test('a limit of time that must not stay is one, though a fresh connection meets it as well', async () => {
  const never = await investigated(age => age > LOOKED_UP, 421, [WAIT], PRESETS.letter);
  expect(never.kind).toBe('finding');
});

test('a target that was seen to answer by time is asked for it first, before a difference is made small', async () => {
  const experiment = await experimentOn(age => age > LOOKED_UP, 451);
  const before: readonly Step[] = [{ kind: 'noop' }, { kind: 'ehlo', name: 'a' }, WAIT, { kind: 'rset' }];
  const scenario: Scenario = { before, upgrade: BARE, after: IN_TLS };
  const [first, second] = await costsOfTwo(experiment, scenario, 'elapsed-time');
  expect(second).toBeLessThan(first / 2);
});
