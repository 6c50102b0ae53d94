import { expect, test } from 'vitest';
import { CLAIMS } from '../../properties/index.ts';
import type { TargetFacts } from '../../src/claim.ts';
import { Experiment } from '../../src/experiment.ts';
import { newExplainer } from '../../src/investigate/explain.ts';
import { fingerprint } from '../../src/investigate/fingerprint.ts';
import { speechOf, stageOf } from '../../src/probe.ts';
import type { Scenario, Step } from '../../src/scenario.ts';
import type { Field } from '../../src/smtp/session.ts';
import { type Behaviour, hearingStarttls, SOUND } from '../../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';

const facts: TargetFacts = { refusedUngreeted: ['mail'], offered: ['XCLIENT'], loginKnown: true };
const EHLO: Step = { kind: 'ehlo', name: 'a' };
const MAIL: Step = { kind: 'mail', from: 'b' };
const AUTH: Extract<Step, { kind: 'auth' }> = {
  kind: 'auth',
  mechanism: 'PLAIN',
  answer: 'right',
  user: 'c',
  initial: true,
};
const NOOP: Step = { kind: 'noop' };

const keeping = (...fields: Field[]): Behaviour => ({ ...SOUND, flipped: () => new Set(fields) });

function experimentWith(behaviour: Behaviour, proxy = false): Experiment {
  const target = referenceInMemory({ behaviour, proxy });
  return new Experiment({
    stage: stageOf(target),
    speech: speechOf(target),
    baseline: 'starttls-first',
    claims: CLAIMS,
    facts,
    jobs: 1,
  });
}

const targetKeeping = (...fields: Field[]): Experiment => experimentWith(keeping(...fields));

const scenario = (before: readonly Step[], after: readonly Step[]): Scenario => ({
  before,
  upgrade: { handshake: { kind: 'sound', version: '1.3' } },
  after,
});

const explainer = newExplainer({ claims: CLAIMS, baseline: 'starttls-first', facts });

async function firstDeviation(target: Experiment, played: Scenario) {
  const [deviation] = (await target.examineAnew(played)).deviations;
  if (deviation === undefined) throw new Error('the target shows nothing');
  return deviation;
}

test('a greeting is named, too, by what a server refuses behind HELO', async () => {
  const target = experimentWith({
    ...keeping('greeting'),
    judge: (event, argument, { session }) =>
      event === 'mail' && session.greeting?.verb === 'HELO' && argument.endsWith('RET=FULL')
        ? { code: 555, lines: ['Not behind HELO'] }
        : 'sound',
  });
  const played = scenario([{ kind: 'helo', name: 'a' }], [{ kind: 'mail', from: 'b', ret: 'FULL' }]);
  const deviation = await firstDeviation(target, played);
  expect([deviation.used, deviation.fresh]).toEqual(['555', '503']);
  expect(await explainer.explain(played, deviation)).toEqual(['greeting']);
});

test('a greeting is named, too, by an AUTH that a server refuses behind HELO', async () => {
  const target = experimentWith({
    ...keeping('greeting'),
    judge: (event, _argument, { session }) =>
      event === 'auth' && session.greeting?.verb === 'HELO'
        ? { code: 500, lines: ['Not behind HELO'] }
        : 'sound',
  });
  const played = scenario([{ kind: 'helo', name: 'a' }], [AUTH]);
  const deviation = await firstDeviation(target, played);
  expect([deviation.used, deviation.fresh]).toEqual(['500', '503']);
  expect(await explainer.explain(played, deviation)).toEqual(['greeting']);
});

