/** What is counted of a search: here, logins by where they are accepted, and what becomes of the count. */

import { describe, expect, test } from 'vitest';
import { CLAIMS } from '../properties/index.ts';
import { check } from '../src/check.ts';
import type { Claim } from '../src/claim.ts';
import { type Examination, Experiment } from '../src/experiment.ts';
import { probe } from '../src/probe.ts';
import type { Report } from '../src/report/report.ts';
import type { Scenario, Step, Upgrade } from '../src/scenario.ts';
import { count, emptyTally, type Tally } from '../src/tally.ts';
import { type Behaviour, SOUND } from '../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../src/targets/reference/target.ts';
import type { Delivery, Entry, Transcript } from '../src/transcript.ts';

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

/** The counts of one scenario whose used connection came so far, and on which that happened. */
function countedAs(
  upgrade: Transcript['upgrade'],
  entries: readonly Entry[],
  scenario: Scenario = both,
  paired = upgrade === 'secure',
  { deliveries = [], claims = [] }: { deliveries?: readonly Delivery[]; claims?: readonly Claim[] } = {},
): Tally {
  const run = (outcome: Transcript['upgrade'], heard: readonly Entry[]) => ({
    scenario,
    transcript: {
      nonce: 'z',
      upgrade: outcome,
      entries: heard,
      handlers: [],
      deliveries,
      connections: 1,
    },
  });
  const used = run(upgrade, entries);
  const fresh = paired ? { fresh: run('secure', []) } : {};
  const tally = emptyTally();
  const evidence = { scenario, used: used.transcript, paired };
  count(tally, { scenario, used, ...fresh, evidence } as unknown as Examination, claims);
  return tally;
}

const reply = (part: Entry['part'], step: number, code: number): Entry => ({
  kind: 'received',
  at: 0,
  part,
  step,
  reply: { kind: 'reply', code, lines: [''] },
});
const silence = (part: Entry['part']): Entry => ({ kind: 'silence', at: 0, part, step: 0, waited: 1 });
const FAILED: Entry = {
  kind: 'handshake',
  at: 0,
  part: 'upgrade',
  step: 0,
  result: { kind: 'failed', reason: 'alert' },
};
const GREETED = reply('greeting', 0, 220);

describe('nothing can be told of a scenario', () => {
  const segment = { lines: [greet], times: 1, ending: 'CRLF' } as const;
  const asked = (form: Omit<Upgrade, 'handshake'> = {}, ...before: readonly Step[]): Scenario => ({
    ...both,
    before,
    upgrade: { ...UPGRADE, ...form },
  });
  const stray: Step = { kind: 'bytes', bytes: 'a' };

  test.each<[string, Transcript['upgrade'], readonly Entry[], Scenario]>([
    ['where nobody listens', 'unreachable', [], asked()],
    ['whose handshake has no answer', 'silent', [GREETED], asked()],
    ['where a command has no answer', 'lost', [GREETED, silence('before')], asked()],
    ['where STARTTLS has none', 'lost', [GREETED, silence('upgrade')], asked()],
    ['whose handshake fails by itself', 'lost', [GREETED, FAILED], asked()],
    [
      'where a command has no answer, whatever travels with STARTTLS',
      'lost',
      [GREETED, silence('before')],
      asked({ segment }),
    ],
  ])('%s', (_, upgrade, entries, scenario) => {
    expect(countedAs(upgrade, entries, scenario).inconclusive).toBe(1);
  });

  test('that came to TLS, and whose fresh run did not', () => {
    expect(countedAs('secure', [GREETED], both, false).inconclusive).toBe(1);
    expect(countedAs('secure', [GREETED], both, true).inconclusive).toBe(0);
  });

  test.each<[string, Scenario, number]>([
    ['', both, 1],
    [', but what was glued to STARTTLS may have swallowed it', asked({ glued: segment }), 0],
    [', but bytes may have swallowed it', { ...both, after: [stray, greet] }, 0],
    [', but bytes before TLS may have', asked({}, stray), 0],
  ])('where a command in TLS has no answer%s', (_, scenario, inconclusive) => {
    const last = { ...silence('after'), step: scenario.after.length - 1 };
    expect(countedAs('secure', [GREETED, last], scenario).inconclusive).toBe(inconclusive);
  });

  const odd: readonly Omit<Upgrade, 'handshake'>[] = [
    { segment },
    { glued: segment },
    { eager: true },
    { split: 'verb' },
  ];
  test.each<[string, Transcript['upgrade'], readonly Entry[], Scenario]>([
    ...odd.flatMap((form): [string, Transcript['upgrade'], readonly Entry[], Scenario][] => [
      [`where a handshake with ${Object.keys(form)} has none`, 'silent', [GREETED], asked(form)],
      [
        `where STARTTLS with ${Object.keys(form)} has none`,
        'lost',
        [GREETED, silence('upgrade')],
        asked(form),
      ],
      [`where a handshake with ${Object.keys(form)} fails`, 'lost', [GREETED, FAILED], asked(form)],
    ]),
    [
      'where the handshake is none',
      'silent',
      [GREETED],
      { ...both, upgrade: { handshake: { kind: 'failed', how: 'garbage' } } },
    ],
    ['where bytes may be taken for anything', 'lost', [GREETED, silence('before')], asked({}, stray)],
    ['where it was the earlier connection that had none', 'lost', [silence('ticket'), GREETED], asked()],
    ['where the server ended the connection', 'lost', [GREETED], asked()],
    ['where STARTTLS is refused', 'refused', [GREETED, silence('before')], asked()],
  ])('but silence, or a handshake that fails, is an answer %s', (_, upgrade, entries, scenario) => {
    expect(countedAs(upgrade, entries, scenario).inconclusive).toBe(0);
  });
});

