/** Kept findings for tests. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeptScript } from '../src/client/corpus.ts';
import type { CorpusEntry } from '../src/corpus.ts';
import { folder } from './folder.ts';

/** smtp-server 3.19.2 takes RCPT in TLS for one that comes after the EHLO of plaintext. */
export const GREETING_KEPT: CorpusEntry = {
  schema: 1,
  kind: 'afresh-scenario',
  target: 'smtp-server@3.19.2',
  claim: 'fresh-connection',
  requirement: 'rfc3207-4.2-server-discards',
  level: 'must',
  fingerprint: 'keeps greeting',
  summary: 'MAIL is answered 250 in TLS, but 503 on a fresh connection',
  signature: 'mail code 250/503',
  proof: 'pair',
  confirmed: '5/5',
  difference: { at: 0, used: '250', fresh: '503' },
  scenario: {
    before: [{ kind: 'ehlo', name: 'a' }],
    upgrade: { handshake: { kind: 'sound', version: '1.3' } },
    after: [{ kind: 'mail', from: 'b' }],
  },
};

/** Writes it as a corpus file, with what the test wants otherwise, and returns the file. */
export function kept(changes: Partial<CorpusEntry> = {}, entry: CorpusEntry = GREETING_KEPT): string {
  const file = join(folder(), 'kept.json');
  writeFileSync(file, JSON.stringify({ ...entry, ...changes }));
  return file;
}

/** A client of ours uses SIZE in TLS, which only the list in plaintext offered. */
export const SIZE_KEPT: KeptScript = {
  schema: 1,
  kind: 'afresh-script',
  client: ['reference:keeps-size'],
  tls: 'required',
  software: 'afresh reference client',
  claim: 'client-discards',
  requirement: 'rfc3207-4.2-client-discards',
  level: 'must',
  fingerprint: 'keeps SIZE',
  summary: 'in TLS the client does "MAIL SIZE"',
  signature: 'MAIL +SIZE',
  proof: 'pair',
  confirmed: '5/5',
  difference: { at: 1, used: 'MAIL SIZE', fresh: 'MAIL' },
  scenario: {
    errand: {},
    before: [{ kind: 'size', limit: null }],
    upgrade: { code: 220, lines: 1, handshake: { kind: 'sound', version: '1.3', certificate: 'right' } },
    after: [],
  },
};

/** The same for a finding about a client. */
export function keptOfClient(changes: Partial<KeptScript> = {}): string {
  const file = join(folder(), 'kept.json');
  writeFileSync(file, JSON.stringify({ ...SIZE_KEPT, ...changes }));
  return file;
}
