/** `npm start`: the main job on embedded defaults. A sound server, a planted fault, and a real faulty server. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const RUNS = [
  ['reference', '--time', '8s'],
  ['reference:keeps-login', '--time', '15s', '--stop-on-first'],
  ['smtp-server@3.19.2', '--time', '30s', '--stop-on-first'],
] as const;

for (const [target, ...options] of RUNS) {
  process.stdout.write(`\n$ afresh check ${target} ${options.join(' ')}\n`);
  const { status } = spawnSync(process.execPath, [main, 'check', target, ...options], { stdio: 'inherit' });
  // Of these three, two are meant to be found faulty: only what could not be checked is a failure here.
  if (status !== 0 && status !== 1) process.exit(status ?? 1);
}
