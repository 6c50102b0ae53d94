import net, { type AddressInfo, type Socket } from 'node:net';
import tls from 'node:tls';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Driver, HandshakeRequest, HandshakeResult } from '../../src/drivers/driver.ts';
import { tcpDriver } from '../../src/drivers/tcp.ts';
import { Wire } from '../../src/drivers/wire.ts';
import { selfSigned } from '../../src/targets/certificate.ts';
import { listen } from '../../src/targets/reference/listener.ts';
import type { RunningTarget } from '../../src/targets/target.ts';
import { connected, driverContract, ending, until } from './contract.ts';
import { type Peer, peerOptions } from './peers.ts';

const HOST = '127.0.0.1';
const LONG = 10_000;
const SHORT = 100;
const REQUEST: HandshakeRequest = { version: '1.3', sni: false, certificate: false };

/** Peers that do not take STARTTLS. */
const WITHOUT_STARTTLS: ReadonlySet<Peer> = new Set(['silent', 'echo']);

const reference = (peer: Peer): Promise<RunningTarget> => listen(peerOptions(peer), { host: HOST, port: 0 });

describe('the TCP driver', () => driverContract(reference, { hooks: true }));

describe('the TCP driver, once the peer has shown that it sends nothing in plaintext', () =>
  driverContract(
    async peer => {
      const target = await reference(peer);
      if (!WITHOUT_STARTTLS.has(peer)) await upgraded(target.driver);
      return target;
    },
    { hooks: true },
  ));

test('a connection that is reset as soon as it is taken was open, and is over', async () => {
  const server = net.createServer(socket => socket.on('error', () => {}).resetAndDestroy());
  await new Promise<void>(resolve => server.listen(0, HOST, resolve));
  const { port } = server.address() as AddressInfo;
  const driver = tcpDriver({ host: HOST, port });
  for (let connections = 0; connections < 20; connections++)
    expect(await (await connected(driver)).receive(LONG)).toMatchObject({ kind: 'ended' });
  server.close();
});

/** How a clean upgrade ends, and what was sent in plaintext meanwhile. */
async function upgraded(driver: Driver): Promise<readonly [HandshakeResult['kind'], stray: string]> {
  const connection = await connected(driver);
  await until(connection, '\r\n');
  connection.send('STARTTLS\r\n');
  await until(connection, '220 ');
  const { kind } = await connection.handshake({ ...REQUEST, quiet: true }, '', LONG);
  connection.end('fin');
  return [kind, connection.stray()];
}

test('plaintext of a peer that sent none before fails one handshake, and is seen from then on', async () => {
  let strays = false;
  const context = tls.createSecureContext(await selfSigned(['localhost']));
  const server = net.createServer(socket => {
    socket.on('error', () => {}).write('220 ready\r\n');
    socket.once('data', () => {
      socket.write('220 go ahead\r\n');
      const wire = new Wire(socket);
      // Not before the ClientHello is there, so that it cannot come with the 220.
      if (strays) socket.once('data', () => socket.write('250 stray\r\n'));
      socket.on('data', (bytes: Buffer) => wire.arrived(bytes));
      new tls.TLSSocket(wire, { isServer: true, secureContext: context }).on('error', () => {});
    });
  });
  await new Promise<void>(resolve => server.listen(0, HOST, resolve));
  const driver = tcpDriver({ host: HOST, port: (server.address() as AddressInfo).port });
  expect(await upgraded(driver)).toEqual(['completed', '']);
  expect(await upgraded(driver)).toEqual(['completed', '']);
  strays = true;
  expect(await upgraded(driver)).toEqual(['failed', '']);
  for (let times = 0; times < 2; times++)
    expect(await upgraded(driver)).toEqual(['completed', '250 stray\r\n']);
  strays = false;
  expect(await upgraded(driver)).toEqual(['completed', '']);
  strays = true;
  expect(await upgraded(driver)).toEqual(['completed', '250 stray\r\n']);
  server.close();
});

