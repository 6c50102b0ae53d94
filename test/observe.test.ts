/** From transcripts to observations: what is made equal, and what is not. */

import { describe, expect, test } from 'vitest';
import { type Fact, masked, type Observation, observe } from '../src/observe.ts';
import type { Scenario, Step } from '../src/scenario.ts';
import type { Reply } from '../src/smtp/reply.ts';
import type { Entry, Transcript } from '../src/transcript.ts';

const NONCE = 'zq7w';
const reply = (code: number, ...lines: string[]): Reply => ({ kind: 'reply', code, lines });

type Seen = Entry extends infer E ? (E extends unknown ? Omit<E, 'at' | 'part' | 'step'> : never) : never;

const heard = (answer: Reply): Seen => ({ kind: 'received', reply: answer });

/** The transcript in which each step of `after` met these entries; what comes last belongs to the fence. */
function transcript(steps: readonly (readonly Seen[])[], more: Partial<Transcript> = {}): Transcript {
  const entries = steps.flatMap((seen, step) =>
    seen.map((entry): Entry => ({ at: step, part: 'after', step, ...entry })),
  );
  return {
    nonce: NONCE,
    upgrade: 'secure',
    entries,
    handlers: [],
    deliveries: [],
    connections: 1,
    ...more,
  };
}

function scenario(...after: Step[]): Scenario {
  return { before: [], upgrade: { handshake: { kind: 'sound', version: '1.3' } }, after };
}

const NOOP: Step = { kind: 'noop' };
const EHLO: Step = { kind: 'ehlo', name: 'a' };
const DATA: Step = { kind: 'data', body: 'plain', token: 'a' };

const short = ({ facts }: Observation): readonly string[] =>
  facts.map(({ step, aspect, place, value }) => `${step} ${aspect} ${place}: ${value}`);
const lists = ({ facts }: Observation): readonly Fact[] => facts.filter(({ aspect }) => aspect === 'list');

describe('masking', () => {
  test.each([
    ['', ''],
    ['nothing to see', 'nothing to see'],
    ['hello zq7wa', 'hello <a>'],
    ['zq7wa.example greets zq7wb', '<a>.example greets <b>'],
    ['ZQ7WA and Zq7wB', '<a> and <b>'],
    ['zq7wazq7wb', '<a><b>'],
    ['zq7xa', 'zq7xa'],
    ['cut off: zq7w', 'cut off: <>'],
    ['hello zq7waxxx and zq7wb.xxxx.xx.example', 'hello <a> and <b>.example'],
  ])('turns %j into %j', (text, expected) => {
    expect(masked(text, NONCE)).toBe(expected);
  });

  test('makes runs with other tokens equal', () => {
    const one = transcript([[heard(reply(250, 'hello zq7wa.example'))]]);
    const other = transcript([[heard(reply(250, 'hello zx9ka.example'))]], { nonce: 'zx9k' });
    expect(observe(one, scenario(NOOP)).digest).toBe(observe(other, scenario(NOOP)).digest);
  });
});

describe('a reply', () => {
  test('shows its code, its enhanced code and each line', () => {
    const answer: Reply = { kind: 'reply', code: 550, enhanced: '5.7.1', lines: ['no', 'never'] };
    expect(short(observe(transcript([[heard(answer)]]), scenario(NOOP)))).toEqual([
      '0 code 0: 550',
      '0 enhanced 0: 5.7.1',
      '0 text 0.550.0: no',
      '0 text 0.550.1: never',
    ]);
  });

  test('is told from a second one to the same step', () => {
    const twice = transcript([[heard(reply(334, '')), heard(reply(235, 'in'))]]);
    expect(short(observe(twice, scenario(NOOP)))).toContain('0 code 1: 235');
  });

  test('that is malformed is seen as such', () => {
    const odd: Seen = { kind: 'received', reply: { kind: 'malformed', reason: 'no-code', bytes: 'zq7wa?' } };
    expect(short(observe(transcript([[odd]]), scenario(NOOP)))).toEqual([
      '0 code 0: no reply (no-code)',
      '0 text 0.0: <a>?',
    ]);
  });
});