test.each([
  ['a code', { code: 501, lines: ['Bad address'] }, ['501', '503']],
  ['an enhanced code', { code: 503, enhanced: '5.5.0', lines: ['No MAIL'] }, ['5.5.0', '5.5.1']],
])(
  'a greeting is named, too, by a refusal that has %s of its own where other servers have other words',
  async (_, answer, codes) => {
    const target = experimentWith({
      ...keeping('greeting'),
      judge: (event, _argument, { session }) =>
        event === 'rcpt' && session.greeting !== undefined ? answer : 'sound',
    });
    const played = scenario([EHLO], [{ kind: 'rcpt', to: 'p', spelling: 'double-blank' }]);
    const deviation = await firstDeviation(target, played);
    expect([deviation.used, deviation.fresh]).toEqual(codes);
    expect(await explainer.explain(played, deviation)).toEqual(['greeting']);
  },
);

test.each([
  [['AUTH', 'STARTTLS'], undefined],
  [['STARTTLS'], ['offer']],
] as const)(
  'where the plaintext offered %j, that AUTH is missing in TLS tells of the kept list: %j',
  async (offered, fields) => {
    const target = experimentWith({
      ...SOUND,
      offer: (sound, { beforeTls }) =>
        beforeTls?.greeting === undefined ? sound : sound.filter(line => !line.startsWith('AUTH')),
    });
    const played = scenario([EHLO], [{ kind: 'ehlo', name: 'p' }]);
    const deviation = await firstDeviation(target, played);
    expect(deviation.difference?.place).toBe('AUTH');
    const knowing = newExplainer({
      claims: CLAIMS,
      baseline: 'starttls-first',
      facts: { ...facts, offered },
    });
    expect(await knowing.explain(played, deviation)).toEqual(fields);
  },
);

test.each([
  [['XCLIENT'], ['proxy']],
  [[], undefined],
] as const)(
  'what XCLIENT leaves behind is what a proxy said, where XCLIENT is taken at all: of %j, %j',
  async (offered, fields) => {
    const target = experimentWith({
      ...SOUND,
      shown: (session, _where, { beforeTls }) =>
        (beforeTls?.errors ?? 0) > 0 ? { ...session, proxy: { NAME: 'refused' } } : session,
    });
    const played = scenario([EHLO, { kind: 'xclient', attribute: 'NAME', value: 'b' }], [EHLO]);
    const deviation = await firstDeviation(target, played);
    expect(deviation.claim).toBe('handler-state');
    const knowing = newExplainer({
      claims: CLAIMS,
      baseline: 'starttls-first',
      facts: { ...facts, offered },
    });
    expect(await knowing.explain(played, deviation)).toEqual(fields);
  },
);

test.each([
  [true, ['login']],
  [false, undefined],
] as const)(
  'a second AUTH that is refused tells of a kept login where the password is known to be right: %j, %j',
  async (loginKnown, fields) => {
    const target = experimentWith({
      ...SOUND,
      judge: (event, _argument, { secure, beforeTls }) =>
        event === 'auth' && secure && beforeTls?.login !== undefined
          ? { code: 503, enhanced: '5.5.1', lines: ['No more'] }
          : 'sound',
    });
    const played = scenario([EHLO, AUTH], [EHLO, AUTH]);
    const deviation = await firstDeviation(target, played);
    const knowing = newExplainer({
      claims: CLAIMS,
      baseline: 'starttls-first',
      facts: { ...facts, loginKnown },
    });
    expect(await knowing.explain(played, deviation)).toEqual(fields);
  },
);

test('a greeting is not what enhanced codes tell that only one of two sessions has', async () => {
  const target = experimentWith({
    ...SOUND,
    answer: ({ code, lines, enhanced }, _event, { beforeTls }) => ({
      code,
      lines,
      ...(beforeTls?.greeting === undefined || enhanced === undefined ? {} : { enhanced }),
    }),
  });
  const played = scenario([EHLO], [{ kind: 'rcpt', to: 'p' }]);
  const deviation = await firstDeviation(target, played);
  expect(deviation.difference?.aspect).toBe('enhanced');
  expect(await explainer.explain(played, deviation)).toBeUndefined();
});

