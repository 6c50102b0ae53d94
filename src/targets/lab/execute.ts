/** Programs that the lab runs to their end: with a time limit, a bounded answer, and one line if they fail. */

import { execFile } from 'node:child_process';
import { lastLine } from '../process.ts';
import { TargetError } from '../target.ts';

/** What a program may print; package lists are the longest. */
const MAX_OUTPUT = 16 * 1024 * 1024;

export interface Execution {
  /** Milliseconds until the program is killed. */
  readonly limit: number;
  /** Given to its standard input. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program and gives what it printed. Rejects with a `TargetError` unless it ends with 0. */
export function execute(command: readonly string[], { limit, input = '', env }: Execution): Promise<string> {
  const [program = '', ...rest] = command;
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      rest,
      { timeout: limit, maxBuffer: MAX_OUTPUT, killSignal: 'SIGKILL', ...(env === undefined ? {} : { env }) },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else
          reject(new TargetError(`${program}: ${lastLine(stderr) ?? lastLine(stdout) ?? error.message}`, 3));
      },
    );
    // A program that does not read its input is no failure.
    child.stdin?.on('error', () => {}).end(input);
  });
}
