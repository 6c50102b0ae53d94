import { connect } from 'node:net';
import { TLSSocket } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Driver } from '../src/drivers/driver.ts';
import { probe, servesKnownGood } from '../src/probe.ts';
import { RUN_LIMITS, type RunLimits } from '../src/stage.ts';
import { selfSigned } from '../src/targets/certificate.ts';
import { type Behaviour, SOUND } from '../src/targets/reference/behaviour.ts';
import { listen, type TlsVersions } from '../src/targets/reference/listener.ts';
import type { ServerOptions } from '../src/targets/reference/options.ts';
import { referenceInMemory } from '../src/targets/reference/target.ts';
import { targetOf } from '../src/targets/registry.ts';
import { hostile } from './hostile.ts';

/** Short, where silence is what is tested. */
const LIMITS: RunLimits = {
  greeting: 200,
  reply: 200,
  handshake: 200,
  thrownAway: 200,
  reaction: 50,
  delivery: 50,
};

async function sound(versions: TlsVersions) {
  const target = await listen({}, { host: '127.0.0.1', port: 0 }, versions);
  onTestFinished(() => target.stop());
  return probe(target);
}

/** A server of few words: `replies` maps what a line begins with to the answer. */
const terse = async (replies: Readonly<Record<string, string>>) => {
  const address = await hostile({
    greet: socket => socket.write('220 terse.example ESMTP\r\n'),
    answer: (socket, said) => {
      const answer = Object.entries(replies).find(([verb]) => said.startsWith(verb))?.[1];
      if (answer !== undefined) socket.write(`${answer}\r\n`);
    },
  });
  return probe(await targetOf(address).start(), LIMITS);
};

/** A sound server that lets every client wait for its greeting. */
async function late(milliseconds: number): Promise<string> {
  const behind = await listen({}, { host: '127.0.0.1', port: 0 });
  const port = Number(new URL(behind.address).port);
  const address = await hostile({
    greet: socket => {
      setTimeout(() => {
        const server = connect(port, '127.0.0.1').on('error', () => socket.destroy());
        socket.pipe(server).pipe(socket);
      }, milliseconds);
    },
  });
  onTestFinished(() => behind.stop());
  return address;
}

