/** What is counted of a search: here, logins by where they are accepted, and what becomes of the count. */

import { expect, test } from 'vitest';
import { CLAIMS } from '../properties/index.ts';
import { check } from '../src/check.ts';
import { Experiment } from '../src/experiment.ts';
import { probe } from '../src/probe.ts';
import type { Report } from '../src/report/report.ts';
import type { Scenario, Step } from '../src/scenario.ts';
import { count, emptyTally } from '../src/tally.ts';
import { type Behaviour, SOUND } from '../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../src/targets/reference/target.ts';

const greet: Step = { kind: 'ehlo', name: 'a' };
const login: Step = { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'u', initial: true };
const UPGRADE = { handshake: { kind: 'sound', version: '1.3' } } as const;
const MESSAGE: readonly Step[] = [
  { kind: 'mail', from: 'm' },
  { kind: 'rcpt', to: 'r' },
  { kind: 'data', body: 'plain', token: 't' },
];

const checked = (
  examples: readonly Scenario[],
  behaviour: Behaviour,
  password = 'secret',
): Promise<Report> => {
  const target = referenceInMemory({ behaviour });
  return check(
    { ...target, login: { user: 'tester', password } },
    { name: 'x', seed: 1, jobs: 1, claims: CLAIMS, wanted: [], examples, scenarios: examples.length },
  );
};

const untested = ({ notes }: Report): readonly string[] =>
  notes.filter(({ kind }) => kind === 'untested').map(({ text }) => text);

const both: Scenario = { before: [greet, login], upgrade: UPGRADE, after: [greet, login, ...MESSAGE] };
/** Takes logins in TLS only, and says so where it is asked. */
const guarded: Behaviour = {
  ...SOUND,
  judge: (event, _argument, { secure }) =>
    event === 'auth' && !secure ? { code: 538, enhanced: '5.7.11', lines: ['Encryption required'] } : 'sound',
};

/** The counts of one scenario, of whose connections only so many are taken. */
async function countedOf(taken: number) {
  let left = Number.POSITIVE_INFINITY;
  const greeting: Behaviour['greeting'] = sound =>
    left-- > 0 ? sound : { code: 421, lines: ['Later'], close: true };
  const probed = await probe(referenceInMemory({ behaviour: { ...SOUND, greeting } }));
  left = taken;
  const experiment = new Experiment({ ...probed, baseline: 'starttls-first', claims: CLAIMS, jobs: 1 });
  const tally = emptyTally();
  count(tally, await experiment.examine(both), CLAIMS);
  return tally;
}

test('a scenario of which any connection is turned away, however often it is opened again, is told by that', async () => {
  expect(await countedOf(0)).toMatchObject({ turnedAway: 1, inconclusive: 1 });
  expect(await countedOf(1)).toMatchObject({ turnedAway: 1, inconclusive: 1 });
  expect(await countedOf(2)).toMatchObject({ turnedAway: 0, inconclusive: 0 });
});

test('logins are counted by the side of STARTTLS on which they are accepted', async () => {
  const report = await checked([both], SOUND);
  expect(report.grounds).toMatchObject({ loginKnown: true, logins: { before: 1, inTls: 1, refused: 0 } });
  expect(report.verdict).toBe('holds');
  expect(untested(report)).toEqual([]);
});

test('a login that is refused before STARTTLS cannot be seen to outlive it, and a note says so', async () => {
  const report = await checked([both], guarded);
  expect(report.grounds?.logins).toEqual({ before: 0, inTls: 1, refused: 1 });
  expect(report.verdict).toBe('holds');
  expect(untested(report)).toEqual([
    'no login was accepted before STARTTLS, though AUTH is offered: whether a login outlives it could not be seen',
  ]);
});

test('with a password that is wrong nothing is said to hold', async () => {
  const report = await checked([both], SOUND, 'mistyped');
  expect(report.grounds?.logins).toEqual({ before: 0, inTls: 0, refused: 2 });
  expect(report).toMatchObject({
    verdict: 'inconclusive',
    reason: expect.stringContaining('no login was accepted'),
  });
});

test('AUTH where it is no time for it counts for nothing', async () => {
  const ungreeted: Scenario = { before: [login], upgrade: UPGRADE, after: [greet, ...MESSAGE] };
  const report = await checked([ungreeted], SOUND);
  expect(report.grounds?.logins).toEqual({ before: 0, inTls: 0, refused: 0 });
  expect(report.verdict).toBe('holds');
});

test('a search that the first finding ends does not say what it has not tested', async () => {
  const kept: Behaviour = { ...guarded, flipped: () => new Set(['greeting']) };
  const bare: Scenario = { before: [greet], upgrade: UPGRADE, after: [...MESSAGE] };
  const target = referenceInMemory({ behaviour: kept });
  const options = { name: 'x', seed: 1, jobs: 1, claims: CLAIMS, wanted: [], examples: [bare], scenarios: 1 };
  const login = { user: 'tester', password: 'secret' };
  expect(untested(await check({ ...target, login }, options))).toHaveLength(1);
  expect(untested(await check({ ...target, login }, { ...options, stopOnFirst: true }))).toEqual([]);
});

test('a chunk that is not the last one completes no transaction', async () => {
  const chunks = (...last: readonly (true | undefined)[]): readonly Scenario[] => [
    {
      before: [greet],
      upgrade: UPGRADE,
      after: [
        greet,
        ...MESSAGE.slice(0, 2),
        ...last.map(
          (isLast): Step => ({
            kind: 'bdat',
            body: 'plain',
            token: 't',
            ...(isLast ? { last: isLast } : {}),
          }),
        ),
      ],
    },
  ];
  expect((await checked(chunks(undefined), SOUND)).grounds?.transactions).toBe(0);
  expect((await checked(chunks(undefined, true), SOUND)).grounds?.transactions).toBe(1);
});

test('a scenario is vacuous if nothing was said in plaintext, behind STARTTLS neither', async () => {
  const bare: Scenario = { before: [], upgrade: UPGRADE, after: [greet] };
  const glued: Scenario = {
    ...bare,
    upgrade: { ...UPGRADE, glued: { lines: [{ kind: 'noop' }], times: 1, ending: 'CRLF' } },
  };
  expect((await checked([bare, glued], SOUND)).stats).toMatchObject({ scenarios: 2, vacuous: 1 });
});

test('a server that falls silent before STARTTLS leaves it open whether something outlives that', async () => {
  const silent: Behaviour = { ...SOUND, answer: (sound, event) => (event === 'noop' ? undefined : sound) };
  const noop: Step = { kind: 'noop' };
  const open: Step = { kind: 'auth', mechanism: 'LOGIN', answer: 'open', user: 'u' };
  const scenario = (...before: readonly Step[]): Scenario => ({ before, upgrade: UPGRADE, after: [greet] });
  const report = await checked([scenario(greet), scenario(greet, noop)], silent);
  expect(report.stats).toMatchObject({ judged: 1, inconclusive: 1 });
  expect(report.verdict).toBe('inconclusive');
  // Where bytes may be taken for anything, silence is an answer.
  expect((await checked([scenario(greet), scenario(greet, open, noop)], silent)).stats.inconclusive).toBe(0);
});
