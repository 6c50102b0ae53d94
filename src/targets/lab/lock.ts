/** One process at a time. The kernel holds the lock (`flock`), so that it cannot outlive its holder. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { TargetError } from '../target.ts';

/** Seconds to wait for another process, which may be fetching packages. */
const PATIENCE = 1_800;

/** Does `work` while no other process holds the lock on `file`. */
export async function locked<T>(file: string, work: () => Promise<T>): Promise<T> {
  // The lock is held until `cat` ends, which it does with its input: on release, or when this process dies.
  const holder = spawn('flock', ['--timeout', String(PATIENCE), file, 'sh', '-c', 'echo held && exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  const failure = await Promise.race([
    once(holder.stdout, 'data').then(() => undefined),
    once(holder, 'close').then(
      () => `${file} is held by another process`,
      (error: Error) => `${file} cannot be locked: ${error.message}`,
    ),
  ]);
  if (failure !== undefined) throw new TargetError(failure, 3);
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await once(holder, 'close');
  }
}
