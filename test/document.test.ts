/** Files that are read with care, and written whole or not at all; and what keeps a machine from either, in words. */

import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  ensureWritable,
  isStream,
  readDocument,
  readJson,
  readYaml,
  troubleOf,
  writeWhole,
} from '../src/document.ts';
import { folder } from './folder.ts';

/** What an act throws. */
function thrown(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

function written(text: string | Uint8Array): string {
  const file = join(folder(), 'file.json');
  writeFileSync(file, text);
  return file;
}

test.each([
  ['{"a": 1', 'not whole JSON; was it cut off?'],
  ['', 'not whole JSON; was it cut off?'],
])('of %j it is said that it is no JSON', (text, why) => {
  const file = written(text);
  expect(() => readJson(file)).toThrow(`${file}: ${why}`);
});

test('a mark in front that some editors write is no part of the text', () => {
  expect(readJson(written('\ufeff{"a": 1}'))).toEqual({ a: 1 });
});

test('what has no end is not read to its end', () => {
  expect(() => readJson('/dev/zero')).toThrow('it has no end, or is larger than 32 MiB');
  expect(() => readYaml(written(`a: "${'x'.repeat(1024 * 1024)}"`))).toThrow('larger than 1 MiB');
});

test('a document of another kind, of a later schema, or with a wrong field is told by what is wrong', () => {
  const wanted = { kind: 'k', what: 'a k of ours', schema: z.object({ a: z.object({ b: z.int() }) }) };
  const read = (document: unknown) => {
    const file = written(JSON.stringify(document));
    return () => readDocument(file, wanted);
  };
  expect(read({ kind: 'l', schema: 1 })).toThrow('not a k of ours (its "kind" is not "k")');
  expect(read(null)).toThrow('not a k of ours');
  expect(read({ kind: 'k', schema: 2 })).toThrow('schema 2, this afresh knows schema 1 only');
  expect(read({ kind: 'k', schema: 1, a: { b: 'c' } })).toThrow(/: a\.b: /);
  expect(read({ kind: 'k', schema: 1, a: { b: 3 } })()).toEqual({ a: { b: 3 } });
});

test('a file is written with its folders, and takes the place of what was there, behind a link as well', () => {
  const place = join(folder(), 'a', 'b', 'file');
  writeWhole(place, 'old');
  const link = join(folder(), 'link');
  symlinkSync(place, link);
  writeWhole(link, 'new');
  expect([readlinkSync(link), readFileSync(place, 'utf8')]).toEqual([place, 'new']);
  expect(readdirSync(join(place, '..'))).toEqual(['file']);
});

test('whether a file can be written is known without a trace, and what stands there stays', () => {
  const directory = folder();
  const file = join(directory, 'file');
  writeFileSync(file, 'old');
  ensureWritable(file);
  ensureWritable(join(directory, 'other'));
  expect(readdirSync(directory)).toEqual(['file']);
  expect(readFileSync(file, 'utf8')).toBe('old');
  expect(() => ensureWritable(directory)).toThrow('cannot be written (it is a folder, EISDIR)');
  expect(() => ensureWritable(join(file, 'below'))).toThrow(
    /cannot be written \(part of its path is no folder, E/,
  );
});

test('a device is written to, and no file takes its place', () => {
  expect([isStream('/dev/null'), isStream(folder()), isStream(written('')), isStream('/nowhere')]).toEqual([
    true,
    false,
    false,
    false,
  ]);
  writeWhole('/dev/null', 'text');
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
});

test('what a machine will not do is told by path, call and reason; what is no error of it is not', async () => {
  expect(troubleOf(thrown(() => readFileSync('/nowhere/x')))).toBe(
    '/nowhere/x: open failed (there is no such file, ENOENT)',
  );
  expect(troubleOf(thrown(() => mkdirSync('/dev/null/x')))).toBe(
    '/dev/null/x: mkdir failed (part of its path is no folder, ENOTDIR)',
  );
  expect(troubleOf({ code: 'ENOSPC', syscall: 'write' })).toBe(
    'the file system: write failed (the disk is full, ENOSPC)',
  );
  expect(troubleOf(thrown(() => writeFileSync('/dev/full', 'x')))).toMatch(/ENOSPC/);
  const refused = await new Promise(resolve => connect('/nowhere.sock').on('error', resolve));
  for (const other of [refused, { code: 'EPIPE', syscall: 'write' }, new Error('a fault'), null, 'text'])
    expect(troubleOf(other)).toBeUndefined();
});
