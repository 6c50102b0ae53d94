/** Where what is to be said finds no taker: the search, its files and its exit code stand. */

import { execFileSync, spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openOutputs } from '../../src/cli/outputs.ts';
import { progressTo } from '../../src/cli/progress.ts';
import { writeWhole } from '../../src/document.ts';
import type { Report } from '../../src/report/report.ts';
import { resultsOf } from '../../src/report/results.ts';
import { folder } from '../folder.ts';
import { MAIN, start } from './afresh.ts';

afterEach(() => vi.unstubAllEnvs());

/** A search that finds something, with `redirect` as a shell understands it. */
function check(redirect: string, ...options: readonly string[]) {
  const args = ['check', 'reference+tls:keeps-greeting', '--scenarios', '40', '--seed', '3', ...options];
  const command = ['-o', 'pipefail', '-c', `"$0" "$@" ${redirect}`, process.execPath, MAIN, ...args];
  return spawnSync('bash', command, { encoding: 'utf8', timeout: 55_000, killSignal: 'SIGKILL' });
}

const findings = (file: string): number => (JSON.parse(readFileSync(file, 'utf8')) as Report).findings.length;

describe('what cannot be printed', () => {
  test.each([
    ['nobody reads the result', '| true'],
    ['nobody reads the progress', '2>&1 >&3 3>&- | true'],
    ['there is no room for the progress', '2> /dev/full'],
  ])('%s', (_, redirect) => {
    const json = join(folder(), 'result.json');
    const { status, stderr } = check(`3> /dev/null ${redirect}`, '--json', json);
    expect(stderr).not.toContain('fault of afresh');
    expect(status).toBe(1);
    expect(findings(json)).toBe(1);
  });

  test('there is no room for the result: one line, exit 2, and the file is whole', () => {
    const json = join(folder(), 'result.json');
    const { status, stderr } = check('> /dev/full', '--json', json, '--quiet');
    expect(stderr).toBe('afresh: standard output: cannot be written (the disk is full, ENOSPC)\n');
    expect(status).toBe(2);
    expect(findings(json)).toBe(1);
  });
});

describe('what cannot be written any more', () => {
  test('of several files, the others are written all the same', () => {
    const directory = folder();
    mkdirSync(join(directory, 'gone'));
    const outputs = openOutputs({ json: join(directory, 'gone', 'a.json'), html: join(directory, 'b.html') });
    rmSync(join(directory, 'gone'), { recursive: true });
    writeFileSync(join(directory, 'gone'), '');
    expect(() => outputs.write(resultsOf([]))).toThrow(/a\.json: cannot be written/);
    expect(readdirSync(directory)).toEqual(['b.html', 'gone']);
  });

  test('the job summary of GitHub Actions', () => {
    vi.stubEnv('GITHUB_ACTIONS', 'true');
    vi.stubEnv('GITHUB_STEP_SUMMARY', folder());
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const outputs = openOutputs({});
    expect(() => outputs.write(resultsOf([]))).toThrow(/cannot be written \(it is a folder, EISDIR\)/);
    vi.restoreAllMocks();
  });

  test('a corpus: the finding is printed and stands in the result', async () => {
    const directory = folder();
    const corpus = join(directory, 'corpus');
    const json = join(directory, 'result.json');
    const args = ['reference:keeps-greeting', '--scenarios', '40', '--seed', '3'];
    const running = start(['check', ...args, '--corpus', corpus, '--json', json]);
    await running.said('checking');
    rmSync(corpus, { recursive: true, force: true });
    writeFileSync(corpus, '');
    const { status, stdout, stderr } = await running.ended;
    expect(stderr).toMatch(/^afresh: .*keeps-greeting\.json: cannot be written \(.*\)$/m);
    expect(stdout).toContain('FINDING 1: keeps greeting');
    expect(status).toBe(2);
    expect(findings(json)).toBe(1);
  });
});

describe('what is no plain file', () => {
  test('a pipe is written to, and stays one', () => {
    const pipe = join(folder(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const { stdout } = check(`> /dev/null & timeout 50 cat '${pipe}'`, '--quiet', '--json', pipe);
    expect((JSON.parse(stdout) as Report).findings).toHaveLength(1);
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });

  test('a link stays one', () => {
    const directory = folder();
    const [file, link] = [join(directory, 'file'), join(directory, 'link')];
    writeFileSync(file, 'old');
    symlinkSync('file', link);
    writeWhole(link, 'new');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(readdirSync(directory)).toEqual(['file', 'link']);
  });
});

test('the live line fits the terminal: what is wrapped could not be taken back', () => {
  vi.stubEnv('CI', undefined);
  const said: string[] = [];
  const stream = { isTTY: true, columns: 40, write: (text: string) => said.push(text) };
  const progress = progressTo(stream as unknown as NodeJS.WriteStream, { quiet: false, verbose: false });
  const now = { scenarios: 6_059, connections: 9_000, elapsed: 60_000, states: 14, transitions: 250 };
  progress.update({ ...now, findings: 0, left: 45_000 });
  expect(said).toEqual(['\r\x1b[K6059 scenarios, 150 connections/s, 14 s']);
});