describe('the TCP driver, with a peer that', () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  /** A server that does this with each connection. */
  async function served(serve: (socket: Socket) => void): Promise<{ host: string; port: number }> {
    const sockets: Socket[] = [];
    const server = net.createServer(socket => {
      sockets.push(socket);
      socket.on('error', () => {});
      serve(socket);
    });
    closing.push(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    await new Promise<void>(resolve => server.listen(0, HOST, resolve));
    return { host: HOST, port: (server.address() as AddressInfo).port };
  }
  const peer = async (serve: (socket: Socket) => void): Promise<Driver> => tcpDriver(await served(serve));
  /** A peer that says 220 once, and this in place of a handshake. */
  const behind220 = (answer: (socket: Socket) => void): Promise<Driver> =>
    peer(socket => {
      socket.write('220 ready\r\n');
      socket.once('data', () => answer(socket));
    });

  test('does not listen, is refused', async () => {
    const server = net.createServer();
    await new Promise<void>(resolve => server.listen(0, HOST, resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise(resolve => server.close(resolve));
    expect(await tcpDriver({ host: HOST, port }).connect(LONG)).toEqual({
      kind: 'refused',
      reason: 'ECONNREFUSED',
    });
  });

  test('has taken the connection, is not given up for what it does later', async () => {
    const driver = await peer(() => {});
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const connection = await connected(driver);
    expect(vi.getTimerCount()).toBe(0);
    connection.end('reset');
  });

  test('ends what is to be TLS from the first byte, is refused, in whichever way', async () => {
    for (const end of ['resetAndDestroy', 'end'] as const) {
      const driver = tcpDriver({ ...(await served(socket => void socket[end]())), implicitTls: true });
      for (let connections = 0; connections < 20; connections++)
        expect(await driver.connect(LONG)).toMatchObject({ kind: 'refused' });
    }
  });

  test('says nothing, is silent', async () => {
    const connection = await connected(await peer(() => {}));
    expect(await connection.receive(SHORT)).toEqual({ kind: 'silence' });
    connection.end('reset');
  });

  test('resets, ends the connection', async () => {
    const connection = await connected(await behind220(socket => socket.resetAndDestroy()));
    connection.send('NOOP\r\n');
    expect(await ending(connection)).toEqual({ kind: 'ended', how: 'reset' });
  });

  test('floods without a line end while nobody reads, is cut off', async () => {
    const flood = Buffer.alloc(65_536, 'x');
    let cut = (): void => {};
    const isCut = new Promise<void>(resolve => {
      cut = resolve;
    });
    const driver = await peer(socket => {
      const pour = (): void => {
        while (socket.write(flood));
      };
      socket.on('drain', pour).on('close', cut);
      pour();
    });
    const connection = await connected(driver);
    await isCut;
    expect(await ending(connection)).toEqual({ kind: 'ended', how: 'reset' });
  });

  test('never reads, does not hold up the sender', async () => {
    const connection = await connected(await peer(socket => socket.pause()));
    for (let times = 0; times < 64; times++) connection.send('x'.repeat(65_536));
    expect(await connection.receive(SHORT)).toEqual({ kind: 'silence' });
    connection.end('reset');
  });

  test.each([
    ['garbage', (socket: Socket) => socket.write('\x16\x03\x03\x00\x05abcde')],
    ['an alert', (socket: Socket) => socket.write('\x15\x03\x01\x00\x02\x02\x28', 'latin1')],
    ['a FIN', (socket: Socket) => socket.end()],
    ['a reset', (socket: Socket) => socket.resetAndDestroy()],
  ] as const)('answers the ClientHello with %s, makes the handshake fail', async (_, answer) => {
    const connection = await connected(await behind220(answer));
    await until(connection, '220 ');
    expect(await connection.handshake(REQUEST, '', LONG)).toMatchObject({ kind: 'failed' });
    connection.end('fin');
  });

  test('does not answer the ClientHello, is silent', async () => {
    const connection = await connected(await behind220(() => {}));
    await until(connection, '220 ');
    expect(await connection.handshake(REQUEST, '', SHORT)).toEqual({ kind: 'silence' });
    connection.end('reset');
  });

  test('answers the ClientHello with plaintext, is heard, but not without end', async () => {
    const driver = await behind220(socket => {
      for (let times = 0; times < 32; times++) socket.write('250 stray\r\n'.repeat(1_000));
      socket.end();
    });
    const connection = await connected(driver);
    await until(connection, '220 ');
    expect((await connection.handshake(REQUEST, '', LONG)).kind).not.toBe('completed');
    const stray = connection.stray();
    expect(stray).toMatch(/^250 stray\r\n/);
    expect(stray.length).toBeLessThan(200_000);
    connection.end('fin');
  });
});
