/** A kept finding that does not show is fixed only where it would have shown. */

import { describe, expect, test } from 'vitest';
import type { CorpusEntry } from '../src/corpus.ts';
import type { Connection, Driver } from '../src/drivers/driver.ts';
import { benchOf, replay } from '../src/replay.ts';
import type { Step } from '../src/scenario.ts';
import { RUN_LIMITS } from '../src/stage.ts';
import { SOUND } from '../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../src/targets/reference/target.ts';
import type { RunningTarget } from '../src/targets/target.ts';
import { GREETING_KEPT } from './entries.ts';

/** What a sound server says in TLS goes through this. */
type Heard = (connection: Connection, said: () => string) => Connection['receive'];

/** The reference server, of which is heard in TLS what `heard` makes of it. */
function heardThrough(heard: Heard): RunningTarget {
  const target = referenceInMemory({});
  const driver: Driver = {
    ...target.driver,
    async connect(wait) {
      const opening = await target.driver.connect(wait);
      if (opening.kind === 'refused') return opening;
      const { connection } = opening;
      const { send, handshake, receive } = connection;
      let [isSecure, said] = [false, ''];
      const inTls = heard({ ...connection, receive: receive.bind(connection) }, () => said);
      connection.send = bytes => {
        if (isSecure) said += bytes;
        send.call(connection, bytes);
      };
      connection.handshake = (...how) => {
        isSecure = true;
        return handshake.apply(connection, how);
      };
      connection.receive = limit => (isSecure ? inTls(limit) : receive.call(connection, limit));
      return opening;
    },
  };
  return { ...target, driver };
}

async function replayed(target: RunningTarget, changes: Partial<CorpusEntry> = {}) {
  const bench = await benchOf(target, RUN_LIMITS, 1);
  return replay(bench, { ...GREETING_KEPT, ...changes });
}

const sound = heardThrough(({ receive }) => receive);
const AUTH: Step = { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'x', initial: true };

test('a target that answers, and does not show it, has fixed it', async () => {
  expect((await replayed(sound)).outcome).toBe('FIXED');
});

describe('nothing is said of it by', () => {
  test('a target that falls silent where it would show', async () => {
    const mute = heardThrough(
      ({ receive }, said) =>
        limit =>
          said().includes('MAIL') ? { kind: 'silence' } : receive(limit),
    );
    expect(await replayed(mute)).toEqual({
      outcome: 'ERROR',
      reason: '3 of 3 runs say nothing: the target gives no reply where it would show',
    });
  });

  test('a target that says there what is no reply', async () => {
    const endless = heardThrough(
      ({ receive }, said) =>
        limit =>
          said().includes('MAIL') ? { kind: 'bytes', bytes: 'x'.repeat(9_000) } : receive(limit),
    );
    expect((await replayed(endless)).reason).toMatch(/no reply where it would show/);
  });

  test('a login that is refused', async () => {
    const scenario = { ...GREETING_KEPT.scenario, before: [{ kind: 'ehlo', name: 'a' } as const, AUTH] };
    const target = { ...sound, login: { user: 'nobody', password: 'wrong' } };
    expect(await replayed(target, { scenario })).toMatchObject({
      outcome: 'ERROR',
      reason: expect.stringMatching(/refused with 535: say --auth/),
    });
  });

  test.each([
    [{ claim: 'delivered-mail' }, /say --maildir or --sink/],
    [{ claim: 'markers', signature: 'marker in the delivered message' }, /say --maildir or --sink/],
  ])('a target whose mail is not seen: %j', async (changes, reason) => {
    const { mailbox: _, ...target } = sound;
    expect(await replayed(target, changes)).toMatchObject({
      outcome: 'ERROR',
      reason: expect.stringMatching(reason),
    });
  });

  test.each([
    { claim: 'handler-state' },
    { claim: 'markers', signature: 'marker in the state given to the hook x' },
  ])('a target whose hooks are not seen: %j', async changes => {
    const target = heardThrough(({ receive }) => receive);
    const connect = target.driver.connect;
    const driver: Driver = {
      ...target.driver,
      async connect(wait) {
        const opening = await connect(wait);
        if (opening.kind === 'open') opening.connection.handlerStates = () => [];
        return opening;
      },
    };
    expect((await replayed({ ...target, driver }, changes)).reason).toMatch(/hooks of this target/);
  });

  const REFUSES = {
    'puts it off': { code: 454, enhanced: '4.7.0', lines: ['Later'] },
    'refuses it': { code: 503, enhanced: '5.5.1', lines: ['Not in a transaction'] },
  } as const;
  const IN_TRANSACTION: CorpusEntry['scenario'] = {
    ...GREETING_KEPT.scenario,
    before: [...GREETING_KEPT.scenario.before, { kind: 'mail', from: 'c' }],
  };
  /** In a transaction STARTTLS is answered so. */
  const refusing = (how: keyof typeof REFUSES): RunningTarget =>
    referenceInMemory({
      behaviour: {
        ...SOUND,
        judge: (event, _, { session, secure }) =>
          event === 'starttls' && session.sender !== undefined && !secure ? REFUSES[how] : 'sound',
      },
    });

  test('a target that puts STARTTLS off; one that refuses it for what was said before has nothing to keep', async () => {
    expect(await replayed(refusing('puts it off'), { scenario: IN_TRANSACTION })).toMatchObject({
      outcome: 'ERROR',
      reason: expect.stringMatching(/STARTTLS is put off: is the target too busy\?/),
    });
    expect((await replayed(refusing('refuses it'), { scenario: IN_TRANSACTION })).outcome).toBe('FIXED');
  });

  test('a handshake that fails by itself', async () => {
    const { driver, ...target } = sound;
    let said = '';
    const connect: Driver['connect'] = async wait => {
      const opening = await driver.connect(wait);
      if (opening.kind === 'refused') return opening;
      const { connection } = opening;
      const { send, handshake } = connection;
      said = '';
      connection.send = bytes => {
        said += bytes;
        send.call(connection, bytes);
      };
      connection.handshake = (...how) =>
        said.startsWith('EHLO') ? { kind: 'failed', reason: 'no' } : handshake.apply(connection, how);
      return opening;
    };
    expect(await replayed({ ...target, driver: { ...driver, connect } })).toMatchObject({
      outcome: 'ERROR',
      reason: expect.stringMatching(/TLS does not come about|not heard to the end/),
    });
  });

  test('a claim that this version does not know', async () => {
    await expect(replayed(sound, { claim: 'of-tomorrow' })).rejects.toThrow(/no claim "of-tomorrow"/);
  });
});
