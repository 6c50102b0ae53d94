/**
 * Clients, and how one is started as a command line (as a function: `thread.ts`). Each start has a time limit; what it
 * wrote and how it ended is kept. Nothing here knows what the server will say.
 */

import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { TargetError } from '../targets/target.ts';
import { endLeftovers, marked, newMark } from './leftovers.ts';
import type { Errand } from './script.ts';
import type { Credentials } from './spell.ts';
import type { Exit } from './transcript.ts';

/** What the user asked of the client: mail in TLS or not at all, or TLS where it can be had. */
export type TlsWish = 'required' | 'opportunistic';

/** One errand: hand this message to that server. */
export interface Order extends Credentials {
  readonly host: string;
  readonly port: number;
  /** The authority to trust: its certificate in PEM, and the file that it stands in. */
  readonly ca: string;
  readonly caFile: string;
  readonly tls: TlsWish;
  readonly errand: Errand;
  /** Milliseconds until the client is stopped. */
  readonly limit: number;
}

export interface Client {
  readonly name: string;
  readonly title: string;
  /** The words of the user's command line, if it is one. */
  readonly command?: readonly string[];
  /** What can be asked of it; the other wish has no meaning for it. */
  readonly wishes: readonly TlsWish[];
  /** Its own time limits are known to be short, so that silence can be put to the test unasked. */
  readonly impatient: boolean;
  /** It is told a name in any case: what it does with an address is its own affair. */
  readonly byName?: true;
  /** Milliseconds of stillness after which it is taken to be waiting for the server, within the usual limit. */
  readonly idle: number;
  /** Name and version, where it tells; rejects with a `TargetError` where it is not there. */
  readonly software: () => Promise<string>;
  /** `signal` stops it at once. */
  readonly launch: (order: Order, signal?: AbortSignal) => Promise<Exit>;
}

/** A command line for an order, and files that it reads, by their names in the folder of the run. */
export interface CommandLine {
  readonly words: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

export interface CommandOptions {
  readonly name: string;
  readonly title: string;
  readonly command?: readonly string[];
  readonly wishes: readonly TlsWish[];
  readonly impatient: boolean;
  /** `folder` is that of the run. */
  readonly line: (order: Order, folder: string) => CommandLine | Promise<CommandLine>;
  /** It runs where afresh does, not in the folder of the run: paths are those that the user knows. */
  readonly inPlace?: true;
  /** A command that prints name and version. */
  readonly version?: readonly string[];
  /** Where to get it; said when it is not there. */
  readonly obtain?: string;
  /** Its home is the folder it runs in, so that nobody's settings change what it does. */
  readonly secluded?: true;
}

/** Files in the folder of every run: the message with CRLF and with LF. */
export const MESSAGE = { crlf: 'message.eml', lf: 'message.txt' } as const;

/** Bytes of a client's output that are kept. */
const MAX_OUTPUT = 16_384;

/** Milliseconds that what a client wrote last has to arrive when it has ended. */
const LAST_WORDS = 200;

/** A process may be busy: it starts, loads, asks for names. */
const IDLE = 2_000;

export function commandClient(options: CommandOptions): Client {
  const { name, title, command, wishes, impatient } = options;
  return {
    name,
    title,
    ...(command === undefined ? {} : { command }),
    wishes,
    impatient,
    idle: IDLE,
    software: () => softwareOf(options),
    launch: (order, signal) => start(options, order, signal),
  };
}

/** The message: its headers, and a body with the mark in it. */
export function letter({ from, to, mark, errand }: Order): string {
  const eightBit = errand.letter === 'eight-bit';
  return [
    `From: <${from}>`,
    `To: <${to}>`,
    `Subject: ${mark}`,
    'Date: Thu, 01 Jan 2026 00:00:00 +0000',
    `Message-ID: <${mark}@sender.example>`,
    ...(eightBit
      ? ['MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit']
      : []),
    '',
    `The word is ${mark}.`,
    ...(eightBit ? ['Grüße'] : []),
    '',
  ].join('\n');
}

const running = new Set<ChildProcess>();
/** A client in a group of its own would outlive us otherwise. */
process.on('exit', () => {
  running.forEach(stop);
  endLeftovers();
});

function stop(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

async function start(options: CommandOptions, order: Order, signal?: AbortSignal): Promise<Exit> {
  const folder = mkdtempSync(join(tmpdir(), 'afresh-client-'));
  try {
    const { words, files = {} } = await options.line(order, folder);
    const text = letter(order);
    const all = { ...files, [MESSAGE.crlf]: text.replaceAll('\n', '\r\n'), [MESSAGE.lf]: text };
    for (const [file, content] of Object.entries(all)) writeFileSync(join(folder, file), content);
    return await execute(options, words, folder, { input: text, limit: order.limit, signal });
  } finally {
    removeFolder(folder);
  }
}

/** What a client left behind may write into it still: what cannot be removed then stays. */
function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // It is in the folder for what is temporary.
  }
}

