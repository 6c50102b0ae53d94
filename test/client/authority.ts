/** What the tests of the client role share: an authority, and its certificate in a file. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type Authority, newAuthority } from '../../src/client/authority.ts';

export const authority: Authority = await newAuthority();
const folder = mkdtempSync(join(tmpdir(), 'afresh-test-'));
export const caFile = join(folder, 'ca.pem');
writeFileSync(caFile, authority.ca);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
