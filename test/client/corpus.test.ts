/** What is kept of a client: the file of a finding, and when it is written anew. */

import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  type ClientOrigin,
  keepScript,
  newScriptKeeper,
  readScript,
  writeScript,
} from '../../src/client/corpus.ts';
import { CLEAN, type Script } from '../../src/client/script.ts';
import { finding } from '../campaign/reports.ts';
import { folder } from '../folder.ts';

const ORIGIN: ClientOrigin = { client: ['c'], tls: 'required', software: '1.0' };

const script = (steps: number): Script => ({
  errand: {},
  before: Array.from({ length: steps }, () => ({ kind: 'hold', on: 'mail', ms: 1 }) as const),
  upgrade: CLEAN,
  after: [],
});

test('a file that says the same, or less than a finding in a hurry, stays', () => {
  const directory = folder();
  const found = { scenario: script(2), claim: 'x' };
  const file = keepScript(directory, ORIGIN, finding('keeps x', found));
  const noted = { ...readScript(file), judged: 'read' };
  writeScript(file, noted);
  keepScript(directory, ORIGIN, finding('keeps x', found));
  keepScript(directory, ORIGIN, finding('keeps x', { ...found, scenario: script(4), minimal: false }));
  expect(readScript(file)).toEqual(noted);
  keepScript(directory, { ...ORIGIN, software: '2.0' }, finding('keeps x', found));
  expect(readScript(file)).toMatchObject({ software: '2.0' });
  expect(readScript(file)).not.toHaveProperty('judged');
});

test('what a finding turned out to be is kept in its place', () => {
  const keep = newScriptKeeper(folder(), ORIGIN);
  const found = { scenario: script(2), claim: 'x' };
  const rough = keep(finding('keeps x and y', { ...found, minimal: false }));
  const small = keep(finding('keeps x', { ...found, withdraws: 'keeps x and y' }));
  expect(existsSync(rough ?? '')).toBe(false);
  expect(readScript(small ?? '').fingerprint).toBe('keeps x');
});