describe('probe', () => {
  test('tells which forms of a handshake the target declines', async () => {
    expect(await sound({})).toMatchObject({ declined: [] });
    expect(await sound({ minVersion: 'TLSv1.3' })).toMatchObject({ declined: ['1.2'] });
  });

  test.each<TlsVersions>([{ maxVersion: 'TLSv1.2' }, { minVersion: 'TLSv1.3' }])(
    'comes to TLS with a server of %o only',
    async versions => {
      expect(await sound(versions)).toMatchObject({ baseline: 'starttls-first' });
    },
  );

  const EHLO = '250-terse.example\r\n250 STARTTLS';
  test.each<[string, Readonly<Record<string, string>>, string | undefined]>([
    ['is not offered', { EHLO: '250 terse.example', STARTTLS: '502 no' }, undefined],
    ['is refused', { EHLO, STARTTLS: '454 no TLS today' }, 'STARTTLS is offered, but it is answered 454'],
    ['is not answered', { EHLO }, 'STARTTLS is offered, but it is not answered'],
    [
      'brings no TLS',
      { EHLO, STARTTLS: '220 go on' },
      'STARTTLS is offered, but the TLS handshake is not answered',
    ],
    [
      'brings something else',
      { EHLO, STARTTLS: '220 go on', '\x16': '\x15\x03\x01\x00\x02\x02\x28' },
      'STARTTLS is offered, but the TLS handshake fails (',
    ],
  ])('says what is wrong where STARTTLS %s', async (_, replies, obstacle) => {
    const probed = await terse(replies);
    expect(probed.baseline).toBeUndefined();
    if (obstacle === undefined) expect(probed.obstacle).toBeUndefined();
    else expect(probed.obstacle).toContain(obstacle);
  });

  /** A server that ends the session as soon as it is in TLS, for all but some clients. */
  async function strict(isWelcome: (tls: TLSSocket) => boolean) {
    const certificate = await selfSigned(['localhost']);
    return hostile({
      greet: socket => socket.write('220 strict.example ESMTP\r\n'),
      answer: (socket, said) => {
        if (said.startsWith('EHLO')) socket.write(`${EHLO}\r\n`);
        if (!said.startsWith('STARTTLS')) return;
        socket.removeAllListeners('data');
        const tls = new TLSSocket(socket, { isServer: true, ...certificate, requestCert: true })
          .on('error', () => {})
          .on('secure', () => {
            if (isWelcome(tls)) tls.on('data', () => tls.write('250 strict.example\r\n'));
            else socket.end();
          });
        socket.write('220 go on\r\n');
      },
    });
  }

  test.each([
    ['no client', () => false, 'the connection ends at EHLO in TLS'],
    [
      'who names the host',
      ({ servername }: TLSSocket) => typeof servername === 'string',
      'nobody is served in TLS without SNI',
    ],
    [
      'who shows a certificate',
      (tls: TLSSocket) => Object.keys(tls.getPeerCertificate()).length > 0,
      'nobody is served in TLS without a client certificate',
    ],
  ])('says whom a server serves in TLS: %s', async (_, isWelcome, obstacle) => {
    const probed = await probe(await targetOf(await strict(isWelcome)).start(), LIMITS);
    expect(probed.baseline).toBeUndefined();
    expect(probed.obstacle).toContain(obstacle);
  });

  /** A sound server that takes so many connections in any fifth of a second; others are ended without a word, or with 421. */
  async function rationed(most: number, words: string): Promise<string> {
    const behind = await listen({}, { host: '127.0.0.1', port: 0 });
    onTestFinished(() => behind.stop());
    const port = Number(new URL(behind.address).port);
    const taken: number[] = [];
    return hostile({
      greet: socket => {
        const now = performance.now();
        if (taken.filter(at => now - at < 200).length >= most) {
          socket.end(words);
          return;
        }
        taken.push(now);
        const server = connect(port, '127.0.0.1').on('error', () => socket.destroy());
        socket.pipe(server).pipe(socket);
      },
    });
  }

  test.each(['421 too many of you\r\n', ''])(
    'comes again where only so many may come at a time (%j)',
    async words => {
      const probed = await probe(await targetOf(await rationed(2, words)).start(), LIMITS);
      expect(probed.baseline).toBe('starttls-first');
      expect(await servesKnownGood(probed)).toBe(true);
      expect(await servesKnownGood(probed)).toBe(true);
      expect(await servesKnownGood(probed)).toBe(true);
    },
  );

  test('says that connections are turned away where it cannot come to TLS for that reason', async () => {
    let connections = 0;
    const address = await hostile({
      greet: socket => {
        connections++;
        if (connections < 4) socket.write('220 terse.example ESMTP\r\n');
        else socket.end('421 too many of you\r\n');
      },
      answer: (socket, said) => {
        socket.write(said.startsWith('EHLO') ? `${EHLO}\r\n` : '250 ok\r\n');
      },
    });
    const { baseline, obstacle } = await probe(await targetOf(address).start(), LIMITS);
    expect(baseline).toBeUndefined();
    expect(obstacle).toContain('no connection is taken any more (421)');
  }, 20_000);

  test('waits longer for a greeting than for a reply, and from then on as long as it took', async () => {
    const greetsAfter = 2 * LIMITS.reply;
    const target = await targetOf(await late(greetsAfter)).start();
    const probed = await probe(target, { ...LIMITS, greeting: 10_000 });
    expect(probed.baseline).toBe('starttls-first');
    expect(probed.stage.limits.greeting).toBeGreaterThan(greetsAfter);
    expect(probed.stage.limits.greeting).toBeLessThan(10_000);
  });

  test('waits for the answer to a ClientHello that may have been thrown away as its handshakes take, within limits', async () => {
    const waits = async (handshake: number): Promise<number> => {
      const target = referenceInMemory({});
      const driver: Driver = {
        ...target.driver,
        async connect(wait) {
          const opening = await target.driver.connect(wait);
          if (opening.kind === 'open') {
            const { connection } = opening;
            const { handshake: shake } = connection;
            connection.handshake = (...request) => {
              target.driver.pause?.(handshake);
              return shake.apply(connection, request);
            };
          }
          return opening;
        },
      };
      return (await probe({ ...target, driver })).stage.limits.thrownAway;
    };
    const { reaction, thrownAway } = RUN_LIMITS;
    expect(await waits(1)).toBe(reaction);
    expect(await waits(20)).toBeGreaterThan(reaction);
    expect(await waits(20)).toBeLessThan(thrownAway);
    expect(await waits(1_000)).toBe(thrownAway);
  });

  test('does not go on with a server that does not answer EHLO', async () => {
    await expect(terse({ QUIT: '221 bye' })).rejects.toThrow(/greets, but does not answer EHLO/);
  });

  test('takes a server that ends the connection at a MAIL before EHLO', async () => {
    const address = await hostile({
      greet: socket => socket.write('220 strict.example ESMTP\r\n'),
      answer: (socket, said) => {
        if (said.startsWith('MAIL')) socket.end('421 no manners\r\n');
        else socket.write(said.startsWith('EHLO') ? '250 strict.example\r\n' : '502 no\r\n');
      },
    });
    const probed = await probe(await targetOf(address).start(), LIMITS);
    expect(probed.facts).toEqual({ refusedUngreeted: [], offered: [], loginKnown: false });
  });

  test('knows what a server refuses for want of a greeting', async () => {
    const { facts } = await sound({});
    expect(facts).toMatchObject({ refusedUngreeted: ['mail', 'auth'] });
  });

  test('tries a digest where the list has one in plaintext or in TLS, and a password at all events', async () => {
    const tried = async (options: Partial<ServerOptions>) =>
      (await probe(referenceInMemory(options))).mechanisms;
    expect(await tried({})).toEqual(['PLAIN', 'LOGIN']);
    expect(await tried({ mechanisms: secure => (secure ? ['CRAM-MD5'] : []) })).toContain('CRAM-MD5');
    expect(await tried({ mechanisms: secure => (secure ? [] : ['CRAM-MD5']) })).toEqual([
      'PLAIN',
      'LOGIN',
      'CRAM-MD5',
    ]);
  });

  test('takes no refusal for one of order that a greeting does not change', async () => {
    const first = '503 5.5.1 STARTTLS first';
    const EHLO = '250-terse.example\r\n250-AUTH PLAIN\r\n250 STARTTLS';
    const { facts } = await terse({ EHLO, MAIL: first, AUTH: first, STARTTLS: '454 later' });
    expect(facts).toEqual({ refusedUngreeted: [], offered: ['AUTH', 'STARTTLS'], loginKnown: false });
  });
});

