/** The mail server that targets relay to: what came is found as it was sent, and no peer holds it up or fills memory. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openSink, type Sink } from '../../../src/targets/mail/sink.ts';

async function opened(): Promise<Sink> {
  const sink = await openSink();
  onTestFinished(() => sink.close());
  return sink;
}

/** A peer, and all that it has heard so far. */
async function peer({ port }: Sink): Promise<{ readonly socket: Socket; readonly heard: () => string }> {
  const socket = connect({ port, allowHalfOpen: true }).on('error', () => {});
  let heard = '';
  socket.on('data', bytes => {
    heard += bytes.toString('latin1');
  });
  await once(socket, 'data');
  return { socket, heard: () => heard };
}

/** The codes of the replies to lines that are sent at once, up to the end of the connection. */
const answers = (sink: Sink, ...lines: readonly string[]): Promise<readonly string[]> =>
  answersTo(sink, lines.map(line => `${line}\r\n`).join(''));

async function answersTo(sink: Sink, bytes: string): Promise<readonly string[]> {
  const { socket, heard } = await peer(sink);
  socket.write(bytes);
  await once(socket, 'end');
  socket.end();
  return [...heard().matchAll(/^(\d{3}) /gm)].map(([, code = '']) => code);
}

const ENVELOPE = ['EHLO a', 'MAIL FROM:<p@x> SIZE=9', 'RCPT TO:<q@x>'];

describe('a message is found by what it says, below the session that it came in,', () => {
  const HEAD =
    'X-Sink-Greeting: EHLO a\r\nX-Sink-Sender: FROM:<p@x> SIZE=9\r\nX-Sink-Recipient: TO:<q@x>\r\n';

  test('by DATA, its dots taken out', async () => {
    const sink = await opened();
    const codes = await answers(sink, ...ENVELOPE, 'DATA', 'X: mark', '', '..', '.x', '.', 'QUIT');
    expect(codes).toEqual(['220', '250', '250', '250', '354', '250', '221']);
    expect(await sink.find('mark', 0)).toBe(`${HEAD}X: mark\r\n\r\n.\r\nx\r\n`);
  });

  test('by BDAT, in chunks that are no lines', async () => {
    const sink = await opened();
    const said = `${ENVELOPE.join('\r\n')}\r\nBDAT 5\r\nmar\r\nBDAT 6 LAST\r\nk\r\n.\r\nQUIT\r\n`;
    expect(await answersTo(sink, said)).toEqual(['220', '250', '250', '250', '250', '250', '221']);
    expect(await sink.find('mar\r\nk\r\n.\r\n', 0)).toContain(HEAD);
  });

  test('and not at all where nothing was said of the sender or of a recipient', async () => {
    const sink = await opened();
    const codes = await answers(
      sink,
      'EHLO a',
      'RCPT TO:<q@x>',
      'MAIL FROM:<p@x>',
      'DATA',
      'RSET',
      'DATA',
      'QUIT',
    );
    expect(codes).toEqual(['220', '250', '503', '250', '503', '250', '503', '221']);
  });
});

describe('a peer', () => {
  test('that goes on behind QUIT is cut off, and what it says is thrown away', async () => {
    const sink = await opened();
    const { socket } = await peer(sink);
    const flood = Buffer.alloc(1024 * 1024, 'x');
    const before = process.memoryUsage().rss;
    socket.write('QUIT\r\n');
    for (; !socket.destroyed; await pause(20)) socket.write(flood);
    expect((process.memoryUsage().rss - before) / 1024 / 1024).toBeLessThan(200);
  });

  test('that never ends a command is told so, and one that never ends a line of a message is heard out', async () => {
    const sink = await opened();
    expect(await answers(sink, 'x'.repeat(100_000))).toEqual(['220', '500']);
    const long = 'y'.repeat(100_000);
    const codes = await answers(sink, ...ENVELOPE, 'DATA', 'mark', long, '.', 'QUIT');
    expect(codes.at(-2)).toBe('250');
    expect((await sink.find('mark', 0))?.length).toBe(65_536);
  });

  test.each([
    ['a chunk that is too long', 'BDAT 99999999'],
    ['a chunk of no length', 'BDAT LAST'],
  ])('that announces %s is not waited for', async (_, line) => {
    expect(await answers(await opened(), ...ENVELOPE, line)).toEqual(['220', '250', '250', '250', '501']);
  });

  test('that names recipients without end is refused the later ones', async () => {
    const more = Array.from({ length: 1_001 }, () => 'RCPT TO:<r@x>');
    const codes = await answers(await opened(), ...ENVELOPE, ...more, 'QUIT');
    expect(codes.slice(-4)).toEqual(['250', '452', '452', '221']);
  });

  test('that reads nothing of what it asks for is cut off', async () => {
    const sink = await opened();
    const socket = connect(sink.port, '127.0.0.1').on('error', () => {});
    socket.pause();
    const asked = 'NOOP\r\n'.repeat(100_000);
    let asking = true;
    const closed = new Promise<void>(resolve => {
      socket.once('close', () => {
        asking = false;
        resolve();
      });
    });
    while (asking) {
      socket.write(asked);
      await Promise.race([closed, pause(20)]);
    }
  });

  test('is told who is there when it knocks on a port that is taken', async () => {
    const { port } = await opened();
    await expect(openSink(port)).rejects.toThrow(
      `the sink cannot listen on port ${port} of 127.0.0.1: EADDRINUSE`,
    );
  });
});
