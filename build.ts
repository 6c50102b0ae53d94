/**
 * `npm run build`: what is published. The checkout runs from its `.ts` files; below `node_modules` Node takes `.js` only.
 *
 * Every file of `src` and `properties` gets its counterpart in `dist`: compiled, or as it is (styles, scripts of clients,
 * the parts of reproducers).
 */

import { execFileSync } from 'node:child_process';
import { cpSync, rmSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DIST = 'dist';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
rmSync(DIST, { recursive: true, force: true });
execFileSync('npx', ['tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
cpSync('src', `${DIST}/src`, {
  recursive: true,
  filter: file => statSync(file).isDirectory() || !file.endsWith('.ts'),
});
