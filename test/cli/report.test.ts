import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REPORTERS } from '../../src/report/reporters.ts';
import { hostile, realReport } from '../report/stored.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'afresh-report-'));
const login = join(folder, 'login.json');
const sound = join(folder, 'sound.json');

beforeAll(async () => {
  writeFileSync(login, JSON.stringify(await realReport('reference:keeps-login')));
  writeFileSync(sound, JSON.stringify(await realReport('reference')));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function afresh(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  try {
    const { GITHUB_ACTIONS: _, ...own } = process.env;
    const options = { env: { ...own, ...env }, timeout: 30_000 };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [main, ...args], options);
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as Ended;
  }
}

describe('afresh report', () => {
  test('merges results, renders every format, and exits as the gravest verdict says', async () => {
    const files = [...Object.keys(REPORTERS), 'events'].map(name => [
      `--${name}`,
      join(folder, `out.${name}`),
    ]);
    const { code, stdout } = await afresh(['report', login, sound, login, ...files.flat()]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^reference: HOLDS \(1 run, /m);
    expect(JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8'))).toHaveLength(2);
    for (const [, file = ''] of files) expect(readFileSync(file, 'utf8')).toContain('keeps-login');
    expect((await afresh(['report', sound])).code).toBe(0);
  });

  test('tells what is new against earlier results', async () => {
    const { stdout } = await afresh(['report', login, '--earlier', login, sound]);
    expect(stdout).toMatch(/^ {2}found +must +keeps login: /m);
    const later = join(folder, 'later.json');
    writeFileSync(later, readFileSync(login, 'utf8').replace(/"startedAt":"2/, '"startedAt":"3'));
    expect((await afresh(['report', later, '--earlier', login])).stdout).toMatch(/^ {2}known +must /m);
  });

  test.each([
    [['nothing.json'], /nothing\.json: cannot be read \(there is no such file, ENOENT\)/],
    [[main], /main\.ts: not whole JSON; was it cut off\?/],
    [
      [join(folder, 'login.json'), '--json', join(main, 'x.json')],
      /main\.ts\/x\.json: cannot be written \([a-z -]+, (?:ENOTDIR|EEXIST)\)/,
    ],
    [[join(folder, 'login.json'), '--json', folder], /cannot be written \(it is a folder, EISDIR\)/],
  ])('a mistake is told in one line, with exit 2: %j', async (args, message) => {
    const { code, stderr } = await afresh(['report', ...args]);
    expect(code).toBe(2);
    expect(stderr.trim()).toMatch(message);
    expect(stderr.trim()).not.toContain('\n');
  });

  test('in GitHub Actions, annotations and a job summary; nothing else is taken for a command', async () => {
    const evil = join(folder, 'evil.json');
    writeFileSync(evil, JSON.stringify(hostile(await realReport(), '\n::error::forged ##[error]forged')));
    const summary = join(folder, 'summary.md');
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
    const { stdout } = await afresh(['report', evil], env);
    const lines = stdout.trimEnd().split('\n');
    const token = /^::stop-commands::(.+)$/.exec(lines[0] ?? '')?.[1];
    const resumed = lines.indexOf(`::${token}::`);
    expect(resumed).toBeGreaterThan(0);
    expect(lines.slice(resumed + 1).every(line => /^::error title=/.test(line))).toBe(true);
    expect(readFileSync(summary, 'utf8')).toContain('| **violated**');
  });
});