test('only where both connections came to TLS is anything counted of what was said and answered', () => {
  const bare: Scenario = { before: [], upgrade: UPGRADE, after: [login, ...MESSAGE] };
  const answered = [GREETED, reply('after', 0, 235), reply('after', 3, 250)];
  const nothing = { judged: 0, vacuous: 0, transactions: 0, logins: { before: 0, inTls: 0, refused: 0 } };
  expect(countedAs('secure', answered, bare, false)).toMatchObject(nothing);
  expect(countedAs('secure', answered, bare, true)).toMatchObject({
    judged: 1,
    vacuous: 1,
    transactions: 1,
    logins: { before: 0, inTls: 1, refused: 0 },
  });
});

test('no claim counts what came to TLS on the used connection alone', () => {
  const claims = [{ ...CLAIMS[0], exercised: () => true }] as readonly Claim[];
  const exercised = (paired: boolean) => [...countedAs('secure', [], both, paired, { claims }).exercised];
  expect(exercised(true)).toHaveLength(1);
  expect(exercised(false)).toEqual([]);
});

test('messages that were taken and do not come are counted', () => {
  const deliveries = [
    { step: 3, text: undefined },
    { step: 6, text: 'Subject: x' },
  ];
  expect(countedAs('secure', [], both, true, { deliveries }).mail).toEqual({ taken: 2, lost: 1 });
});

test('a login that is meant to fail, or that nobody ends, counts for nothing', () => {
  const logins = (answer: 'wrong' | 'cancelled' | 'open', code: number) =>
    countedAs('secure', [GREETED, reply('after', 0, code)], {
      ...both,
      after: [{ kind: 'auth', mechanism: 'PLAIN', answer, user: 'u' }],
    }).logins;
  const none = { before: 0, inTls: 0, refused: 0 };
  expect([logins('wrong', 535), logins('wrong', 235), logins('cancelled', 501)]).toEqual([none, none, none]);
});

test('a claim is exercised by the scenarios that put it to the test', async () => {
  const probed = await probe(referenceInMemory());
  const experiment = new Experiment({ ...probed, baseline: 'starttls-first', claims: CLAIMS, jobs: 1 });
  const examination = await experiment.examine({ before: [greet], upgrade: UPGRADE, after: [greet] });
  const tally = emptyTally();
  count(tally, examination, CLAIMS);
  expect(tally.exercised.get('fresh-connection')).toBe(1);
  expect(tally.exercised.get('failed-handshake')).toBeUndefined();
  count(tally, examination, CLAIMS);
  expect(tally.exercised.get('fresh-connection')).toBe(2);
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
  const scenario = (...before: readonly Step[]): Scenario => ({ before, upgrade: UPGRADE, after: [greet] });
  const report = await checked([scenario(greet), scenario(greet, noop)], silent);
  expect(report.stats).toMatchObject({ judged: 1, inconclusive: 1 });
  expect(report.verdict).toBe('inconclusive');
});
