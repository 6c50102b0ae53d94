/**
 * Servers that speak on standard input and output, as inetd starts them: each connection is a process of its own.
 *
 * Both streams of the process are one end of a socket pair, so that a server may take them for a connection. What
 * travels on it, TLS included, is the socket connection's affair (`tcp.ts`).
 */

import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Driver, Opening } from './driver.ts';
import { type Habit, newHabit } from './engine.ts';
import { SocketConnection, type SocketOptions } from './tcp.ts';

export interface ProcessOptions extends SocketOptions {
  /** A program and its arguments; no shell sees them. */
  readonly command: readonly string[];
  readonly directory?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Milliseconds that a process has to end by itself when its connection is over. */
const PATIENCE = 2_000;

/** Its own descriptor becomes both streams of the program that takes the shell's place. */
const AS_INETD = ['-c', 'exec "$0" "$@" <&3 >&3 3>&-'] as const;

/** Ends the process of each connection that is open, should this process end before it. */
const running = new Set<() => void>();
process.once('exit', () => {
  for (const kill of running) kill();
});

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

export function processDriver(options: ProcessOptions): Driver {
  const habit = newHabit();
  return {
    name: 'process',
    now: () => performance.now(),
    connect: () => open(options, habit),
  };
}

function open(options: ProcessOptions, habit: Habit): Promise<Opening> {
  const { command, directory, environment } = options;
  const child = spawn('/bin/sh', [...AS_INETD, ...command], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    // A group of its own: helpers of the server end with it, and Ctrl-C is for afresh.
    detached: true,
    ...(directory === undefined ? {} : { cwd: directory }),
    ...(environment === undefined ? {} : { env: environment }),
  });
  const socket = child.stdio[3] as Socket;
  const kill = (): void => killGroup(child.pid);
  running.add(kill);
  socket.once('close', () => {
    const timer = setTimeout(kill, PATIENCE).unref();
    child.once('exit', () => clearTimeout(timer));
  });
  child.once('exit', () => running.delete(kill));
  return new Promise(resolve => {
    child.once('error', ({ message }) => {
      socket.destroy();
      running.delete(kill);
      resolve({ kind: 'refused', reason: message });
    });
    child.once('spawn', () =>
      resolve({ kind: 'open', connection: new SocketConnection(socket, options, habit) }),
    );
  });
}
