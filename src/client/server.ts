/**
 * The scripted server: plays what was spelled, over real TCP and TLS on loopback, and writes down what the client
 * said. One server a run, on a port of its own, so that every connection is known to belong to it.
 *
 * It judges nothing, and knows no more SMTP than it takes to find where a command, a dialogue or a message ends. A
 * client may be hostile: everything that it can make grow has a bound.
 */

import net, { type AddressInfo } from 'node:net';
import type { Authority } from './authority.ts';
import { Scripted } from './scripted.ts';
import type { Spelled } from './spell.ts';
import type { Entry, Log } from './transcript.ts';

export interface ScriptedServer {
  readonly port: number;
  /** What has happened so far. */
  readonly entries: readonly Entry[];
  /** What a client that has gone sent last is still read; then all connections are cut. */
  stop(): Promise<void>;
}

/** Milliseconds that the connections of a client that has gone have to end. */
const DRAIN = 100;

/** One more is cut at once, and that is written down. */
const MAX_CONNECTIONS = 16;

/**
 * `idle` is how long, in milliseconds, a client may be still when it owes the next word; then the connection is ended,
 * as any server does in the end. A server that is silent itself is a matter of the script.
 */
export async function serveScript(
  spelled: (connection: number) => Spelled,
  authority: Authority,
  idle: number,
  onEndless: () => void = () => {},
): Promise<ScriptedServer> {
  const entries: Entry[] = [];
  const sockets = new Set<net.Socket>();
  const began = performance.now();
  let count = 0;
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const connection = count++;
    const log: Log = (secure, what) => {
      entries.push({ at: performance.now() - began, connection, secure, ...what });
      if (what.kind === 'endless') onEndless();
    };
    if (connection >= MAX_CONNECTIONS) {
      log(false, { kind: 'endless' });
      socket.destroy();
    } else new Scripted(socket, spelled(connection), authority, idle, log).begin();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    entries,
    stop: () =>
      new Promise(done => {
        const timer = setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, DRAIN);
        server.close(() => {
          clearTimeout(timer);
          done();
        });
      }),
  };
}
