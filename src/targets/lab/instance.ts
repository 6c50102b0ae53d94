/**
 * Instances: copies of a root, one for each start, so that a server may run several times at once and leaves
 * nothing behind.
 *
 * `/usr` is linked file by file, which takes no room and 30 ms; all else is copied, since servers write there.
 * Whether a process belongs to an instance is told by the kernel: its root directory lies there, whatever the
 * process did to its parent, its group or its name.
 */

import { mkdir, mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execute } from './execute.ts';
import { labFolder, type Root } from './root.ts';

export interface Instance {
  readonly folder: string;
  /** What the server takes for `/`. */
  readonly tree: string;
}

/** Servers see nothing of the user's environment. */
export const SERVER_ENV = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } as const;

const COPY_LIMIT = 60_000;
/** How often processes are looked for that have come up while others were ended. */
const PASSES = 200;

const instances = (): string => join(labFolder(), 'instances');

/** A copy of `root`. The folder's name says which process made it. */
export async function instanceOf(root: Root, name: string): Promise<Instance> {
  await mkdir(instances(), { recursive: true });
  await sweep();
  const folder = await mkdtemp(join(instances(), `${name}.${process.pid}.`));
  const tree = join(folder, 'tree');
  await mkdir(tree);
  const parts = (await readdir(root.tree)).filter(part => part !== 'usr').map(part => join(root.tree, part));
  await execute(['cp', '-a', '--link', join(root.tree, 'usr'), tree], { limit: COPY_LIMIT });
  await execute(['cp', '-a', ...parts, tree], { limit: COPY_LIMIT });
  return { folder, tree };
}

/** Ends every process that runs in the instance, and removes it. Its copy of the root alone is touched. */
export async function destroy({ folder, tree }: Instance): Promise<void> {
  for (let pass = 0; pass < PASSES; pass++) {
    const pids = await processesIn(tree);
    if (pids.length === 0) break;
    for (const pid of pids) end(pid);
    await delay(5);
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Processes whose root directory is `tree` or lies in it. */
export async function processesIn(tree: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  const roots = await Promise.all(pids.map(pid => readlink(`/proc/${pid}/root`).catch(() => '')));
  return pids.filter((_, index) => `${roots[index]}/`.startsWith(`${tree}/`)).map(Number);
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Instances whose maker is gone, and whose keeper too: left behind by a machine that lost its power, say. */
async function sweep(): Promise<void> {
  const alive = new Set(await readdir('/proc'));
  for (const name of await readdir(instances())) {
    const pid = name.split('.').at(-2) ?? '';
    const folder = join(instances(), name);
    if (!alive.has(pid)) await destroy({ folder, tree: join(folder, 'tree') });
  }
}
