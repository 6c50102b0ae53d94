import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newKeeper, readEntry } from '../src/corpus.ts';
import { finding } from './campaign/reports.ts';
import { folder } from './folder.ts';

const ORIGIN = { target: 't' };

test('what a finding turned out to be is kept in its place', () => {
  const directory = join(folder(), 'corpus');
  const keep = newKeeper(directory, ORIGIN);
  const rough = keep(finding('glued burst', { minimal: false }));
  const small = keep(finding('glued lines', { withdraws: 'glued burst' }));
  expect(existsSync(rough ?? '')).toBe(false);
  expect(readEntry(small ?? '').fingerprint).toBe('glued lines');
});

test('what turned out to be no finding is kept no more', () => {
  const directory = join(folder(), 'corpus');
  const keep = newKeeper(directory, ORIGIN);
  const rough = keep(finding('keeps x', { minimal: false }));
  expect(keep(finding('keeps x', { minimal: false, withdraws: 'keeps x' }))).toBeUndefined();
  expect(existsSync(rough ?? '')).toBe(false);
});

test('what was kept before the run stays, whatever turns out to be something else', () => {
  const directory = join(folder(), 'corpus');
  const before = newKeeper(directory, ORIGIN)(finding('glued burst'));
  const keep = newKeeper(directory, ORIGIN);
  keep(finding('glued burst', { minimal: false }));
  keep(finding('glued lines', { withdraws: 'glued burst' }));
  expect(existsSync(before ?? '')).toBe(true);
});
