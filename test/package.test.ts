/** The published package: packed, installed in a folder of its own, and used there as anyone would. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
// The machine's own Node may be older than what afresh needs.
const env = { ...process.env, NO_COLOR: '1', PATH: `${dirname(process.execPath)}:${process.env['PATH']}` };

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'package-'));
  writeFileSync(join(folder, 'package.json'), '{"name": "user", "version": "1.0.0", "type": "module"}');
  const packed = run(ROOT, 'npm', 'pack', '--json', '--pack-destination', folder).stdout;
  const [, tarball = ''] = /"filename": "([^"]+)"/.exec(packed) ?? [];
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
  run(folder, 'npm', 'install', ...quiet, join(folder, tarball));
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(cwd: string, command: string, ...args: readonly string[]) {
  return spawnSync(command, args, { cwd, env, encoding: 'utf8' });
}

const afresh = (...args: readonly string[]) => run(folder, 'npx', '--no-install', 'afresh', ...args);

test('the command runs', () => {
  expect(afresh('list', 'targets')).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^reference /m),
  });
});

test('its worker processes run, and its reports are whole', () => {
  writeFileSync(join(folder, 'campaign.yaml'), 'targets: ["reference:keeps-login"]\nseed: 3\n');
  const { status, stdout } = afresh('campaign', '--scenarios', '800', '--html', 'page.html');
  expect(stdout).toMatch(/new: keeps login/);
  expect(status).toBe(1);
});

test('its threads run', () => {
  expect(afresh('check-client', 'reference', '--scenarios', '20').status).toBe(0);
});

test('a server that does not come with it is told in one line', () => {
  const { status, stderr } = afresh('check', 'smtp-server');
  expect({ status, stderr }).toEqual({ status: 3, stderr: 'afresh: smtp-server is not installed\n' });
});

test('it can be imported, with types', () => {
  writeFileSync(
    join(folder, 'used.mts'),
    "import { targetOf } from 'afresh';\nexport const name: string = targetOf('reference').name;\n",
  );
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
  const types = ['--skipLibCheck', '--types', 'node', '--typeRoots', join(ROOT, 'node_modules/@types')];
  expect(
    run(folder, tsc, '--module', 'nodenext', '--target', 'es2024', '--strict', ...types, 'used.mts'),
  ).toMatchObject({ status: 0, stdout: '' });
  const imported = "import('./used.mjs').then(({ name }) => console.log(name))";
  expect(run(folder, process.execPath, '--eval', imported).stdout).toBe('reference\n');
});
