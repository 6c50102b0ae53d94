/** Servers that a target file says how to start: started, waited for until they greet, and stopped. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Driver } from '../drivers/driver.ts';
import { TargetError } from './target.ts';

export interface ProcessOptions {
  readonly start: {
    readonly command: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
    /** Seconds until the first greeting. */
    readonly seconds?: number;
  };
  /** The command that stops it; without one the started process is ended. */
  readonly stop?: readonly string[];
  /** Where the commands run. */
  readonly directory: string;
  /** How the server is reached once it runs. */
  readonly driver: Driver;
}

const START_SECONDS = 30;
/** Milliseconds from one attempt to connect to the next. */
const PACE = 50;
/** Milliseconds that a server has to end after SIGTERM, and that a stop command may take. */
const PATIENCE = 5_000;
/** Characters of its output that are kept, to say why it failed. */
const KEPT = 4_096;

interface Server {
  readonly process: ChildProcess;
  /** Resolves to its exit code when it has ended, or to what kept it from starting. */
  readonly ended: Promise<number | string>;
  lastWords(): string;
}

/** Starts it, waits for its greeting, and returns how it is stopped. */
export async function startProcess(options: ProcessOptions): Promise<() => Promise<void>> {
  const { start, stop, directory } = options;
  const server = launch(start.command, directory, start.environment);
  // Whatever ends afresh ends the server with it, also one that has left its process behind.
  const abandon = (): void => {
    if (stop !== undefined)
      spawn(stop[0] ?? '', stop.slice(1), { cwd: directory, detached: true, stdio: 'ignore' });
    signal(server, 'SIGKILL');
  };
  process.once('exit', abandon);
  const end = async (): Promise<void> => {
    if (stop !== undefined) await finished(launch(stop, directory));
    signal(server, 'SIGTERM');
    await finished(server);
    process.off('exit', abandon);
  };
  try {
    await greeted(server, options);
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}

function launch(
  [program = '', ...rest]: readonly string[],
  directory: string,
  environment?: Readonly<Record<string, string>>,
): Server {
  const child = spawn(program, rest, {
    cwd: directory,
    env: { ...process.env, ...environment },
    // A group of its own: Ctrl-C is for afresh, which then stops its servers; and helpers of the server end with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-KEPT);
    });
  const ended = once(child, 'exit').then(
    ([code]) => (code as number | null) ?? 'ended by a signal',
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );
  return { process: child, ended, lastWords: () => lastLine(said) ?? 'it said nothing' };
}

/** Waits for a greeting. A command that ends with 0 has started a server that stays behind. */
async function greeted(server: Server, { start, driver }: ProcessOptions): Promise<void> {
  const [program = ''] = start.command;
  const seconds = start.seconds ?? START_SECONDS;
  const end = performance.now() + seconds * 1_000;
  let failure: string | undefined;
  void server.ended.then(how => {
    if (how !== 0) failure = `it ended at once (${how}): ${server.lastWords()}`;
  });
  while (performance.now() < end && failure === undefined) {
    if (await greets(driver, end - performance.now())) return;
    await delay(PACE);
  }
  throw new TargetError(
    `${program} does not start: ${failure ?? `no greeting within ${seconds} s (${server.lastWords()})`}`,
    3,
  );
}

async function greets(driver: Driver, wait: number): Promise<boolean> {
  const opening = await driver.connect(wait);
  if (opening.kind !== 'open') return false;
  const received = await opening.connection.receive(wait);
  opening.connection.send('QUIT\r\n');
  opening.connection.end('fin');
  return received.kind === 'bytes';
}

/** To the whole group; one that is gone is none of our business. */
function signal({ process: { pid } }: Server, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, name);
  } catch {}
}

/** Waits until it has ended, by force if it must. */
async function finished(server: Server): Promise<void> {
  const timer = setTimeout(() => signal(server, 'SIGKILL'), PATIENCE);
  await server.ended;
  clearTimeout(timer);
}

/** The last line that says something. */
export function lastLine(text: string): string | undefined {
  return text
    .split('\n')
    .map(line => line.trim())
    .findLast(line => line !== '');
}