describe('the EHLO list', () => {
  test('is that of LHLO, too', () => {
    const told = transcript([[heard(reply(250, 'hi', 'SIZE', 'DSN'))]]);
    expect(lists(observe(told, scenario({ kind: 'lhlo', name: 'a' }))).map(({ place }) => place)).toEqual([
      'DSN',
      'SIZE',
    ]);
  });

  const observed = (...lines: string[]): Observation =>
    observe(transcript([[heard(reply(250, 'hello', ...lines))]]), scenario(EHLO));

  test('is a set: its order is no fact', () => {
    expect(observed('SIZE 10', 'DSN', 'AUTH PLAIN').digest).toBe(
      observed('AUTH PLAIN', 'DSN', 'SIZE 10').digest,
    );
  });

  test('has keywords in any case', () => {
    expect(observed('Size 10').digest).toBe(observed('SIZE 10').digest);
  });

  test('has AUTH mechanisms in any order', () => {
    expect(observed('AUTH PLAIN LOGIN').digest).toBe(observed('AUTH LOGIN PLAIN').digest);
    expect(observed('AUTH=LOGIN PLAIN').digest).toBe(observed('AUTH LOGIN PLAIN').digest);
  });

  test('says the same thing twice as if once', () => {
    expect(observed('AUTH PLAIN LOGIN', 'AUTH=LOGIN PLAIN').digest).toBe(observed('AUTH LOGIN PLAIN').digest);
  });

  test('has a place for each line, though two share a keyword', () => {
    const places = lists(observed('AUTH PLAIN', 'AUTH=LOGIN', 'DSN')).map(({ place }) => place);
    expect(places).toEqual(['AUTH', 'AUTH.1', 'DSN']);
  });

  test('is in the same order whatever the tokens are', () => {
    const list = (nonce: string): readonly string[] =>
      lists(
        observe(transcript([[heard(reply(250, 'hello', `${nonce}a`, 'HELP'))]], { nonce }), scenario(EHLO)),
      ).map(({ place, value }) => `${place} ${value}`);
    expect(list('zq7w')).toEqual(list('aq7w'));
  });

  test('differs by a keyword or a parameter', () => {
    expect(observed('DSN').digest).not.toBe(observed('DSN', 'HELP').digest);
    expect(observed('SIZE 10').digest).not.toBe(observed('SIZE 11').digest);
    expect(observed('AUTH PLAIN').digest).not.toBe(observed('AUTH PLAIN LOGIN').digest);
  });

  test('keeps together what stands on both sides of a parameter’s own sign', () => {
    const [limits] = lists(observed('LIMITS RCPTMAX=9 MAILMAX=100'));
    expect(limits?.value).toBe('LIMITS MAILMAX=100 RCPTMAX=9');
  });

  test('is no list where EHLO is refused, nor behind another command', () => {
    const refused = observe(transcript([[heard(reply(550, 'no', 'B', 'A'))]]), scenario(EHLO));
    const other = observe(transcript([[heard(reply(250, 'yes', 'B', 'A'))]]), scenario(NOOP));
    expect([...lists(refused), ...lists(other)]).toEqual([]);
  });
});

describe('the end of the connection', () => {
  const ended: Seen = { kind: 'ended', how: 'fin' };
  const reset: Seen = { kind: 'ended', how: 'reset' };
  const bye = heard(reply(221, 'bye'));

  test('is a fact, but not how it came about', () => {
    const fin = observe(transcript([[ended]]), scenario(NOOP));
    expect(short(fin)).toEqual(['0 end : closed']);
    expect(observe(transcript([[reset]]), scenario(NOOP)).digest).toBe(fin.digest);
  });

  test('is none behind the answer to QUIT', () => {
    const quit = scenario({ kind: 'quit' });
    expect(observe(transcript([[bye, ended]]), quit).digest).toBe(observe(transcript([[bye]]), quit).digest);
  });

  test('is one in place of the answer to QUIT', () => {
    expect(short(observe(transcript([[ended]]), scenario({ kind: 'quit' })))).toEqual(['0 end : closed']);
  });

  test('is none where the client closed', () => {
    const close = scenario({ kind: 'close', how: 'fin' });
    const silence: Seen = { kind: 'silence', waited: 5 };
    for (const seen of [ended, reset, silence])
      expect(observe(transcript([[seen]]), close).facts).toEqual([]);
  });

  test('is none behind the answer to the closing QUIT', () => {
    const part = { at: 0, part: 'fence', step: 0 } as const;
    const entries: Entry[] = [
      { ...part, ...bye },
      { ...part, ...ended },
    ];
    expect(observe(transcript([], { entries }), scenario()).facts.map(({ aspect }) => aspect)).toEqual([
      'code',
      'text',
    ]);
  });

  test('by a reset in TLS is told with its step, and no other', () => {
    expect(observe(transcript([[], [reset]]), scenario(NOOP, NOOP)).resetAt).toBe(1);
    expect(observe(transcript([[ended]]), scenario(NOOP)).resetAt).toBeUndefined();
    const entries: Entry[] = [{ at: 0, part: 'before', step: 0, ...reset }];
    expect(observe(transcript([], { entries }), scenario(NOOP)).resetAt).toBeUndefined();
  });

  test('is told from silence, whose length is no fact', () => {
    const silent = (waited: number): Observation =>
      observe(transcript([[{ kind: 'silence', waited }]]), scenario(NOOP));
    expect(short(silent(5))).toEqual(['0 end : silence']);
    expect(silent(5).digest).toBe(silent(5_000).digest);
  });
});

