import net from 'node:net';
import tls from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Driver, Received } from '../src/drivers/driver.ts';
import { probe, speechOf, stageOf } from '../src/probe.ts';
import { run } from '../src/run.ts';
import { BARE, isStarttlsPiped, type Scenario, type Upgrade } from '../src/scenario.ts';
import { RUN_LIMITS } from '../src/stage.ts';
import { addressTarget } from '../src/targets/address.ts';
import { selfSigned } from '../src/targets/certificate.ts';
import { type Behaviour, SOUND } from '../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../src/targets/reference/target.ts';
import type { RunningTarget } from '../src/targets/target.ts';
import { isTurnedAway, repliesTo, surplusReplies } from '../src/transcript.ts';
import { told } from './told.ts';

const NONCE = 'z0123456789ab';

test('an AUTH dialogue that is left open is cancelled before the closing QUIT, so that nothing is waited for', async () => {
  const { stage, speech } = await probe(referenceInMemory({}));
  const scenario: Scenario = {
    before: [],
    upgrade: { handshake: { kind: 'sound', version: '1.3' } },
    after: [
      { kind: 'ehlo', name: 'p' },
      { kind: 'auth', mechanism: 'PLAIN', answer: 'open', user: 'q' },
    ],
  };
  const began = stage.driver.now();
  const transcript = await run(stage, scenario, { ...speech, nonce: 'z0123456789ab' });
  expect(stage.driver.now()).toBe(began);
  const fence = transcript.entries.filter(({ part }) => part === 'fence');
  expect(fence.flatMap(entry => (entry.kind === 'sent' ? [entry.bytes] : []))).toEqual(['*\r\n', 'QUIT\r\n']);
  expect(fence.flatMap(entry => (entry.kind === 'received' ? [entry.reply] : []))).toMatchObject([
    { code: 501 },
    { code: 221 },
  ]);
  expect(surplusReplies(transcript)).toBe(0);
});

describe('a connection that resumes the session of an earlier one', () => {
  const resuming: Scenario = {
    before: [],
    upgrade: { handshake: { kind: 'sound', version: '1.3', resumed: [{ kind: 'ehlo', name: 'a' }] } },
    after: [{ kind: 'noop' }],
  };

  test('is turned away by its own greeting, whatever the earlier one was told', async () => {
    let opened = 0;
    const greeting: Behaviour['greeting'] = sound =>
      ++opened === 2 ? { code: 421, lines: ['Later'], close: true } : sound;
    const target = referenceInMemory({ behaviour: { ...SOUND, greeting } });
    const transcript = await run(stageOf(target), resuming, { ...speechOf(target), nonce: NONCE });
    expect(isTurnedAway(transcript)).toBe(true);
  });

  test('counts beside the earlier one, also where nobody takes it', async () => {
    const target = referenceInMemory();
    let opened = 0;
    const connect: Driver['connect'] = wait =>
      ++opened === 2 ? { kind: 'refused', reason: 'ECONNREFUSED' } : target.driver.connect(wait);
    const stage = { ...stageOf(target), driver: { ...target.driver, connect } };
    const transcript = await run(stage, resuming, { ...speechOf(target), nonce: NONCE });
    expect(transcript).toMatchObject({ upgrade: 'unreachable', connections: 2 });
    expect(transcript.entries.some(({ part }) => part === 'ticket')).toBe(true);
  });
});

test('where STARTTLS is taken in TLS nothing more is said, since the server waits for a handshake', async () => {
  const judge: Behaviour['judge'] = (event, _, { secure }) =>
    event === 'starttls' && secure ? { code: 220, lines: ['Ready'] } : 'sound';
  const { stage, speech } = await probe(referenceInMemory({ behaviour: { ...SOUND, judge } }));
  const scenario: Scenario = { before: [], upgrade: BARE, after: [{ kind: 'starttls' }, { kind: 'noop' }] };
  const transcript = await run(stage, scenario, { ...speech, nonce: 'z0123456789ab' });
  const said = transcript.entries.filter(({ kind, part }) => kind === 'sent' && part !== 'upgrade');
  expect(said).toMatchObject([{ part: 'after', step: 0, bytes: 'STARTTLS\r\n' }]);
});

test('a pause stands in the transcript, so that who reads it can do the same', async () => {
  const { stage, speech } = await probe(referenceInMemory({}));
  const before = [
    { kind: 'ehlo', name: 'a' },
    { kind: 'pause', ms: 250 },
  ] as const;
  const { entries } = await run(stage, { before, upgrade: BARE, after: [] }, { ...speech, nonce: NONCE });
  expect(entries.filter(({ kind }) => kind === 'event')).toMatchObject([
    { part: 'before', step: 1, text: 'the client waits 250 ms' },
  ]);
});

