/**
 * What every driver owes to the pipeline, as tests: the same rules in memory, over real TCP and TLS, and on the streams
 * of a process.
 *
 * The peer is the reference server, bent where a rule needs it (`peers.ts`). What only a network can do (resets, garbage,
 * a flood) stands in `tcp.test.ts`.
 */

import { afterEach, describe, expect, test } from 'vitest';
import type { Connection, Driver, HandshakeRequest, Received } from '../../src/drivers/driver.ts';
import type { RunningTarget } from '../../src/targets/target.ts';
import { type Peer, SLOW } from './peers.ts';

/** What a peer is reached by, and how it is left. */
type Reached = Pick<RunningTarget, 'driver' | 'stop'>;
type Start = (peer: Peer) => Promise<Reached>;

/** Milliseconds within which everything that is due comes. */
const LONG = 10_000;
const CLEAN: HandshakeRequest = { version: '1.3', sni: false, certificate: false, quiet: true };

export async function connected(driver: Driver): Promise<Connection> {
  const opening = await driver.connect(LONG);
  if (opening.kind === 'refused') throw new Error(opening.reason);
  return opening.connection;
}

/** All that arrives until a text is in it, or the peer ends. */
export async function until(connection: Connection, text: string): Promise<string> {
  let heard = '';
  while (!heard.includes(text)) {
    const received = await connection.receive(LONG);
    if (received.kind !== 'bytes') throw new Error(`${received.kind} after ${JSON.stringify(heard)}`);
    heard += received.bytes;
  }
  return heard;
}

/** How the connection ends, whatever is said before. */
export async function ending(connection: Connection): Promise<Received> {
  for (;;) {
    const received = await connection.receive(LONG);
    if (received.kind !== 'bytes') return received;
  }
}

