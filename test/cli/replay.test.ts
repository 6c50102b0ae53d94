import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { GREETING_KEPT, kept, keptOfClient, SIZE_KEPT } from '../entries.ts';
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

test.each([
  ['a client known by name', ['reference:keeps-size']],
  [
    'a command line',
    ['--', process.execPath, fileURLToPath(new URL('keeps-size.mjs', import.meta.url)), '{port}', '{ca}'],
  ],
])('the findings of a JSON result about %s are taken, too', async (_, client) => {
  const result = join(folder(), 'result.json');
  await afresh('check-client', '--scenarios', '8', '--stop-on-first', '--json', result, ...client);
  const { status, stdout } = await afresh('replay', result);
  expect(stdout).toMatch(/^FAILED /);
  expect(status).toBe(1);
});

describe('--client-timeout says when a client is stopped', () => {
  const idler = { client: ['sh', '-c', 'sleep 60', '{port}'] };

  test('replay', async () => {
    const { status, stdout } = await afresh('replay', keptOfClient(idler), '--client-timeout', '500ms');
    expect(stdout).toMatch(/^ERROR .*it was stopped after \d{3,4} ms/);
    expect(status).toBe(3);
  });

  test('minimise', async () => {
    const { status, stderr } = await afresh('minimise', keptOfClient(idler), '--client-timeout', '500ms');
    expect(stderr).toMatch(/^afresh: nothing to minimise: seen in 0 of 5 pairs/);
    expect(status).toBe(3);
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

  test('does the same for a client, and writes a script that shows it', async () => {
    const { upgrade } = SIZE_KEPT.scenario;
    const directory = folder();
    const [out, script] = [join(directory, 'small.json'), join(directory, 'show.py')];
    const file = keptOfClient({
      scenario: {
        errand: { login: true, letter: 'eight-bit' },
        before: [
          { kind: 'keyword', keyword: 'DSN' },
          { kind: 'size', limit: 10_000 },
        ],
        upgrade: { ...upgrade, handshake: { kind: 'sound', version: '1.2', certificate: 'right' } },
        after: [{ kind: 'auth', mechanisms: ['PLAIN'] }],
      },
    });
    const { status, stdout } = await afresh('minimise', file, '--out', out, '--reproducer', script);
    expect(stdout).toMatch(/^4 steps → 2$/m);
    expect(status).toBe(0);
    const { fingerprint, signature, scenario } = SIZE_KEPT;
    const small = JSON.parse(readFileSync(out, 'utf8'));
    expect(small).toMatchObject({ fingerprint, signature });
    expect(small.scenario).toEqual(scenario);
    expect(readFileSync(script, 'utf8')).toContain('250 SIZE');
    expect((await afresh('replay', out)).status).toBe(1);
  });

  test('exit 3 where a client no longer does it', async () => {
    const { status, stderr } = await afresh('minimise', keptOfClient({ client: ['reference'] }));
    expect(stderr).toMatch(/^afresh: nothing to minimise: seen in 0 of 5 pairs/);
    expect(status).toBe(3);
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