test.each([
  ['greeting', [EHLO], [MAIL]],
  ['sender', [EHLO, MAIL], [{ kind: 'rcpt', to: 'p' }]],
  ['login', [EHLO, AUTH], [EHLO, AUTH]],
] as const)('the field %s is named where keeping it predicts what was seen', async (field, before, after) => {
  const played = scenario(before, after);
  const deviation = await firstDeviation(targetKeeping(field), played);
  expect(await explainer.explain(played, deviation)).toEqual([field]);
});

test('of several fields that predict it, a minimal scenario names the one that needs its steps', async () => {
  const played = scenario([EHLO, MAIL], [{ kind: 'data', body: 'plain', token: 'q' }]);
  const deviation = await firstDeviation(targetKeeping('sender'), played);
  expect(await explainer.explain(played, deviation)).toEqual(['greeting']);
  expect(await explainer.name(played, deviation)).toEqual(['sender']);
});

test('what a server refuses for a count is not named by a field that needs fewer steps and has it refused otherwise', async () => {
  const target = experimentWith({
    ...SOUND,
    follow: (seen, { event }) => (event === 'auth' ? (seen ?? 0) + 1 : seen),
    judge: (event, _argument, { secure, progress }) =>
      event === 'auth' && secure && (progress ?? 0) > 1 ? { code: 502, lines: ['No more of that'] } : 'sound',
  });
  const wrong = { ...AUTH, answer: 'wrong' } as const;
  const played = scenario([EHLO, wrong, AUTH], [EHLO, AUTH]);
  const deviation = await firstDeviation(target, played);
  expect([deviation.used, deviation.fresh]).toEqual(['502', '235']);
  expect(await explainer.explain(played, deviation)).toEqual(['login']);
  expect(await explainer.name(played, deviation)).toBeUndefined();
});

test('a field is named that needs all steps, though the target refuses in another code', async () => {
  const target = experimentWith({
    ...keeping('login'),
    answer: (sound, event) => (event === 'auth' && sound.code === 503 ? { ...sound, code: 502 } : sound),
  });
  const played = scenario([EHLO, AUTH], [EHLO, AUTH]);
  const deviation = await firstDeviation(target, played);
  expect([deviation.used, deviation.fresh]).toEqual(['502', '235']);
  expect(await explainer.name(played, deviation)).toEqual(['login']);
});

test('what a proxy forwarded is named where a server takes it before a greeting', async () => {
  const atOnce: Partial<Behaviour> = { judge: event => (event === 'xforward' ? 'allow' : 'sound') };
  const target = experimentWith({ ...keeping('proxy'), ...atOnce }, true);
  const played = scenario(
    [{ kind: 'xforward', attribute: 'ADDR', value: 'b' }],
    [EHLO, MAIL, { kind: 'rcpt', to: 'p' }, { kind: 'data', body: 'plain', token: 'q' }],
  );
  const deviation = await firstDeviation(target, played);
  expect(deviation.claim).toBe('delivered-mail');
  expect(await explainer.name(played, deviation)).toEqual(['proxy']);
});

test('a command that is not recognised is not explained by a field that brings it out of order', async () => {
  let lines = 0;
  const target = experimentWith({
    ...SOUND,
    judge: (event, _argument, { secure, session }) => {
      if (event === 'mail' && !secure) lines++;
      return event === 'rcpt' && secure && session.greeting === undefined && lines > 0
        ? { code: 500, lines: ['Line too long'] }
        : 'sound';
    },
  });
  const played = scenario([EHLO, MAIL], [{ kind: 'rcpt', to: 'p' }]);
  lines = 0;
  const fresh = await target.fresh(played);
  const used = await target.used(played);
  const [deviation] = target.judge(used, fresh).deviations;
  expect([deviation?.used, deviation?.fresh]).toEqual(['500', '503']);
  expect(await explainer.explain(played, deviation as NonNullable<typeof deviation>)).toBeUndefined();
});

