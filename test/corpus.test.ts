import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keep, readEntry } from '../src/corpus.ts';
import { finding } from './campaign/reports.ts';
import { folder } from './folder.ts';

const ORIGIN = { target: 't' };

test('what a finding turned out to be is kept in its place', () => {
  const directory = join(folder(), 'corpus');
  const rough = keep(directory, ORIGIN, finding('glued burst', { minimal: false }));
  const small = keep(directory, ORIGIN, finding('glued lines', { withdraws: 'glued burst' }));
  expect(existsSync(rough ?? '')).toBe(false);
  expect(readEntry(small ?? '').fingerprint).toBe('glued lines');
});

test('what turned out to be no finding is kept no more', () => {
  const directory = join(folder(), 'corpus');
  const rough = keep(directory, ORIGIN, finding('keeps x', { minimal: false }));
  expect(
    keep(directory, ORIGIN, finding('keeps x', { minimal: false, withdraws: 'keeps x' })),
  ).toBeUndefined();
  expect(existsSync(rough ?? '')).toBe(false);
});
