import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { GREETING_KEPT, kept } from '../entries.ts';
import { folder } from '../folder.ts';
import { afresh } from './afresh.ts';

const { scenario } = GREETING_KEPT;

describe('afresh replay', () => {
  test('FAILED, exit 1, where the finding still shows', async () => {
    const { status, stdout } = await afresh('replay', kept());
    expect(stdout).toMatch(/^FAILED .*MAIL is answered 250 in TLS/);
    expect(status).toBe(1);
  });

  test('FIXED, exit 0, on a version that forgets', async () => {
    const { status, stdout } = await afresh('replay', kept(), '--target', 'smtp-server');
    expect(stdout).toMatch(/^FIXED /);
    expect(status).toBe(0);
  });

  test('ERROR, exit 3, where nothing answers: a server that is gone is not fixed', async () => {
    const { status, stdout } = await afresh('replay', kept(), '--target', 'smtp://127.0.0.1:1');
    expect(stdout).toMatch(/^ERROR .*nothing answers there/);
    expect(status).toBe(3);
  });

  test('of several the gravest counts, each on a line of its own', async () => {
    const file = kept();
    const fixed = kept({ signature: 'mail code 250/550' });
    const { status, stdout } = await afresh('replay', fixed, file);
    expect(stdout.split('\n').map(line => line.split(' ')[0])).toEqual(['FIXED', 'FAILED', '']);
    expect(status).toBe(1);
  });

  test('the findings of a JSON result are taken as they are', async () => {
    const directory = folder();
    const result = join(directory, 'result.json');
    await afresh('check', 'reference:keeps-login', '--scenarios', '400', '--stop-on-first', '--json', result);
    const { status, stdout } = await afresh('replay', result);
    expect(stdout).toMatch(/^FAILED /);
    expect(status).toBe(1);
  });
});

describe('afresh minimise', () => {
  test('leaves what the effect needs, and keeps it in the file', async () => {
    const file = kept({
      scenario: {
        before: [{ kind: 'noop' }, { kind: 'ehlo', name: 'c' }, { kind: 'vrfy', argument: 'd' }],
        upgrade: { ...scenario.upgrade, handshake: { kind: 'sound', version: '1.2', sni: true } },
        after: [{ kind: 'noop' }, { kind: 'mail', from: 'b', size: 10 }, { kind: 'rset' }],
      },
      difference: { at: 1, used: '250', fresh: '503' },
    });
    const { status, stdout } = await afresh('minimise', file);
    expect(stdout).toMatch(/^7 steps → 3$/m);
    expect(status).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      signature: GREETING_KEPT.signature,
      difference: { at: 0 },
      scenario: { ...scenario, after: [{ kind: 'mail' }] },
    });
    expect((await afresh('replay', file)).status).toBe(1);
  });

  test('exit 3 and the file untouched where the effect does not show', async () => {
    const file = kept({ signature: 'mail code 250/550' });
    const before = readFileSync(file, 'utf8');
    const { status, stderr } = await afresh('minimise', file);
    expect(stderr).toMatch(/^afresh: nothing to minimise: not seen in \d+ runs/);
    expect(status).toBe(3);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});

test('a kept scenario of a target file is replayed with it', async () => {
  const file = join(folder(), 'target.json');
  writeFileSync(file, JSON.stringify({ schema: 1, kind: 'afresh-target', address: 'smtp://127.0.0.1:1' }));
  const { status, stdout } = await afresh('replay', kept({ target: file }));
  expect(stdout).toMatch(/^ERROR .*127\.0\.0\.1:1: nothing answers there/);
  expect(status).toBe(3);
});
