import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import tls from 'node:tls';
import { describe, expect, test } from 'vitest';
import { CLEAN, type Script } from '../../src/client/script.ts';
import { type ScriptedServer, serveScript } from '../../src/client/server.ts';
import { spell } from '../../src/client/spell.ts';
import type { Entry } from '../../src/client/transcript.ts';
import { Wire } from '../../src/drivers/wire.ts';
import { flood } from '../hostile.ts';
import { authority } from './authority.ts';

const PLAIN: Script = { errand: {}, before: [], upgrade: CLEAN, after: [] };
const started = (script: Partial<Script>, idle = 500): Promise<ScriptedServer> =>
  serveScript(() => spell({ ...PLAIN, ...script }, { nonce: 'zabcdefghi' }), authority, idle);

/** Once greeted it sends everything at once, and reads until the server ends. */
function spoken(server: ScriptedServer, bytes: string): Promise<string> {
  return new Promise(resolve => {
    let heard = '';
    let greeted = false;
    const socket = net.connect(server.port, '127.0.0.1');
    socket.on('data', (data: Buffer) => {
      heard += data.toString('latin1');
      if (!greeted) socket.write(bytes);
      greeted = true;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(heard));
  });
}

/** The version that a client comes to, which knows none newer than `maxVersion`. */
async function negotiated(server: ScriptedServer, maxVersion: tls.SecureVersion): Promise<string | null> {
  const socket = net.connect(server.port, '127.0.0.1');
  await once(socket, 'data');
  socket.write('STARTTLS\r\n');
  await once(socket, 'data');
  const secure = tls.connect({ socket, ca: authority.ca, servername: 'localhost', maxVersion });
  await once(secure, 'secureConnect');
  const version = secure.getProtocol();
  secure.end('QUIT\r\n');
  await once(socket, 'close');
  return version;
}

/** How the handshake ends, as OpenSSL tells its client. */
async function failure(server: ScriptedServer): Promise<string> {
  const socket = net.connect(server.port, '127.0.0.1');
  await once(socket, 'data');
  socket.write('STARTTLS\r\n');
  await once(socket, 'data');
  const secure = tls.connect({ socket, ca: authority.ca, servername: 'localhost' });
  const [error] = await once(secure, 'error').catch(thrown => [thrown]);
  socket.destroy();
  return (error as NodeJS.ErrnoException).code ?? '';
}

const kinds = (entries: readonly Entry[]): readonly string[] => entries.map(({ kind }) => kind);

/** A client in TLS, and a way to speak past it. */
async function inTls(
  server: ScriptedServer,
): Promise<{ secure: tls.TLSSocket; inPlaintext: (text: string) => void }> {
  const socket = net.connect(server.port, '127.0.0.1');
  await once(socket, 'data');
  socket.write('STARTTLS\r\n');
  await once(socket, 'data');
  socket.removeAllListeners('data');
  const wire = new Wire(socket);
  socket.on('data', (bytes: Buffer) => wire.arrived(bytes));
  const secure = tls.connect({ socket: wire, ca: authority.ca, servername: 'localhost' });
  secure.on('error', () => {});
  await once(secure, 'secureConnect');
  secure.write('NOOP\r\n');
  await once(secure, 'data');
  wire.isLeft = true;
  return { secure, inPlaintext: text => socket.write(text, 'latin1') };
}

/** A client whose handshake the server answers in plaintext, and a way to go on in plaintext. */
async function behindHello(server: ScriptedServer): Promise<{ inPlaintext: (text: string) => void }> {
  const socket = net.connect(server.port, '127.0.0.1');
  for (const bytes of ['STARTTLS\r\n', '\x16\x03\x01\x00\x01a']) {
    await once(socket, 'data');
    socket.write(bytes, 'latin1');
  }
  await once(socket, 'data');
  return { inPlaintext: text => socket.write(text, 'latin1') };
}

/** Milliseconds that no client here is still for, however busy the machine. */
const LONG = 20_000;

const MAIL = 'MAIL FROM:<a>';

/** What was said, in TLS or not. */
const saidIn = ({ entries }: ScriptedServer): readonly (readonly [secure: boolean, text: string])[] =>
  entries.flatMap(entry => (entry.kind === 'said' ? [[entry.secure, entry.text] as const] : []));

describe('the scripted server', () => {
  test.each([
    ['in the middle of TLS', false],
    ['behind the end of TLS', true],
  ])('hears what a client says in plaintext %s', async (_, isEnded) => {
    const server = await started({}, LONG);
    const { secure, inPlaintext } = await inTls(server);
    if (isEnded) {
      secure.end();
      await once(secure, 'end');
    }
    inPlaintext(`${MAIL}\r\n`);
    await expect
      .poll(() => saidIn(server))
      .toEqual([
        [false, 'STARTTLS'],
        [true, 'NOOP'],
        [false, MAIL],
      ]);
    await server.stop();
  });

  test.each([
    ['in the middle of TLS', {}, inTls],
    [
      'behind a handshake that failed',
      { upgrade: { ...CLEAN, handshake: { kind: 'failed', how: 'reply' } } },
      behindHello,
    ],
  ] as const)(
    'takes a TLS record for no command %s, and what follows it for one',
    async (_, script, reached) => {
      const server = await started(script, LONG);
      const { inPlaintext } = await reached(server);
      const said = (): readonly string[] =>
        saidIn(server).flatMap(([secure, text]) => (secure || text === 'STARTTLS' ? [] : [text]));
      inPlaintext(`${MAIL}\r\n`);
      await expect.poll(said).toEqual([MAIL]);
      // An alert with line ends in it.
      inPlaintext('\x15\x03\x03\x00\x08\r\nQUIT\r\nRSET\r\n');
      await expect.poll(said).toEqual([MAIL, 'RSET']);
      await server.stop();
    },
  );

  test('takes the end of TLS for the end of the connection where nothing comes behind it', async () => {
    const server = await started({});
    const { secure } = await inTls(server);
    secure.end('NOOP\r\n');
    await expect.poll(() => server.entries.at(-1)).toMatchObject({ kind: 'ended', by: 'client' });
    await server.stop();
  });

  test.each([
    ['alert', 'HANDSHAKE_FAILURE'],
    ['alert-version', 'PROTOCOL_VERSION'],
    ['alert-internal', 'INTERNAL_ERROR'],
    ['alert-name', 'UNRECOGNIZED_NAME'],
  ] as const)('refuses the handshake by %s, which is %s', async (how, reason) => {
    const server = await started({ upgrade: { ...CLEAN, handshake: { kind: 'failed', how } } });
    expect(await failure(server)).toContain(reason);
    await server.stop();
  });

  test('answers one command after the other, and marks those that did not wait', async () => {
    const server = await started({});
    const heard = await spoken(server, 'EHLO a\r\nMAIL FROM:<a>\r\nQUIT\r\n');
    expect(heard.match(/^\d{3} /gm)).toEqual(['220 ', '250 ', '250 ', '221 ']);
    const said = server.entries.flatMap(entry => (entry.kind === 'said' ? [[entry.verb, entry.early]] : []));
    expect(said).toEqual([
      ['ehlo', false],
      ['mail', true],
      ['quit', true],
    ]);
    await server.stop();
  });

  test('sends what is glued to the 220 in its segment', async () => {
    const glued = { lines: [{ code: 250, text: 'a' }], fragment: { code: 250, text: 'b' } } as const;
    const server = await started({ upgrade: { ...CLEAN, glued } });
    const heard = await spoken(server, 'STARTTLS\r\n');
    expect(heard).toContain('220 Go on\r\n250 zabcdefghia.example\r\n250 zabcdefghib.example');
    await server.stop();
  });

  test('sends what comes a moment later when the 220 was read', async () => {
    const segment = { lines: [{ code: 250, text: 'a' }] } as const;
    const server = await started({ upgrade: { ...CLEAN, segment, later: true } });
    const socket = net.connect(server.port, '127.0.0.1');
    await once(socket, 'data');
    socket.write('STARTTLS\r\n');
    expect(String((await once(socket, 'data'))[0])).toBe('220 Go on\r\n');
    expect(String((await once(socket, 'data'))[0])).toBe('250 zabcdefghia.example\r\n');
    socket.destroy();
    await server.stop();
  });

  test('sends what comes a moment later before the handshake to a client that begins it at once', async () => {
    const segment = { lines: [{ code: 250, text: 'a' }] } as const;
    const server = await started({ upgrade: { ...CLEAN, segment, later: true } });
    const heard = await spoken(server, 'STARTTLS\r\n\x16\x03\x01');
    expect(heard).toContain('220 Go on\r\n250 zabcdefghia.example\r\n');
    await server.stop();
  });

  test('writes down plaintext behind STARTTLS, and does not answer it', async () => {
    const server = await started({});
    const heard = await spoken(server, 'STARTTLS\r\nEHLO a\r\n');
    expect(heard).toBe('220 server.example ESMTP\r\n220 Go on\r\n');
    expect(server.entries.find(({ kind }) => kind === 'stray')).toMatchObject({ bytes: 'EHLO a\r\n' });
    await server.stop();
  });

  test('writes down plaintext in the midst of the handshake, by which that fails', async () => {
    const server = await started({});
    const hello = '\x16\x03\x01\x00\x05hello';
    await spoken(server, `STARTTLS\r\n${hello}EHLO a\r\n`);
    expect(server.entries.find(({ kind }) => kind === 'stray')).toMatchObject({ bytes: 'EHLO a\r\n' });
    expect(server.entries.find(({ kind }) => kind === 'handshake')).toMatchObject({ result: 'failed' });
    await server.stop();
  });

  test('takes only so much of plaintext behind STARTTLS', async () => {
    const server = await started({});
    const socket = net.connect(server.port, '127.0.0.1').on('error', () => {});
    socket.write('STARTTLS\r\n');
    flood(socket, 'x'.repeat(65_536));
    await new Promise(closed => socket.on('close', closed));
    expect(server.entries.some(({ kind }) => kind === 'endless')).toBe(true);
    expect(JSON.stringify(server.entries).length).toBeLessThan(1_048_576);
    await server.stop();
  });

  test.each(['fin', 'rst'] as const)(
    'ends the connection with %s in place of an answer to STARTTLS',
    async unanswered => {
      const server = await started({ upgrade: { ...CLEAN, unanswered } });
      expect(await spoken(server, 'STARTTLS\r\n')).toBe('220 server.example ESMTP\r\n');
      expect(server.entries.at(-1)).toMatchObject({ kind: 'ended', by: 'server' });
      await server.stop();
    },
  );

  test('may be silent in place of an answer to STARTTLS for as long as the client is, and answers what it says then', async () => {
    const server = await started({ upgrade: { ...CLEAN, unanswered: 'silence' } }, 200);
    const socket = net.connect(server.port, '127.0.0.1');
    await once(socket, 'data');
    socket.write('STARTTLS\r\n');
    await delay(600);
    expect(kinds(server.entries)).toEqual(['replied', 'said']);
    socket.write('QUIT\r\n');
    expect(String((await once(socket, 'data'))[0])).toBe('221 Bye\r\n');
    await server.stop();
  });

  test('may be silent in TLS in place of an answer, and does not end the connection', async () => {
    const server = await started({ after: [{ kind: 'close', on: 'ehlo', how: 'silence' }] }, 200);
    const socket = net.connect(server.port, '127.0.0.1');
    await once(socket, 'data');
    socket.write('STARTTLS\r\n');
    await once(socket, 'data');
    const secure = tls.connect({ socket, ca: authority.ca, servername: 'localhost' });
    await once(secure, 'secureConnect');
    secure.write('EHLO a\r\n');
    await delay(600);
    expect(kinds(server.entries).slice(-2)).toEqual(['handshake', 'said']);
    secure.write('QUIT\r\n');
    expect(String((await once(secure, 'data'))[0])).toBe('221 Bye\r\n');
    await server.stop();
  });

  test('cuts off a client that goes round in a circle', async () => {
    const server = await started({});
    await spoken(server, 'NOOP\r\n'.repeat(1_000));
    expect(kinds(server.entries).at(-1)).toBe('endless');
    await server.stop();
  });

  test('takes a long list of recipients for no circle', async () => {
    const server = await started({});
    const recipients = Array.from({ length: 300 }, (_, at) => `RCPT TO:<r${at}@b.example>\r\n`).join('');
    await spoken(server, `MAIL FROM:<a@b.example>\r\n${recipients}QUIT\r\n`);
    await server.stop();
    expect(kinds(server.entries)).not.toContain('endless');
  });

  test('cuts off a line without an end', async () => {
    const server = await started({}, 5_000);
    await spoken(server, 'x'.repeat(5 * 1024 * 1024));
    expect(kinds(server.entries)).toContain('endless');
    await server.stop();
  });

  test('ends the connection of a client that says nothing when it is its turn', async () => {
    const server = await started({}, 50);
    expect(await spoken(server, 'EHLO a\r\n')).toContain('250 STARTTLS');
    expect(server.entries.at(-1)).toMatchObject({ kind: 'ended', by: 'server' });
    await server.stop();
  });

  test.each([
    ['1.3', 'TLSv1.3', 'TLSv1.3'],
    ['1.3', 'TLSv1.2', 'TLSv1.2'],
    ['1.2', 'TLSv1.3', 'TLSv1.2'],
  ] as const)(
    'takes no TLS newer than %s, and comes to %s with a client of it',
    async (version, known, comes) => {
      const handshake = { kind: 'sound', version, certificate: 'right' } as const;
      const server = await started({ upgrade: { ...CLEAN, handshake } });
      expect(await negotiated(server, known)).toBe(comes);
      await server.stop();
      expect(server.entries).toContainEqual(
        expect.objectContaining({ kind: 'handshake', detail: `${comes}, certificate: right` }),
      );
    },
  );

  test('reads a message to its dot, and a chunk to its last octet', async () => {
    const server = await started({});
    await spoken(server, 'DATA\r\na\r\n.\r\nBDAT 4 LAST\r\n\r\n.\nQUIT\r\n');
    const messages = server.entries.flatMap(entry =>
      entry.kind === 'said' && entry.verb === 'message' ? [entry.text] : [],
    );
    expect(messages).toEqual(['a', '\r\n.\n']);
    await server.stop();
  });
});
