/**
 * JSON and YAML files that afresh reads, and those it writes. What cannot be read is told in one line; what is written is
 * whole or not there.
 */

import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { TargetError } from './targets/target.ts';

/** A file of a kind and schema that this version knows. `what` says in words what it should be. */
export function readDocument<T>(
  file: string,
  { kind, what, schema }: { readonly kind: string; readonly what: string; readonly schema: z.ZodType<T> },
): T {
  const json = readJson(file);
  const head = Object(json) as { schema?: unknown; kind?: unknown };
  if (head.kind !== kind) throw new TargetError(`${file}: not ${what} (its "kind" is not "${kind}")`);
  if (head.schema !== 1)
    throw new TargetError(`${file}: schema ${JSON.stringify(head.schema)}, this afresh knows schema 1 only`);
  return parsed(file, json, schema);
}

/** The value, if it is as the schema wants it. */
export function parsed<T>(file: string, json: unknown, schema: z.ZodType<T>): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `${z.core.toDotPath(issue.path)}: `;
  throw new TargetError(`${file}: ${where}${issue?.message ?? 'not valid'}`);
}

export function readJson(file: string): unknown {
  const text = readText(file, MOST_READ);
  try {
    return JSON.parse(text);
  } catch {
    throw new TargetError(`${file}: not whole JSON; was it cut off?`);
  }
}

/** What a YAML or JSON file says that people write by hand. */
export function readYaml(file: string): unknown {
  const text = readText(file, MOST_BY_HAND);
  try {
    return parse(text, { logLevel: 'error' });
  } catch (error) {
    throw new TargetError(`${file}: ${whyNotYaml(error)}`);
  }
}

function whyNotYaml(error: unknown): string {
  const { code, message } = error as Error & { readonly code?: string };
  return code === 'RESOURCE_EXHAUSTION' ? 'nested too deep' : (message.split(/;|:?\n/)[0] ?? '');
}

const MIB = 1024 * 1024;
/** Results of a night take a tenth of it; what JSON makes of it may be thirty times as large, and a device has no end. */
const MOST_READ = 32 * MIB;
/** YAML takes a hundred times as long as JSON. */
const MOST_BY_HAND = MIB;

/** Some editors put a mark in front that says how the text is coded; it is no part of the text. */
const MARK = /^\ufeff/;

function readText(file: string, most: number): string {
  try {
    return wholeOf(file, most).toString('utf8').replace(MARK, '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EFBIG')
      throw new TargetError(troubleWith(file, 'read', error));
    throw new TargetError(
      `${file}: cannot be read (it has no end, or is larger than ${most / MIB} MiB); is it the right file?`,
    );
  }
}

function wholeOf(file: string, most: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const parts: Buffer[] = [];
    for (let left = most; left > 0; ) {
      const part = Buffer.allocUnsafe(MIB);
      const length = readSync(descriptor, part, 0, MIB, null);
      if (length === 0) return Buffer.concat(parts);
      parts.push(part.subarray(0, length));
      left -= length;
    }
    throw Object.assign(new Error(), { code: 'EFBIG' });
  } finally {
    closeSync(descriptor);
  }
}

/** One line on what keeps a file from being read or written: in words where there are some, and the code of the system. */
export function troubleWith(file: string, what: 'read' | 'written', error: unknown): string {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  return `${file}: cannot be ${what} (${inWords(code)})`;
}

/** What keeps this machine from reading or writing, where that is what an error says; undefined for a fault of our own. */
export function troubleOf(error: unknown): string | undefined {
  const { code = '', syscall, path } = Object(error) as Partial<NodeJS.ErrnoException>;
  const isOfFile = path !== undefined && syscall !== 'connect' && syscall !== 'listen';
  if (syscall === undefined || !(isOfFile || FULL.includes(code))) return undefined;
  return `${path ?? 'the file system'}: ${syscall} failed (${inWords(code)})`;
}

const inWords = (code: string): string => (TROUBLE[code] === undefined ? code : `${TROUBLE[code]}, ${code}`);

/** What a write says that knows no path any more. */
const FULL: readonly string[] = ['ENOSPC', 'EDQUOT', 'EROFS'];

const TROUBLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'part of its path is no folder',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EEXIST: 'part of its path is no folder',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ELOOP: 'its link leads in a circle',
  ENAMETOOLONG: 'its name is too long',
  EMFILE: 'too many files are open',
  EDQUOT: 'the quota is used up',
  EFBIG: 'it would be larger than a file may be',
};

/** Writes a file beside, and moves it into place: what is there is never half of it. Makes its folder, too. */
export function writeWhole(file: string, text: string): void {
  written(file, (part, place) => {
    writeFileSync(part, text);
    if (part !== place) renameSync(part, place);
  });
}

/** Whether a result can be written is to be known before there is one. */
export function ensureWritable(file: string): void {
  written(file, (part, place) => {
    if (statSync(place, { throwIfNoEntry: false })?.isDirectory())
      throw Object.assign(new Error(), { code: 'EISDIR' });
    if (part === place) return;
    writeFileSync(part, '');
    rmSync(part);
  });
}

/** Node's own recursive way does not come to an end below `/proc`. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

/** `part` is where to write, `place` where it belongs. */
function written(file: string, write: (part: string, place: string) => void): void {
  let part = '';
  let place = file;
  try {
    place = placeOf(file);
    // Several processes may write the same file; the last one wins, whole.
    part = isStream(place) ? place : `${place}.${process.pid}.part`;
    makeFolder(dirname(place));
    write(part, place);
  } catch (error) {
    try {
      if (part !== place) rmSync(part, { force: true });
    } catch {
      // Its folder is no folder: there is nothing to remove.
    }
    throw new TargetError(troubleWith(file, 'written', error));
  }
}

/** Behind a link to a file; the link stays. */
function placeOf(file: string): string {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? realpathSync(file) : file;
}

/** A pipe or a device, such as `/dev/stdout`, is written to, and must not be replaced by a file. In a folder it is out of place. */
export function isStream(file: string): boolean {
  try {
    const found = statSync(file);
    return !found.isFile() && !found.isDirectory();
  } catch {
    // What cannot be looked at is told when it is read or written.
    return false;
  }
}