test('nothing from before TLS, and no time, is part of an observation', () => {
  const entry = (part: Entry['part'], at: number): Entry => ({
    at,
    part,
    step: 0,
    kind: 'received',
    reply: reply(250, part),
  });
  const entries = (['ticket', 'greeting', 'before', 'upgrade', 'after'] as const).map(part => entry(part, 7));
  const all = observe(transcript([], { entries }), scenario(NOOP));
  const late = observe(transcript([], { entries: [entry('after', 9_000)] }), scenario(NOOP));
  expect(short(all)).toEqual(['0 code 0: 250', '0 text 0.250.0: after']);
  expect(late.digest).toBe(all.digest);
});

test('the fence stands behind the last step', () => {
  const entries: Entry[] = [{ at: 0, part: 'fence', step: 0, kind: 'received', reply: reply(221, 'bye') }];
  expect(observe(transcript([], { entries }), scenario(NOOP, NOOP)).facts[0]).toMatchObject({
    step: 2,
    verb: 'fence',
  });
});

describe('handler state', () => {
  const observed = (state: unknown): Observation =>
    observe(transcript([], { handlers: [{ hook: 'mail', state }] }), scenario(NOOP));

  test('is taken leaf by leaf', () => {
    expect(
      short(
        observed({ user: 'zq7wa', list: [1, { deep: { er: null } }], none: {}, empty: [], not: undefined }),
      ),
    ).toEqual([
      '2 handler 0: called',
      '2 handler 0.user: <a>',
      '2 handler 0.list.0: 1',
      '2 handler 0.list.1.deep.er: null',
      '2 handler 0.none: {}',
      '2 handler 0.empty: []',
    ]);
  });

  test('given to another hook is another observation', () => {
    const called = (hook: string): string =>
      observe(transcript([], { handlers: [{ hook, state: 1 }] }), scenario(NOOP)).digest;
    expect(called('mail')).not.toBe(called('rcpt'));
  });

  test('of the nth call of a hook has the same place, whatever other hooks were called', () => {
    const called = (...hooks: string[]): readonly string[] =>
      short(observe(transcript([], { handlers: hooks.map(hook => ({ hook, state: 1 })) }), scenario(NOOP)));
    expect(called('auth', 'mail', 'mail')).toContain('2 handler 1: called');
    expect(called('mail', 'auth', 'mail')).toContain('2 handler 1: called');
  });

  test('of any depth comes to an end', () => {
    let deep: unknown = 'x';
    for (let depth = 0; depth < 100; depth++) deep = { deep };
    expect(observed(deep).facts).toHaveLength(2);
  });
});

describe('a delivered message', () => {
  const observed = (text: string | undefined): Observation =>
    observe(transcript([], { deliveries: [{ step: 0, text }] }), scenario(DATA));

  test('shows its header fields, unfolded, and its body', () => {
    const text = 'Received: from zq7wa\r\n  by mx\r\nReceived: second\r\nSubject: hi\r\n\r\nHello zq7wa.\r\n';
    expect(short(observed(text))).toEqual([
      '0 header received.0: Received: from <a> by mx',
      '0 header received.1: Received: second',
      '0 header subject.0: Subject: hi',
      '0 body : Hello <a>.',
    ]);
  });

  test('has no word in a field with nothing behind its name', () => {
    expect(short(observed('X-Options: \r\n\r\n'))[0]).toBe('0 header x-options.0: X-Options:');
  });

  test('that did not come is a fact too', () => {
    expect(short(observed(undefined))).toEqual(['0 header delivered: not delivered in time']);
  });
});

test('equal observations have equal digests, and others do not', () => {
  const observed = (code: number, text: string): Observation =>
    observe(transcript([[heard(reply(code, text))]]), scenario(NOOP));
  expect(observed(250, 'a').digest).toBe(observed(250, 'a').digest);
  expect(observed(250, 'a').digest).not.toBe(observed(250, 'b').digest);
  expect(observed(250, 'a').digest).not.toBe(observed(251, 'a').digest);
});