/** `hooks`: whether the driver knows what the application behind a connection was given. */
export function driverContract(start: Start, { hooks }: { readonly hooks: boolean }): void {
  const running: Reached[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map(target => target.stop()));
  });

  async function target(peer: Peer = ''): Promise<Reached> {
    const started = await start(peer);
    running.push(started);
    return started;
  }
  async function greeted(peer: Peer = ''): Promise<Connection> {
    const connection = await connected((await target(peer)).driver);
    await until(connection, '\r\n');
    return connection;
  }
  /** A connection that has read the 220. */
  async function ready(peer: Peer = ''): Promise<Connection> {
    const connection = await greeted(peer);
    connection.send('STARTTLS\r\n');
    await until(connection, '220 ');
    return connection;
  }
  async function secured(peer: Peer, request: HandshakeRequest): Promise<Connection> {
    const connection = await ready(peer);
    expect(await connection.handshake(request, '', LONG)).toMatchObject({ kind: 'completed' });
    return connection;
  }
  async function asked(connection: Connection, command: string): Promise<string> {
    connection.send(`${command}\r\n`);
    return until(connection, '\r\n');
  }

  describe('bytes', () => {
    test('arrive as they were sent, whatever their value', async () => {
      const bytes = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))
        .join('')
        .replace(/[\r\n]/g, '');
      const connection = await greeted('echo');
      expect(await asked(connection, `NOOP x${bytes}x`)).toBe(`250 x${bytes}x\r\n`);
    });

    test('of one send are one segment', async () => {
      const connection = await greeted('sound-closes-on-pipelined-plaintext');
      connection.send('STARTTLS\r\nNOOP\r\n');
      expect(await until(connection, '\r\n')).toMatch(/^554 /);
    });

    test('behind `flushed` are a segment of their own', async () => {
      const connection = await greeted('sound-closes-on-pipelined-plaintext');
      connection.send('NOOP\r\n');
      await connection.flushed();
      connection.send('STARTTLS\r\n');
      expect(await until(connection, '220')).toMatch(/^250 .*\r\n220/);
    });

    test('that were read once do not come again', async () => {
      const connection = await greeted();
      expect(await asked(connection, 'NOOP')).toMatch(/^250 /);
      expect(await connection.receive(20)).toEqual({ kind: 'silence' });
    });

    test('are handed out before the end that follows them', async () => {
      const connection = await greeted();
      expect(connection.isOver()).toBe(false);
      expect(await asked(connection, 'QUIT')).toMatch(/^221 /);
      expect(await ending(connection)).toEqual({ kind: 'ended', how: 'fin' });
      expect(connection.isOver()).toBe(true);
    });
  });

  describe('a wait', () => {
    test('ends in silence, and the clock has moved by it', async () => {
      const { driver } = await target('silent');
      const connection = await connected(driver);
      await until(connection, '\r\n');
      connection.send('NOOP\r\n');
      const before = driver.now();
      expect(await connection.receive(50)).toEqual({ kind: 'silence' });
      expect(driver.now() - before).toBeGreaterThanOrEqual(49);
    });

    test('that is long enough brings a reply that was held back', async () => {
      const { driver } = await target('slow');
      const connection = await connected(driver);
      await until(connection, '\r\n');
      const before = driver.now();
      expect(await asked(connection, 'NOOP')).toMatch(/^250 /);
      expect(driver.now() - before).toBeGreaterThanOrEqual(SLOW - 1);
    });
  });

  describe('a handshake', () => {
    test.each(['1.2', '1.3'] as const)('has the version that was asked for: %s', async version => {
      const connection = await ready();
      expect(await connection.handshake({ ...CLEAN, version }, '', LONG)).toEqual({
        kind: 'completed',
        version: `TLSv${version}`,
        resumed: false,
      });
      expect(await asked(connection, 'NOOP')).toMatch(/^250 /);
    });

    test.each([true, false])('sends SNI if that is wanted: %s', async sni => {
      const connection = await secured('sound-list-by-sni', { ...CLEAN, sni });
      connection.send('EHLO a\r\n');
      expect((await until(connection, '250 ')).includes('XHOST')).toBe(sni);
    });

    test.each([true, false])('shows a certificate if that is wanted: %s', async certificate => {
      const connection = await secured('sound-certificate-login', {
        ...CLEAN,
        certificate,
      });
      connection.send('EHLO a\r\n');
      await until(connection, '250 ');
      expect((await asked(connection, 'AUTH PLAIN')).startsWith('503')).toBe(certificate);
    });

    test('resumes the session of a ticket', async () => {
      const { driver } = await target();
      const handshake = async (request: HandshakeRequest): Promise<[Connection, unknown]> => {
        const connection = await connected(driver);
        await until(connection, '\r\n');
        connection.send('STARTTLS\r\n');
        await until(connection, '220 ');
        return [connection, await connection.handshake(request, '', LONG)];
      };
      const [first] = await handshake(CLEAN);
      await asked(first, 'NOOP');
      const ticket = first.ticket();
      if (ticket === undefined) throw new Error('no ticket came');
      const [, result] = await handshake({ ...CLEAN, ticket });
      expect(result).toMatchObject({ kind: 'completed', resumed: true });
    });

    test('does not complete if its ClientHello went out with STARTTLS, to a server that drops it', async () => {
      const connection = await greeted();
      const hello = await connection.clientHello(CLEAN);
      expect(hello.charCodeAt(0)).toBe(0x16);
      connection.send(`STARTTLS\r\n${hello}`);
      await until(connection, '220 ');
      expect((await connection.handshake(CLEAN, '', 200)).kind).not.toBe('completed');
    });

    test('keeps apart what came in plaintext before it', async () => {
      const connection = await ready('answers-second-segment');
      connection.send('NOOP\r\n');
      await connection.flushed();
      const { quiet: _, ...watched } = CLEAN;
      expect(await connection.handshake(watched, '', LONG)).toMatchObject({ kind: 'completed' });
      expect(connection.stray()).toMatch(/^250 /);
      expect(connection.stray()).toBe('');
      expect(await asked(connection, 'HELP')).toMatch(/^214 /);
    });

    test('that is not begun with TLS ends the connection', async () => {
      const connection = await ready();
      connection.send('NOOP\r\n');
      expect(await ending(connection)).toMatchObject({ kind: 'ended' });
    });

    test('that failed lets the peer go on in plaintext', async () => {
      const connection = await ready('plaintext-after-failure');
      connection.send('garbage\r\n');
      // What the peer says to that, if it says anything; what follows at once might be taken for more garbage.
      await connection.receive(500);
      connection.send('NOOP\r\n');
      await until(connection, '250 ');
    });
  });

  describe('TLS that is left', () => {
    const { quiet: _, ...watched } = CLEAN;

    test('ends the connection, as a rule', async () => {
      const connection = await secured('', watched);
      await connection.leaveTls();
      expect(await ending(connection)).toMatchObject({ kind: 'ended' });
    });

    test('may let the peer go on in plaintext', async () => {
      const connection = await secured('plaintext-after-close', watched);
      await connection.leaveTls();
      // What is said at once may be read together with the end of TLS; and the peer may have something to say to that.
      await new Promise(resolve => setTimeout(resolve, 50));
      await connection.receive(200);
      connection.send('NOOP\r\n');
      expect(await until(connection, '250 ')).toMatch(/^250 /);
    });
  });

  describe('the end', () => {
    test.each(['fin', 'reset', 'close_notify'] as const)('by %s is the end', async how => {
      const connection = await secured('', CLEAN);
      connection.end(how);
      expect(await ending(connection)).toMatchObject({ kind: 'ended' });
    });

    test('may be followed by anything, and nothing throws', async () => {
      const connection = await greeted();
      connection.end('reset');
      connection.send('NOOP\r\n');
      await connection.flushed();
      expect(await ending(connection)).toMatchObject({ kind: 'ended' });
      expect((await connection.handshake(CLEAN, '', LONG)).kind).toBe('failed');
      connection.end('fin');
    });
  });

  test.runIf(hooks)(
    'connections know what the hooks behind them were given, and nothing of one another',
    async () => {
      const { driver } = await target();
      const [one, other] = [await connected(driver), await connected(driver)];
      await until(one, '\r\n');
      await until(other, '\r\n');
      await asked(one, 'HELO one.example');
      await asked(other, 'HELO other.example');
      const names = (connection: Connection): readonly string[] =>
        (connection.handlerStates?.() ?? []).map(({ state }) => JSON.stringify(state));
      expect(names(one).join()).toContain('one.example');
      expect(names(one).join()).not.toContain('other.example');
      expect(names(other).join()).toContain('other.example');
    },
  );
}