test('nor are the words with which a command is not recognised', async () => {
  const experiment = experimentWith({
    ...SOUND,
    follow: (seen, { event }) => (event === 'vrfy' ? 1 : seen),
    judge: (event, _argument, { secure, progress }) =>
      event === 'mail' && secure
        ? { code: 500, lines: [progress > 0 ? 'What? After VRFY' : 'What?'] }
        : 'sound',
  });
  // A session that is greeted refuses its size.
  const large: Step = { kind: 'mail', from: 'q', size: 100_000_000 };
  const played = scenario([EHLO, AUTH, { kind: 'vrfy', argument: 'a' }], [large]);
  const deviation = await firstDeviation(experiment, played);
  expect([deviation.used, deviation.fresh]).toEqual(['What? After VRFY', 'What?']);
  expect(await explainer.explain(played, deviation)).toBeUndefined();
});

test('what no kept field predicts is not explained', async () => {
  const played = scenario([EHLO], [MAIL]);
  const deviation = await firstDeviation(targetKeeping('greeting'), played);
  expect(await explainer.explain(played, { ...deviation, step: 7 })).toBeUndefined();
});

test('the model makes a long scenario as short as the field allows', async () => {
  const played = scenario(
    [NOOP, EHLO, { kind: 'vrfy' }, MAIL, NOOP],
    [NOOP, { kind: 'help' }, { kind: 'rcpt', to: 'p' }, { kind: 'data', body: 'plain', token: 'q' }],
  );
  const deviation = await firstDeviation(targetKeeping('sender'), played);
  const small = await explainer.minimised(played, deviation, ['sender']);
  expect(small?.before.map(({ kind }) => kind)).toEqual(['ehlo', 'mail']);
  expect(small?.after).toHaveLength(1);
  expect(await explainer.minimised(scenario([], [NOOP]), deviation, ['sender'])).toBeUndefined();
});

test('a fingerprint names fields in one order, whatever the order in which they were found', async () => {
  const played = scenario([EHLO], [MAIL]);
  const deviation = await firstDeviation(targetKeeping('greeting'), played);
  expect(fingerprint(played, deviation, ['login', 'greeting'], true)).toBe('keeps greeting+login');
});

test('an odd spelling of STARTTLS makes the same name as another one', async () => {
  const told: Behaviour = {
    ...SOUND,
    upgraded: (session, { line }) => ({ ...session, proxy: { NAME: line } }),
    answer: (sound, event, { session: { proxy } }) =>
      event === 'help' ? { ...sound, lines: [`You said ${proxy?.['NAME']}`] } : sound,
  };
  const names = (['lower', 'tab'] as const).map(async spelling => {
    const played: Scenario = {
      before: [],
      upgrade: { spelling, handshake: { kind: 'sound', version: '1.3' } },
      after: [{ kind: 'help' }],
    };
    return fingerprint(played, await firstDeviation(experimentWith(told), played), undefined, true);
  });
  expect(new Set(await Promise.all(names))).toEqual(new Set(['fresh-connection: spelling > help > help']));
});

test('a list without AUTH names the login, not the list that is kept with STARTTLS in it', async () => {
  const played = scenario([EHLO, AUTH, { ...AUTH, answer: 'open' }], [EHLO]);
  const deviation = await firstDeviation(targetKeeping('login'), played);
  expect(deviation.difference?.aspect).toBe('list');
  expect(await explainer.name(played, deviation)).toEqual(['login']);
});

test('the model shortens towards the same effect while it can', async () => {
  const played = scenario(
    [EHLO, MAIL, NOOP],
    [NOOP, { kind: 'rcpt', to: 'p' }, { kind: 'data', body: 'plain', token: 'q' }],
  );
  const target = targetKeeping('greeting', 'sender');
  const seen = (await target.examineAnew(played)).deviations.find(
    ({ signature }) => signature === 'rcpt code 250/503',
  );
  if (seen === undefined) throw new Error('the target shows no accepted RCPT');
  const small = await explainer.minimised(played, seen, ['sender']);
  expect(small?.after.map(({ kind }) => kind)).toEqual(['rcpt']);
});