/** A server on a socket that does so with what it is sent first. */
async function answering(
  answer: (socket: net.Socket, said: Buffer, context: tls.SecureContext) => void,
): Promise<RunningTarget> {
  const context = tls.createSecureContext(await selfSigned(['localhost']));
  const server = net.createServer(socket => {
    socket.on('error', () => {}).write('220 ready\r\n');
    socket.once('data', said => answer(socket, Buffer.from(said), context));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as net.AddressInfo;
  return addressTarget('a test', { scheme: 'smtp', host: '127.0.0.1', port }).start();
}

describe('a server that takes the ClientHello that comes with STARTTLS', () => {
  async function takesEarly(): Promise<RunningTarget> {
    const behind = tls.createServer(await selfSigned(['localhost']), socket =>
      socket.on('error', () => {}).once('data', () => socket.end('221 bye\r\n')),
    );
    await new Promise<void>(resolve => behind.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void behind.close());
    const { port } = behind.address() as net.AddressInfo;
    return answering((socket, said) => {
      const inner = net.connect(port, '127.0.0.1').on('error', () => socket.destroy());
      socket.write('220 go ahead\r\n');
      inner.write(said.subarray('STARTTLS\r\n'.length));
      socket.pipe(inner).pipe(socket);
    });
  }
  const noop = { lines: [{ kind: 'noop' }], times: 1, ending: 'CRLF' } as const;

  test.each<[string, Omit<Upgrade, 'handshake'>, string]>([
    ['comes to TLS', { eager: true }, 'secure'],
    [
      'does not where plaintext stands in the handshake, though the client is through',
      { eager: true, segment: noop },
      'lost',
    ],
  ])('%s', async (_, form, outcome) => {
    const target = await takesEarly();
    const scenario: Scenario = { before: [], upgrade: { ...BARE, ...form }, after: [] };
    const { upgrade } = await run(stageOf(target), scenario, { ...speechOf(target), nonce: NONCE });
    expect(upgrade).toBe(outcome);
  });
});

describe('a handshake in which plaintext stood failed where the server ends without a word in TLS', () => {
  const noop = { lines: [{ kind: 'noop' }], times: 1, ending: 'CRLF' } as const;
  const END: Received = { kind: 'ended', how: 'fin' };
  const WORD: Received = { kind: 'bytes', bytes: '250 a word\r\n' };

  test.each<[string, Omit<Upgrade, 'handshake'>, readonly Received[], string]>([
    ['and where it does', { eager: true, segment: noop }, [END], 'lost'],
    ['but not where it says a word first', { eager: true, segment: noop }, [WORD, END], 'secure'],
    ['but not where it only falls silent', { eager: true, segment: noop }, [], 'secure'],
    ['but not where no plaintext stood in it', { eager: true }, [END], 'secure'],
    ['but not where the ClientHello came in its place', { segment: noop }, [END], 'secure'],
  ])('%s', async (_, form, inTls, outcome) => {
    const stage = {
      driver: told(...inTls).driver,
      limits: RUN_LIMITS,
      protocol: 'smtp',
      neutral: [],
    } as const;
    const speech = { nonce: NONCE, user: 'u', password: 'p', recipient: 'r@lab.example' };
    for (const after of [[], [{ kind: 'noop' }]] as const) {
      const { upgrade } = await run(stage, { before: [], upgrade: { ...BARE, ...form }, after }, speech);
      expect(upgrade).toBe(outcome);
    }
  });
});

describe('STARTTLS in the segment of what is said before it', () => {
  const piped: Upgrade = { ...BARE, piped: true };
  const before = [
    { kind: 'ehlo', name: 'a' },
    { kind: 'noop', piped: true },
    { kind: 'mail', from: 'b' },
  ] as const;

  test('is the end of a group: all of it is sent before any of it is answered', async () => {
    const { stage, speech } = await probe(referenceInMemory({}));
    const played = await run(stage, { before, upgrade: piped, after: [] }, { ...speech, nonce: NONCE });
    const plaintext = played.entries.filter(({ part }) => part === 'before' || part === 'upgrade');
    expect(plaintext.map(({ kind }) => kind)).toEqual([
      ...['sent', 'received'],
      ...['sent', 'sent', 'sent', 'received', 'received', 'received', 'handshake'],
    ]);
    expect(played.upgrade).toBe('secure');
  });

  test('may be answered ahead of it; an answer that comes in TLS then is one too many', async () => {
    const target = await answering((socket, _, context) => {
      socket.write('220 go ahead\r\n');
      const secure = new tls.TLSSocket(socket, { isServer: true, secureContext: context });
      secure.on('error', () => {}).once('secure', () => secure.write('250 late\r\n'));
      secure.once('data', () => secure.end('221 bye\r\n'));
    });
    const scenario: Scenario = { before: [{ kind: 'mail', from: 'a' }], upgrade: piped, after: [] };
    const played = await run(stageOf(target), scenario, { ...speechOf(target), nonce: NONCE });
    expect(played.upgrade).toBe('secure');
    expect(surplusReplies(played)).toBe(1);
  });

  test('stands by itself where the ClientHello, or what needs an answer in between, goes with it', () => {
    const login = { kind: 'auth', mechanism: 'LOGIN', answer: 'right', user: 'a' } as const;
    expect(isStarttlsPiped({ before, upgrade: { ...piped, eager: true } })).toBe(false);
    expect(isStarttlsPiped({ before: [login], upgrade: piped })).toBe(false);
    const atOnce = { ...login, mechanism: 'PLAIN', initial: true } as const;
    expect(isStarttlsPiped({ before: [atOnce], upgrade: piped })).toBe(true);
    expect(isStarttlsPiped({ before: [], upgrade: piped })).toBe(false);
  });
});

test('messages are waited for, and neither chunks with more to come nor messages without a mark', async () => {
  const { stage, speech } = await probe(referenceInMemory({}));
  const asked: string[] = [];
  const mailbox = { find: async (mark: string) => void asked.push(mark) };
  const transcript = await run({ ...stage, mailbox }, MESSAGES, { ...speech, nonce: 'z0123456789ab' });
  expect(transcript.deliveries.map(({ step }) => step)).toEqual([4, 7]);
  expect(asked.map(mark => mark.slice(13))).toEqual(['q._after.0004.', 'r._after.0007.']);
});

test('no message is waited for whose 250 is the answer to another command', async () => {
  // DATA is answered at once, by a server that takes no message; the text of it is as many unknown commands.
  const answer: Behaviour['answer'] = (sound, event) =>
    event === 'data' ? { code: 250, lines: ['Fine'] } : sound;
  const { stage, speech } = await probe(referenceInMemory({ behaviour: { ...SOUND, answer } }));
  const asked: string[] = [];
  const mailbox = { find: async (mark: string) => void asked.push(mark) };
  await run({ ...stage, mailbox }, MESSAGES, { ...speech, nonce: NONCE });
  expect(asked.some(mark => mark.endsWith('0007.'))).toBe(false);
});

test('no message is waited for that was taken in plaintext, behind a handshake that failed', async () => {
  const target = referenceInMemory({ behaviour: { ...SOUND, afterFailure: 'plaintext' } });
  const asked: string[] = [];
  const mailbox = { find: async (mark: string) => void asked.push(mark) };
  const upgrade: Upgrade = { handshake: { kind: 'failed', how: 'plaintext' } };
  const speech = { ...speechOf(target), nonce: NONCE };
  const failed = await run({ ...stageOf(target), mailbox }, { ...MESSAGES, upgrade }, speech);
  expect(failed.upgrade).toBe('failed');
  expect(repliesTo(failed, 'after', 7).at(-1)).toMatchObject({ code: 250 });
  expect(asked).toEqual([]);
});

test('in LMTP a message has as many answers as it has recipients, whatever was said since', async () => {
  const { stage, speech } = await probe(referenceInMemory({ lmtp: true }));
  const envelope = [
    { kind: 'mail', from: 'p' },
    { kind: 'rcpt', to: 'p' },
    { kind: 'rcpt', to: 'q' },
    { kind: 'vrfy', argument: 'p' },
  ] as const;
  const scenario: Scenario = {
    // Left behind in plaintext; nobody waits for answers to these recipients.
    before: [{ kind: 'ehlo', name: 'p' }, ...envelope],
    upgrade: BARE,
    after: [
      { kind: 'ehlo', name: 'p' },
      ...envelope,
      { kind: 'data', body: 'plain', token: 'r' },
      ...envelope,
      { kind: 'bdat', body: 'plain', token: 's' },
      { kind: 'bdat', body: 'plain', token: 't', last: true },
      { kind: 'mail', from: 'p' },
      { kind: 'rcpt', to: 'p' },
      { kind: 'data', body: 'plain', token: 'u' },
    ],
  };
  const began = stage.driver.now();
  const transcript = await run(stage, scenario, { ...speech, nonce: 'z0123456789ab' });
  expect(stage.driver.now()).toBe(began);
  const answers = (step: number): readonly unknown[] =>
    repliesTo(transcript, 'after', step).map(reply => reply.kind === 'reply' && reply.code);
  expect([5, 10, 11, 14].map(answers)).toEqual([[354, 250, 250], [250], [250, 250], [354, 250]]);
  expect(surplusReplies(transcript)).toBe(0);
});

const MESSAGES: Scenario = {
  before: [],
  upgrade: BARE,
  after: [
    { kind: 'ehlo', name: 'p' },
    { kind: 'mail', from: 'p' },
    { kind: 'rcpt', to: 'p' },
    { kind: 'bdat', body: 'plain', token: 'p' },
    { kind: 'bdat', body: 'plain', token: 'q', last: true },
    { kind: 'mail', from: 'p' },
    { kind: 'rcpt', to: 'p' },
    { kind: 'data', body: 'plain', token: 'r' },
    { kind: 'mail', from: 'p' },
    { kind: 'rcpt', to: 'p' },
    { kind: 'data', body: 'empty', token: 's' },
    // Refused, since nothing was begun.
    { kind: 'data', body: 'plain', token: 's' },
  ],
};
