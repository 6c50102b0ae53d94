/**
 * The program that watches over one instance: it starts the commands in their root, and when its standard input
 * ends it ends all of them and removes the instance.
 *
 * The other end of that input is afresh. It is closed to stop the server, and the kernel closes it when afresh
 * dies, however it dies: one way out, whatever happens. If a command ends by itself, so does everything else.
 */

import { spawn } from 'node:child_process';
import { destroy, SERVER_ENV } from './instance.ts';

const [folder = '', tree = '', commands = '[]'] = process.argv.slice(2);

const children = (JSON.parse(commands) as readonly (readonly string[])[]).map(command =>
  spawn('chroot', [tree, ...command], { env: SERVER_ENV, cwd: '/', stdio: ['ignore', 'inherit', 'inherit'] }),
);

let finished = false;
async function finish(): Promise<void> {
  if (finished) return;
  finished = true;
  // A child that has not come as far as its chroot is not found by its root.
  for (const child of children) child.kill('SIGKILL');
  await destroy({ folder, tree });
  process.exit();
}

for (const child of children) child.once('exit', finish).once('error', finish);
process.stdin.once('end', finish).once('error', finish).resume();