test('a dialogue that goes on in TLS is explained by a server that hears STARTTLS in the midst of it', async () => {
  const open: Step = { kind: 'auth', mechanism: 'PLAIN', answer: 'open', user: 'b' };
  const experiment = experimentWith(hearingStarttls(keeping('dialogue')));
  const played = scenario([EHLO, open], [{ kind: 'line', text: 'XAFRESH' }]);
  const deviation = await firstDeviation(experiment, played);
  expect(await explainer.name(played, deviation)).toEqual(['dialogue']);
});

test('a STARTTLS that the target has refused begins no TLS in the model', async () => {
  const target = experimentWith({
    ...keeping('greeting'),
    judge: (event, _argument, { session }) =>
      event === 'starttls' && session.sender !== undefined
        ? { code: 503, lines: ['Not in a transaction'] }
        : 'sound',
  });
  const played = scenario([EHLO, MAIL, { kind: 'starttls' }, { kind: 'rset' }], [MAIL]);
  const deviation = await firstDeviation(target, played);
  expect(await explainer.explain(played, deviation)).toEqual(['greeting']);
});

test('a server that refuses AUTH before EHLO is not compared with one that takes it at once', async () => {
  const refusing: TargetFacts = { ...facts, refusedUngreeted: ['mail', 'auth'] };
  const strict = newExplainer({ claims: CLAIMS, baseline: 'starttls-first', facts: refusing });
  const played = scenario([EHLO, MAIL, { kind: 'rset' }], [AUTH]);
  const deviation = await firstDeviation(targetKeeping('greeting'), played);
  expect(await strict.name(played, deviation)).toEqual(['greeting']);
});

test('what is kept in some sessions only is not kept in a fresh one that has to greet first', async () => {
  const behind = newExplainer({ claims: CLAIMS, baseline: 'neutral-ehlo', facts });
  const target = new Experiment({
    ...experimentWith({
      ...keeping('greeting', 'login'),
      flipped: ({ session }) => new Set(session.login === undefined ? [] : (['greeting', 'login'] as const)),
    }).options,
    baseline: 'neutral-ehlo',
  });
  const played = scenario([EHLO, AUTH], [AUTH]);
  const deviation = await firstDeviation(target, played);
  expect(deviation.difference?.aspect).toBe('text');
  expect(await behind.explain(played, deviation)).toEqual(['greeting', 'login']);
});

test('chunks that are kept are named, too, by what a server refuses until the last of them', async () => {
  const target = experimentWith({
    ...keeping('greeting', 'sender', 'recipients', 'chunks'),
    judge: (event, _argument, { session }) =>
      event === 'vrfy' && session.chunks !== undefined ? { code: 503, lines: ['Chunks first'] } : 'sound',
  });
  const chunk: Step = { kind: 'bdat', body: 'plain', token: 'd' };
  const played = scenario([EHLO, MAIL, { kind: 'rcpt', to: 'c' }, chunk], [{ kind: 'vrfy', argument: 'p' }]);
  const deviation = await firstDeviation(target, played);
  expect([deviation.used, deviation.fresh]).toEqual(['503', '252']);
  expect(await explainer.explain(played, deviation)).toEqual(['chunks']);
});

test('a field that predicts another outcome before the deviation is not named where all that differs is known', async () => {
  const relaying = experimentWith({ ...SOUND, relays: ({ beforeTls }) => beforeTls?.greeting !== undefined });
  const asked: readonly Step[] = [AUTH, EHLO, MAIL, { kind: 'rcpt', to: 'c', foreign: true }];
  const played = scenario([EHLO], asked);
  const { evidence, deviations } = await relaying.examineAnew(played);
  const deviation = deviations.find(({ difference }) => difference?.verb === 'rcpt');
  if (deviation === undefined) throw new Error('the target shows nothing');
  expect(evidence.differences.map(({ step }) => step)).toEqual([3]);
  expect(await explainer.explain(played, deviation)).toEqual(['greeting']);
  expect(await explainer.explain(played, deviation, [], evidence.differences)).not.toEqual(['greeting']);
});

