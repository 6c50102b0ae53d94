/**
 * Processes that a client started and left behind in a session of their own, such as a daemon that runs a queue: no
 * group leads to them, but they have the environment that the client was given. Looked for where there is a /proc.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { newNonce } from '../nonce.ts';

const NAME = 'AFRESH_CLIENT';
const OURS = `${process.pid}-${newNonce()}`;
let runs = 0;

/** A word for the environment of one run, by which all that it starts is known. */
export const newMark = (): string => `${OURS}-${++runs}`;

export const marked = (mark: string): Readonly<Record<string, string>> => ({ [NAME]: mark });

/** Ends what one run has left behind; without a mark, what any of ours has. */
export function endLeftovers(mark?: string): void {
  if (runs === 0) return;
  // Variables end with a zero byte.
  const wanted = mark === undefined ? `${NAME}=${OURS}-` : `${NAME}=${mark}\0`;
  for (const pid of processes()) {
    try {
      if (readFileSync(`/proc/${pid}/environ`, 'latin1').includes(wanted)) process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended, or is somebody else's.
    }
  }
}

function processes(): readonly number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}
