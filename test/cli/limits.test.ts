import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { SOUND } from '../../src/targets/reference/behaviour.ts';
import { listen } from '../../src/targets/reference/listener.ts';
import { start } from './afresh.ts';

const folder = mkdtempSync(join(tmpdir(), 'afresh-limits-'));
afterAll(() => rmSync(folder, { recursive: true }));

const afresh = (...args: readonly string[]) => start(args).ended;

describe('afresh limits', () => {
  test('prints a table, and with --verbose the three runs, the repeated lines folded', async () => {
    const { status, stdout } = await afresh('limits', 'reference:limit-unknown-kept', '--verbose', '--quiet');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^unknown \(unrecognised commands\) +5 +5 +kept 5\/5 +421 4\.7\.0 Too many unknown$/m,
    );
    expect(stdout).toMatch(/^commands \(NOOP\) +none up to 1100$/m);
    expect(stdout).toMatch(/of at most 30000 commands sent, on \d+ connections/);
    expect(stdout).toContain('fresh connection, with the events behind TLS');
    expect(stdout).toContain('(the same 4 times more)');
  });

  test('judges by the policy, in words and by its exit code', async () => {
    const args = ['limits', 'reference:limit-errors-restarted', '--quiet'];
    const passed = await afresh(...args);
    expect(passed.status).toBe(0);
    const { status, stdout } = await afresh(...args, '--keep', 'errors=must');
    expect(status).toBe(1);
    expect(stdout).toContain(
      'VIOLATED: the limit on errors (6 syntax errors) must outlive STARTTLS and is restarted',
    );
  });

  test('what the policy judges and was not measured is no pass', async () => {
    const args = ['limits', 'reference', '--quiet', '--commands', '10'];
    const { status, stdout } = await afresh(...args, '--policy', 'no-free-pass');
    expect(status).toBe(3);
    expect(stdout).toContain(
      'INCONCLUSIVE: what STARTTLS makes of the limit on errors (10 commands were not enough)',
    );
    expect((await afresh(...args)).status).toBe(0);
  });

  test('tells the password of a login that goes before all to nobody', async () => {
    const server = await listen(
      {
        behaviour: {
          ...SOUND,
          judge: (event, _argument, { secure, session }) =>
            secure && event === 'mail' && session.greeting !== undefined && session.login === undefined
              ? { code: 530, enhanced: '5.7.0', lines: ['Log in first'] }
              : 'sound',
        },
        limits: { transactions: 3 },
      },
      { host: '127.0.0.1', port: 0 },
    );
    const file = join(folder, 'login.json');
    const { user, password } = server.login ?? { user: '', password: '' };
    const args = ['--auth', `${user}:${password}`, '--json', file, '--verbose', '--quiet'];
    const { stdout } = await afresh('limits', server.address, ...args);
    await server.stop();
    expect(readFileSync(file, 'utf8')).toContain('AUTH PLAIN (password)');
    for (const said of [stdout, readFileSync(file, 'utf8')])
      expect(said).not.toContain(Buffer.from(`\0${user}\0${password}`).toString('base64'));
  });

  test('writes what was measured as JSON', async () => {
    const file = join(folder, 'limits.json');
    await afresh(
      'limits',
      'reference:limit-announced',
      '--quiet',
      '--json',
      file,
      '--policy',
      'no-free-pass',
    );
    const result = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    expect(result).toMatchObject({
      schema: 1,
      kind: 'afresh-limits',
      policy: { errors: 'must', proxy: 'never' },
      violations: [],
      announced: [{ keyword: 'RCPTMAX', announced: 5 }, { keyword: 'MAILMAX' }],
      commands: { most: 30_000 },
    });
    expect(result['limits']).toContainEqual(
      expect.objectContaining({ limit: 'transactions', threshold: 3, kept: 'kept', atStarttls: 'kept' }),
    );
  });

  test('a policy may stand in a file; what it cannot say is an error', async () => {
    const file = join(folder, 'policy.json');
    writeFileSync(file, JSON.stringify({ preset: 'letter', unknown: 'may' }));
    const target = 'reference:limit-unknown-kept';
    expect((await afresh('limits', target, '--quiet', '--policy', file)).status).toBe(0);
    expect((await afresh('limits', target, '--quiet', '--policy', 'letter')).status).toBe(1);
    writeFileSync(file, JSON.stringify({ erors: 'may' }));
    const { status, stderr } = await afresh('limits', target, '--policy', file);
    expect(status).toBe(2);
    expect(stderr).toMatch(/policy\.json: there is no limit erors; known: transactions, .*, proxy\n$/);
    expect((await afresh('limits', target, '--policy', 'lax')).stderr).toContain(
      'no such file, and no preset; presets: letter, practice, no-free-pass',
    );
  });

  test('a limit that was forgotten is found by check, kept, and replayed by measuring again', async () => {
    const corpus = join(folder, 'corpus');
    const found = await afresh(
      ...['check', 'reference:limit-time-restarted', '--keep', 'time=must', '--scenarios', '1'],
      ...['--corpus', corpus, '--quiet'],
    );
    expect(found.status).toBe(1);
    expect(found.stdout).toContain('FINDING 1: limit forgotten: time');
    const file = join(corpus, 'reference-limit-time-restarted-limit-forgotten-time.json');
    const again = await afresh('replay', file);
    expect(again.stdout).toMatch(/^FAILED/);
    expect(again.status).toBe(1);
    const kept = await afresh('replay', file, '--target', 'reference:limit-time-kept');
    expect(kept.stdout).toMatch(/^FIXED/);
    expect(kept.status).toBe(0);
  });
});
