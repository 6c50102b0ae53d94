/** Packages of other people, found where they are installed: beside afresh, or under another name there. */

import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname } from 'node:path';
import { TargetError } from '../target.ts';

export interface Installed {
  readonly root: string;
  readonly name: string;
  readonly version: string;
}

/**
 * `packageName` is the name or the alias under which it is installed, or the URL of its folder. Throws a `TargetError` if
 * it is not.
 */
export function installed(packageName: string): Installed {
  try {
    const file = findPackageJSON(packageName, import.meta.url) ?? '';
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as Omit<Installed, 'root'>;
    return { root: dirname(file), name, version };
  } catch {
    throw new TargetError(`${packageName} is not installed`, 3);
  }
}
