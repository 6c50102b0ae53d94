/** What commands that put clients to the test share: an authority, its certificate in a file, and a time limit. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Authority, newAuthority } from '../client/authority.ts';

/** Milliseconds after which a client is stopped, unless the user says otherwise. */
export const CLIENT_TIMEOUT = 10_000;

/** The file is there as long as `use` takes. */
export async function withAuthority<T>(
  use: (authority: Authority, caFile: string) => Promise<T>,
): Promise<T> {
  const authority = await newAuthority();
  const folder = mkdtempSync(join(tmpdir(), 'afresh-authority-'));
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, authority.ca);
  try {
    return await use(authority, caFile);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
