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
  const held = await Promise.race([
    once(holder.stdout, 'data').then(() => true),
    once(holder, 'close').then(
      () => false,
      () => false,
    ),
  ]);
  if (!held) throw new TargetError(`${file} is held by another process`);
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await once(holder, 'close');
  }
}