describe('a server that takes no connection at first', () => {
  /** A server whose first connections are greeted so, what it is found to be, and the milliseconds until then. */
  async function found(times: number, code: number) {
    let opened = 0;
    const greeting: Behaviour['greeting'] = sound =>
      opened++ < times ? { code, lines: ['Not now'], close: true } : sound;
    const target = referenceInMemory({ behaviour: { ...SOUND, greeting } });
    const began = target.driver.now();
    const outcome = await probe(target).then(
      ({ baseline }) => baseline,
      (error: Error) => error.message,
    );
    return { outcome, opened, waited: target.driver.now() - began };
  }

  test('is asked again where it is busy, four times, ever more patiently', async () => {
    expect(await found(4, 421)).toMatchObject({ outcome: 'starttls-first', waited: 50 + 250 + 500 + 1_000 });
    const never = await found(5, 421);
    expect(never).toMatchObject({ opened: 5, waited: 1_800 });
    expect(never.outcome).toContain('greets with 421 instead of 220');
  });

  test('is not asked again where it refuses for good', async () => {
    const refused = await found(1, 554);
    expect(refused).toMatchObject({ opened: 1, waited: 0 });
    expect(refused.outcome).toContain('greets with 554 instead of 220');
  });
});

test('a reply is waited for forty times as long as the slowest took, but for two seconds, and no longer than is said', async () => {
  const waits = async (delay: number): Promise<number> =>
    (await probe(referenceInMemory({ behaviour: { ...SOUND, delay: () => delay } }))).stage.limits.reply;
  expect([await waits(1), await waits(100), await waits(1_000)]).toEqual([2_000, 4_000, RUN_LIMITS.reply]);
});

test('a target serves a known-good session if it does so once in three times', async () => {
  let wrong = 0;
  const answer: Behaviour['answer'] = (sound, event, { secure }) =>
    event === 'ehlo' && secure && wrong-- > 0 ? { code: 451, lines: ['Not now'] } : sound;
  const probed = await probe(referenceInMemory({ behaviour: { ...SOUND, answer } }));
  const served: boolean[] = [];
  for (const times of [0, 2, 3]) {
    wrong = times;
    served.push(await servesKnownGood(probed));
  }
  expect(served).toEqual([true, true, false]);
});
