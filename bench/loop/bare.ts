/**
 * The bare loop: a minimal client on `node:net` and `node:tls` that sends what it is given and only reads.
 *
 * It shares no code with afresh and does what cannot be left out: it sends a segment, reads until as many replies are
 * there as came when the script was recorded, and goes on. It writes nothing down and looks at nothing but where a
 * reply ends. Like afresh it closes its side when the last reply is there, and does not wait for the server to close.
 *
 * A process of its own, so that its garbage is not collected at the cost of afresh, nor the other way round: `main.ts`
 * forks it with the port and the file of scenarios, and sends it what to play.
 */

import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';

/** Bytes of one segment, and how many replies are waited for before the next. */
export interface Turn {
  readonly send: string;
  readonly replies: number;
}

/** One connection. What is said in plaintext begins with a turn that sends nothing: it waits for the greeting. */
export interface Script {
  readonly plaintext: readonly Turn[];
  readonly handshake: { readonly version: '1.2' | '1.3'; readonly sni: boolean };
  readonly secure: readonly Turn[];
}

/** Milliseconds of silence after which a connection is given up; no script in which afresh met silence is played. */
const PATIENCE = 10_000;
const LAST_LINE = /^\d{3}(?: |\r?$)/gm;

/** Plays the script; whether it came to its end. */
function play(port: number, { plaintext, handshake, secure }: Script): Promise<boolean> {
  return new Promise(resolve => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true, timeout: PATIENCE });
    const giveUp = (): void => {
      socket.destroy();
      resolve(false);
    };
    socket.on('timeout', giveUp).on('error', giveUp).on('close', giveUp);
    converse(socket, plaintext, () => {
      socket.removeAllListeners('data');
      const stream = tls.connect({
        socket,
        rejectUnauthorized: false,
        minVersion: 'TLSv1.2',
        maxVersion: `TLSv${handshake.version}`,
        ...(handshake.sni ? { servername: 'localhost' } : {}),
      });
      stream.on('error', giveUp);
      stream.once('secureConnect', () =>
        converse(stream, secure, () => {
          stream.end();
          resolve(true);
        }),
      );
    });
  });
}

/** One turn after the other. Lines that end a reply are counted, in chunks that are taken to end with a line. */
function converse(stream: net.Socket, turns: readonly Turn[], done: () => void): void {
  let index = 0;
  let missing = 0;
  const next = (): void => {
    const turn = turns[index++];
    if (turn === undefined) {
      done();
      return;
    }
    missing += turn.replies;
    if (turn.send !== '') stream.write(turn.send, 'latin1');
    if (missing <= 0) next();
  };
  let text = '';
  stream.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1');
    const end = text.lastIndexOf('\n') + 1;
    missing -= text.slice(0, end).match(LAST_LINE)?.length ?? 0;
    text = text.slice(end);
    if (missing <= 0) next();
  });
  next();
}

/** A turn: the scripts of some scenarios, so many connections at once. */
export interface Order {
  readonly first: number;
  readonly end: number;
  readonly inFlight: number;
}

const [, , port, file = ''] = process.argv;
const recorded = JSON.parse(readFileSync(file, 'utf8')) as readonly { readonly scripts: readonly Script[] }[];
process.on('message', async ({ first, end, inFlight }: Order) => {
  const queue = recorded
    .slice(first, end)
    .flatMap(({ scripts }) => scripts)
    .values();
  const start = performance.now();
  const worker = async (): Promise<void> => {
    for (const script of queue) await play(Number(port), script);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  process.send?.(performance.now() - start);
});
