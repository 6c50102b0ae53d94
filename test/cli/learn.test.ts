/** `afresh learn`: what it prints, what it writes, and how it ends. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { start } from './afresh.ts';

const folder = mkdtempSync(join(tmpdir(), 'afresh-learn-'));
afterAll(() => rmSync(folder, { recursive: true }));

const INPUTS = ['--inputs', 'ehlo,mail,rcpt,starttls'];
const afresh = (...args: readonly string[]) => start(['learn', ...args]).ended;

test('a sound server holds, and says how far that was put to the test', async () => {
  const { status, stdout } = await afresh('reference', ...INPUTS, '--quiet');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^reference \(.*\): HOLDS$/m);
  expect(stdout).toMatch(/it leads to the state of a fresh connection from each of them/);
  expect(stdout).toMatch(/^ {2}6 states over ehlo mail rcpt starttls$/m);
  expect(stdout).toMatch(/complete: a server with up to 8 states that differs/);
});

test('a faulty server is a finding, and the machine is written with where STARTTLS leads', async () => {
  const out = join(folder, 'a', 'b');
  const { status, stdout } = await afresh('reference:keeps-sender', ...INPUTS, '--quiet', '--out', out);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^FINDING 1: keeps sender$/m);
  expect(stdout).toMatch(/behind EHLO MAIL; then in TLS RCPT: 250, not 503/);
  expect(readdirSync(out).sort()).toEqual(['machine.dot', 'machine.json', 'machine.svg']);
  const kept = JSON.parse(readFileSync(join(out, 'machine.json'), 'utf8'));
  expect(kept).toMatchObject({
    schema: 1,
    kind: 'afresh-machine',
    verdict: 'violated',
    inputs: ['ehlo', 'mail', 'rcpt', 'starttls'],
    findings: [{ fingerprint: 'keeps sender' }],
  });
  expect(kept.states[kept.fresh].access).toEqual(['starttls']);
  expect(kept.entries.some(({ told }: { told?: unknown }) => told !== undefined)).toBe(true);
  expect(readFileSync(join(out, 'machine.svg'), 'utf8')).toContain('leads astray');
});

test('findings are kept with --corpus as soon as they are confirmed, and told with what shows them again', async () => {
  const corpus = join(folder, 'corpus');
  const { status, stdout } = await afresh('reference:keeps-sender', ...INPUTS, '--quiet', '--corpus', corpus);
  expect(status).toBe(1);
  const file = join(corpus, 'reference-keeps-sender-keeps-sender.json');
  expect(readdirSync(corpus).map(name => join(corpus, name))).toEqual([file]);
  expect(stdout).toContain(`Next: after a fix, "afresh replay ${file}" says FIXED.`);
  expect((await start(['replay', file]).ended).stdout).toMatch(/^FAILED/m);
});

mkdirSync(join(folder, 'taken', 'machine.svg'), { recursive: true });

test.each([
  ['a picture that is a folder', ['reference', '--out', join(folder, 'taken')], /machine\.svg: .*a folder/],
  [
    'a misspelled input',
    ['reference', '--inputs', 'ehlo, strattls'],
    /no input "strattls"\. Did you mean starttls\? Known/,
  ],
  [
    'an unknown input',
    ['reference', '--inputs', 'ehlo,quux,starttls'],
    /no input "quux"\. Known: helo, ehlo/,
  ],
  ['inputs without STARTTLS', ['reference', '--inputs', 'ehlo,mail'], /Without starttls nothing/],
  ['a folder that is none', ['reference', '--out', '/dev/null/x'], /\/dev\/null\/x/],
])('%s is one line and exit 2', async (_, args, told) => {
  const { status, stderr } = await afresh(...args);
  expect(status).toBe(2);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(told);
});
