/**
 * Servers of the lab as processes: started by their keeper, ready when they greet, stopped without a trace.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { extname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Driver } from '../../drivers/driver.ts';
import { lastLine } from '../process.ts';
import { TargetError } from '../target.ts';
import type { Instance } from './instance.ts';

export interface Daemon {
  /** Resolves when nothing of it runs any more and its instance is removed. */
  readonly gone: Promise<unknown>;
  /** The last line that it printed. */
  lastWords(): string | undefined;
  stop(): Promise<void>;
}

/** Characters of its output that are kept. */
const KEPT = 8_192;
/** Milliseconds from one attempt to connect to the next. */
const PACE = 20;

/** Starts the commands in their root. */
export function startDaemon({ folder, tree }: Instance, commands: readonly (readonly string[])[]): Daemon {
  const keeper = spawn(process.execPath, [KEEPER, folder, tree, JSON.stringify(commands)], {
    // A session of its own: Ctrl-C is for afresh, which then stops its servers in order.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  const keep = (text: string): void => {
    said = (said + text).slice(-KEPT);
  };
  for (const output of [keeper.stdout, keeper.stderr]) output.setEncoding('utf8').on('data', keep);
  keeper.stdin.on('error', () => {});
  const gone = once(keeper, 'close').catch(() => {});
  return {
    gone,
    lastWords: () => lastLine(said),
    stop: async () => {
      keeper.stdin.end();
      await gone;
    },
  };
}

/** The keeper is a program beside this file, in whatever form this file is. */
const KEEPER = join(import.meta.dirname, `keeper${extname(import.meta.filename)}`);

/** Resolves when the server has greeted; rejects if it ends before, or does not within `limit` ms. */
export async function greeted(daemon: Daemon, driver: Driver, name: string, limit: number): Promise<void> {
  const end = performance.now() + limit;
  let running = true;
  daemon.gone.then(() => {
    running = false;
  });
  while (running && performance.now() < end) {
    const opening = await driver.connect(end - performance.now());
    if (opening.kind === 'open') {
      const received = await opening.connection.receive(end - performance.now());
      if (received.kind === 'bytes') opening.connection.send('QUIT\r\n');
      opening.connection.end('fin');
      if (received.kind === 'bytes' && received.bytes.startsWith('220')) return;
    }
    await delay(PACE);
  }
  const reason = running ? `no greeting within ${limit / 1_000} s` : 'it ended at once';
  throw new TargetError(`${name} does not start: ${reason} (${daemon.lastWords() ?? 'it said nothing'})`, 3);
}

/** Ports are chosen below those that the kernel gives to clients: one of ours could be using it by now. */
const FIRST_PORT = 16_384;
const PORTS = 16_384;
const ATTEMPTS = 100;

/** Ports of 127.0.0.1 that nobody listens on. They are held together until all are known, so that no two agree. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held: Server[] = [];
  for (let attempt = 0; held.length < count && attempt < ATTEMPTS; attempt++) {
    const server = createServer().listen(FIRST_PORT + Math.floor(Math.random() * PORTS), '127.0.0.1');
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (free) held.push(server);
  }
  if (held.length < count) throw new TargetError('no free port on 127.0.0.1', 3);
  const ports = held.map(server => (server.address() as AddressInfo).port);
  await Promise.all(held.map(server => once(server.close(), 'close')));
  return ports;
}
