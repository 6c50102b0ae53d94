import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileOf, keep, newKeeper, type Origin, readEntry, writeEntry } from '../src/corpus.ts';
import type { ReportedFinding } from '../src/report/report.ts';
import { BARE } from '../src/scenario.ts';
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

const steps = (count: number) => ({
  before: Array.from({ length: count }, () => ({ kind: 'noop' }) as const),
  upgrade: BARE,
  after: [],
});

test('what there was no time to make small takes no smaller one’s place; what is small does', () => {
  const directory = join(folder(), 'corpus');
  const lengthAfter = (found: ReportedFinding): number =>
    readEntry(keep(directory, ORIGIN, found) ?? '').scenario.before.length;
  expect(lengthAfter(finding('keeps x', { scenario: steps(9), minimal: false }))).toBe(9);
  expect(lengthAfter(finding('keeps x', { scenario: steps(3), minimal: false }))).toBe(3);
  expect(lengthAfter(finding('keeps x', { scenario: steps(5), minimal: false }))).toBe(3);
  // The shorter way may be closed by now.
  expect(lengthAfter(finding('keeps x', { scenario: steps(4), minimal: true }))).toBe(4);
});

test('what was written by hand stays where the same is found again; the configuration in any case', () => {
  const directory = join(folder(), 'corpus');
  const kept = (more: Partial<ReportedFinding>, origin: Origin = ORIGIN) => {
    const file = keep(directory, origin, finding('keeps x', more)) ?? '';
    return { file, entry: readEntry(file) };
  };
  const known = { ...ORIGIN, software: '1.0' };
  const first = kept({ scenario: steps(3) }, known);
  const noted = { ...first.entry, configuration: 'default', judged: 'read' };
  writeEntry(first.file, noted);
  expect(kept({ scenario: steps(3) }, known).entry).toEqual(noted);
  // A campaign does not know the version.
  expect(kept({ scenario: steps(3) }).entry).toEqual(noted);
  const anew = kept({ scenario: steps(3) }, { ...ORIGIN, software: '2.0' }).entry;
  expect(anew).toMatchObject({ configuration: 'default', software: '2.0' });
  expect(anew).not.toHaveProperty('judged');
});

test('a file that holds nothing one could read is written anew', () => {
  const directory = join(folder(), 'corpus');
  const file = keep(directory, ORIGIN, finding('keeps x')) ?? '';
  writeFileSync(file, '{"schema": 1, "kind": "afresh-sce');
  expect(readEntry(keep(directory, ORIGIN, finding('keeps x')) ?? '').fingerprint).toBe('keeps x');
});

test('findings whose names differ only at their ends have files of their own', () => {
  const named = (end: string): string => fileOf('corpus', ORIGIN, `${'handler state '.repeat(12)}${end}`);
  expect(named('one')).not.toBe(named('two'));
  expect(fileOf('corpus', ORIGIN, 'keeps greeting')).toMatch(/-keeps-greeting\.json$/);
});
