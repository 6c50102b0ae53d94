/** What commands that put clients to the test share: an authority, and its certificate in a file. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Authority, newAuthority } from '../client/authority.ts';

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
