/** The real command line in a process of its own. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly pid: number;
  signal(name: NodeJS.Signals): void;
  /** Resolves when standard error holds the text. */
  said(text: string): Promise<void>;
  readonly ended: Promise<Ended>;
}

/** Most of what a short command costs is reading its own code. */
const CACHE = { NODE_COMPILE_CACHE: join(tmpdir(), 'afresh-test-code') };
export const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...CACHE, NO_COLOR: '1', ...env },
  });
  let stdout = '';
  let stderr = '';
  const waiting = new Map<string, () => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    for (const [wanted, found] of waiting) if (stderr.includes(wanted)) found();
  });
  return {
    pid: child.pid ?? 0,
    signal: name => child.kill(name),
    said: text =>
      new Promise(resolve => {
        if (stderr.includes(text)) resolve();
        else waiting.set(text, resolve);
      }),
    ended: once(child, 'close').then(([status]) => ({ status: status as number | null, stdout, stderr })),
  };
}

export const afresh = (...args: readonly string[]): Promise<Ended> => start(args).ended;
