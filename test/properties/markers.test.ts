/** Sightings of what was said before TLS, in whatever form it comes back. */

import { expect, test } from 'vitest';
import { markersClaim, namesOf } from '../../properties/markers.ts';
import { Experiment } from '../../src/experiment.ts';
import { probe } from '../../src/probe.ts';
import { BARE, type Scenario, type Step } from '../../src/scenario.ts';
import { SOUND } from '../../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';
import type { Transcript } from '../../src/transcript.ts';
import { evidence, NONCE, reply } from './evidence.ts';

const GREETED: Scenario = {
  before: [{ kind: 'ehlo', name: 'a' }],
  upgrade: BARE,
  after: [{ kind: 'noop' }],
};

/** What the claim says of a server that answers NOOP in TLS with something made of the name that was said before TLS. */
async function sightings(made: (name: string) => string, scenario = GREETED) {
  return (await deviations(made, scenario)).map(({ signature }) => signature);
}

async function deviations(made: (name: string) => string, scenario: Scenario) {
  const target = referenceInMemory({
    behaviour: {
      ...SOUND,
      answer: (sound, event, { beforeTls }) =>
        event === 'noop' && beforeTls?.greeting !== undefined
          ? { ...sound, lines: [made(beforeTls.greeting.name)] }
          : sound,
    },
  });
  const probed = await probe(target);
  const experiment = new Experiment({
    ...probed,
    baseline: probed.baseline ?? 'neutral-ehlo',
    claims: [markersClaim],
    jobs: 1,
  });
  return (await experiment.examineAnew(scenario)).deviations;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

test.each<[string, (name: string) => string]>([
  ['as it was said', name => `Hello ${name}`],
  ['in upper case', name => `HELLO ${name.toUpperCase()}`],
  ['in base64', base64],
  ['in base64, behind one character', name => base64(`x${name}`)],
  ['in base64, behind two characters', name => base64(`xy${name}`)],
])('a name that comes back %s is seen', async (_form, made) => {
  expect(await sightings(made)).toEqual(['marker in the reply to NOOP']);
});

test('a name that is said again in TLS is no marker, nor is what only looks like one', async () => {
  const again: Scenario = { ...GREETED, after: [{ kind: 'ehlo', name: 'a' }, { kind: 'noop' }] };
  expect(await sightings(name => `Hello ${name}`, again)).toEqual([]);
  expect(await sightings(name => `Hello ${name.slice(0, -9)}`)).toEqual([]);
});

test('a name of TLS that comes back in base64 is not taken for one of the plaintext', async () => {
  const own: Scenario = { ...GREETED, after: [{ kind: 'ehlo', name: 'p' }, { kind: 'noop' }] };
  expect(await sightings(name => base64(name.replace('a.', 'p.')), own)).toEqual([]);
  expect(await sightings(name => base64(`${name.replace('a.', 'p.')} ${name}`), own)).toHaveLength(1);
});

test('which commands said it is told', async () => {
  const twice: Scenario = { ...GREETED, before: [...GREETED.before, { kind: 'mail', from: 'a' }] };
  const [seen] = await deviations(name => `Hello ${name}`, twice);
  expect(seen?.used).toMatch(/a, said in plaintext by EHLO and MAIL$/);
});

/** Where a value comes back that was said once, in such a scenario, or under such a name. */
const found = (scenario: Partial<Scenario>, used: Partial<Transcript>): readonly string[] =>
  markersClaim.judge(evidence(scenario, used)).map(({ signature }) => signature);

test('a value in many replies to one step is told once', () => {
  const entries = [0, 1].flatMap(step =>
    Array.from({ length: 50 }, () => reply('after', step, 250, `Hello ${NONCE}a`)),
  );
  const said: Partial<Scenario> = { ...GREETED, after: [{ kind: 'noop' }, { kind: 'rset' }] };
  expect(found(said, { entries })).toEqual(['marker in the reply to NOOP', 'marker in the reply to RSET']);
});

test('a value is looked for in replies, behind the last step too, in messages, and in what hooks are given', () => {
  const said: Partial<Scenario> = { ...GREETED, before: [{ kind: 'ehlo', name: 'a' }] };
  const text = `Hello ${NONCE}a`;
  expect(found(said, { entries: [reply('after', 0, 250, 'Ok', text)] })).toEqual([
    'marker in the reply to NOOP',
  ]);
  expect(found(said, { entries: [reply('fence', 0, 221, text)] })).toEqual(['marker in the reply to QUIT']);
  expect(found(said, { deliveries: [{ step: 0, text }] })).toEqual(['marker in the delivered message']);
  expect(found(said, { handlers: [{ hook: 'mail', state: { text } }] })).toEqual([
    'marker in the state given to the hook mail',
  ]);
  expect(found(said, { deliveries: [{ step: 0, text: undefined }] })).toEqual([]);
  // What is heard in plaintext, or of a session without TLS, is no wonder.
  expect(found(said, { entries: [reply('before', 0, 250, text)] })).toEqual([]);
  expect(found(said, { upgrade: 'failed', entries: [reply('after', 0, 250, text)] })).toEqual([]);
});

test.each<[string, Partial<Scenario>]>([
  [
    'the line behind STARTTLS',
    { upgrade: { ...BARE, glued: { lines: [GREETED.before[0] as Step], times: 1, ending: 'CRLF' } } },
  ],
  [
    'part of a line before the ClientHello',
    {
      upgrade: {
        ...BARE,
        segment: { lines: [], fragment: GREETED.before[0] as Step, times: 1, ending: 'CRLF' },
      },
    },
  ],
  [
    'the connection that made the ticket',
    { upgrade: { handshake: { kind: 'sound', version: '1.3', resumed: GREETED.before } } },
  ],
])('a value may be said in %s', (_, scenario) => {
  const entries = [reply('after', 0, 250, `Hello ${NONCE}a`)];
  expect(found({ ...scenario, after: GREETED.after }, { entries })).toHaveLength(1);
});

test.each<[Step, readonly string[]]>([
  [{ kind: 'mail', from: 'a', envid: 'b', auth: 'c' }, ['a', 'b', 'c']],
  [{ kind: 'mail', from: null }, []],
  [{ kind: 'rcpt', to: 'a', orcpt: 'b' }, ['a', 'b']],
  [{ kind: 'rcpt', to: 'a' }, ['a']],
  [{ kind: 'data', body: 'plain', token: 'a' }, ['a']],
  [{ kind: 'auth', mechanism: 'PLAIN', answer: 'open', user: 'a' }, ['a']],
  [{ kind: 'xclient', attribute: 'NAME', value: 'a' }, ['a']],
  [{ kind: 'vrfy', argument: 'a' }, ['a']],
  [{ kind: 'noop' }, []],
  [{ kind: 'line', text: 'a' }, []],
])('the names that %j says', (step, names) => {
  expect(namesOf(step)).toEqual(names);
});

test('it is put to the test where something was named before TLS, and TLS came about', () => {
  const isExercised = (scenario: Partial<Scenario>, upgrade: Transcript['upgrade'] = 'secure'): boolean =>
    markersClaim.exercised(evidence(scenario, { upgrade }));
  expect(isExercised(GREETED)).toBe(true);
  expect(isExercised(GREETED, 'failed')).toBe(false);
  expect(isExercised({ before: [{ kind: 'noop' }] })).toBe(false);
  // What is said again in TLS proves nothing there.
  expect(isExercised({ ...GREETED, after: GREETED.before })).toBe(false);
});