interface Execution {
  /** For its standard input. */
  readonly input: string;
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

async function execute(
  options: CommandOptions,
  words: readonly string[],
  folder: string,
  { input, limit, signal }: Execution,
): Promise<Exit> {
  const began = performance.now();
  const mark = newMark();
  const child = await spawned(options, words, folder, mark);
  running.add(child);
  const exit = once(child, 'exit') as Promise<[code: number | null, signal: NodeJS.Signals | null]>;
  // It may come in the same moment as the exit.
  const closed = new Promise(resolve => child.once('close', resolve));
  const output = collected(child);
  let late = false;
  const halt = (): void => {
    late = true;
    stop(child);
  };
  const timer = setTimeout(halt, limit);
  signal?.addEventListener('abort', halt);
  if (signal?.aborted === true) halt();
  child.stdin.on('error', () => {}).end(input);
  const [code, killedBy] = await exit;
  clearTimeout(timer);
  signal?.removeEventListener('abort', halt);
  // What it started ends with its group; what has left the group may hold the pipes open, and ends soon after.
  stop(child);
  const gone = setTimeout(() => {
    endLeftovers(mark);
    child.stdout.destroy();
    child.stderr.destroy();
  }, LAST_WORDS);
  await closed;
  clearTimeout(gone);
  running.delete(child);
  if (late) return { kind: 'late', waited: Math.round(performance.now() - began), output: output() };
  const number = killedBy === null ? 0 : constants.signals[killedBy];
  return { kind: 'exited', code: code ?? 128 + number, output: output() };
}

/** The client on its way; a user's error where it cannot be started. */
async function spawned(
  { secluded, inPlace, obtain }: CommandOptions,
  [program = '', ...args]: readonly string[],
  folder: string,
  mark: string,
): Promise<ChildProcessWithoutNullStreams> {
  try {
    const child = spawn(program, args, {
      ...(inPlace === true ? {} : { cwd: folder }),
      detached: true,
      env: {
        ...process.env,
        ...(secluded === true ? { HOME: folder, XDG_CONFIG_HOME: folder, LC_ALL: 'C.UTF-8' } : {}),
        ...marked(mark),
      },
    });
    // Some reasons are thrown, and others told as an event.
    await once(child, 'spawn');
    return child;
  } catch (error) {
    const { code = 'failed' } = error as NodeJS.ErrnoException;
    throw new TargetError(
      `${program === '' ? 'a command without a name' : program} cannot be started (${code})${obtain === undefined ? '' : `: ${obtain}`}`,
    );
  }
}

/** What it writes, on either stream, up to a limit. */
function collected({ stdout, stderr }: ChildProcessWithoutNullStreams): () => string {
  let output = '';
  const collect = (bytes: Buffer): void => {
    if (output.length < MAX_OUTPUT) output += bytes.toString('utf8').slice(0, MAX_OUTPUT - output.length);
  };
  stdout.on('data', collect);
  stderr.on('data', collect);
  return () => output;
}

const VERSION_LIMIT = 10_000;

async function softwareOf(options: CommandOptions): Promise<string> {
  const { name, version } = options;
  if (version === undefined) return name;
  const folder = mkdtempSync(join(tmpdir(), 'afresh-client-'));
  try {
    const { kind, output } = await execute(options, version, folder, { input: '', limit: VERSION_LIMIT });
    const line = output.split('\n').find(text => /\d/.test(text)) ?? name;
    return kind === 'late' ? name : line.trim().slice(0, 80);
  } finally {
    removeFolder(folder);
  }
}