test('the end of the session is not explained by a field that only has a refusal worded otherwise', async () => {
  const target = experimentWith({
    ...SOUND,
    follow: (refused, { event, accepted, secure }) =>
      !secure && event === 'data' && !accepted ? 1 : refused,
    judge: (event, _argument, { secure, progress, beforeTls }) =>
      event === 'data' && secure && progress === 1 && beforeTls?.sender !== undefined
        ? { code: 421, enhanced: '4.3.0', lines: ['Protocol error'], close: true }
        : 'sound',
  });
  const data: Step = { kind: 'data', body: 'plain', token: 'q' };
  const played = scenario([EHLO, MAIL, data], [data]);
  const deviation = await firstDeviation(target, played);
  expect([deviation.used, deviation.fresh]).toEqual(['421', '503']);
  expect(await explainer.explain(played, deviation)).toBeUndefined();
  expect(await explainer.name(played, deviation)).toBeUndefined();
});

test('a field that would have swallowed a command is not named where the target answered that as a fresh connection does', async () => {
  const open: Step = { kind: 'auth', mechanism: 'PLAIN', answer: 'open', user: 'b' };
  const target = experimentWith(
    hearingStarttls({
      ...SOUND,
      upgraded: (session, { session: { dialogue } }) =>
        dialogue === undefined ? session : { ...session, login: 'guest' },
    }),
  );
  const played = scenario([EHLO, open], [EHLO, AUTH]);
  const { deviations, evidence } = await target.examineAnew(played);
  const refused = deviations.find(({ signature }) => signature === 'auth code 503/235');
  if (refused === undefined) throw new Error('AUTH is taken');
  expect(await explainer.name(played, refused)).toEqual(['dialogue']);
  expect(await explainer.name(played, refused, evidence.differences)).toBeUndefined();
});

test('a refusal of what a command asks for is not explained by a field that only words its being out of order otherwise', async () => {
  const target = experimentWith({
    ...SOUND,
    follow: (progress, { event, secure }) => (secure && event === 'rset' ? 1 : progress),
    judge: (event, _argument, { secure, progress, session, beforeTls }) =>
      event === 'rcpt' && secure && progress === 1 && session.sender === undefined && beforeTls?.sender
        ? 'allow'
        : 'sound',
  });
  const played = scenario([EHLO, MAIL], [{ kind: 'rset' }, { kind: 'rcpt', to: 'p', foreign: true }]);
  const deviation = await firstDeviation(target, played);
  expect([deviation.used, deviation.fresh]).toEqual(['550', '503']);
  expect(await explainer.name(played, deviation)).toBeUndefined();
});

test('other words of a refusal are named after a field that needs all but one of the steps, and after none that needs few', async () => {
  const refusing = (behind: string, event: string, kept: Behaviour): Behaviour => ({
    ...kept,
    follow: (seen, said) => (said.event === behind ? 1 : seen),
    answer: (sound, answered, { secure, progress }) =>
      secure && answered === event && progress > 0
        ? { code: 503, enhanced: '5.5.1', lines: ['Not now'] }
        : sound,
  });
  const rcpt: Step = { kind: 'rcpt', to: 'd' };
  const chunk: Step = { kind: 'bdat', body: 'plain', token: 'e' };
  const last: Step = { kind: 'bdat', body: 'plain', token: 'f', last: true };
  const chunks = experimentWith(refusing('bdat', 'bdat-last', SOUND));
  const played = scenario([EHLO, MAIL, rcpt, chunk], [last]);
  const words = await firstDeviation(chunks, played);
  expect(words.difference?.aspect).toBe('text');
  expect(await explainer.name(played, words)).toBeUndefined();
  const sender = experimentWith(refusing('noop', 'mail', keeping('sender')));
  const behindNoop = scenario([EHLO, MAIL, NOOP], [MAIL]);
  expect(await explainer.name(behindNoop, await firstDeviation(sender, behindNoop))).toEqual(['sender']);
});
