/**
 * Where the user asked for TLS, nothing goes out without it: no credentials, no envelope, no message, on any
 * connection of the run, whatever the server says: no STARTTLS in its list, a refusal, a handshake that fails.
 */

import type { ClientClaim } from '../../src/client/claim.ts';
import type { Script } from '../../src/client/script.ts';
import { STRAY, signatureOf } from '../../src/client/signature.ts';
import { SECRETS } from '../../src/client/spell.ts';
import type { ClientTranscript, Entry } from '../../src/client/transcript.ts';
import { tokenIn } from '../../src/nonce.ts';

const FORBIDDEN = new Set(['auth', 'mail', 'rcpt', 'data', 'bdat', 'bdat-last', 'message']);

/** Whether a text holds anything that the client was given to say, in clear or in base64. */
const holdsSecret = (text: string, nonce: string): boolean =>
  tokenIn(text, nonce, Object.values(SECRETS)) !== undefined;

/** What the erratum names. */
const ENVELOPE = new Set(['MAIL', 'RCPT']);

const verbOf = (entry: Entry): string =>
  entry.kind === 'said' ? entry.verb.toUpperCase() : 'something in place of the ClientHello';

/** Whether STARTTLS comes behind it on the same connection: the client does not do without, it is too soon. */
const comesLater = ({ entries }: ClientTranscript, entry: Entry): boolean =>
  entries
    .slice(entries.indexOf(entry))
    .some(
      other => other.connection === entry.connection && other.kind === 'said' && other.verb === 'starttls',
    );

/** Whether it was sent with STARTTLS, and not in view of the answer, or of a reply too many that was taken for it. */
function comesWith({ before }: Script, { entries }: ClientTranscript, entry: Entry): boolean {
  if (before.some(({ kind }) => kind === 'extra')) return false;
  if (entry.kind === 'stray') return entry.early === true;
  const last = entries
    .slice(0, entries.indexOf(entry))
    .findLast(other => other.connection === entry.connection && other.kind === 'said');
  return entry.kind === 'said' && entry.early && last?.kind === 'said' && last.verb === 'starttls';
}

export const requiredTls: ClientClaim = {
  id: 'client-required-tls',
  title: 'With TLS required, no credentials, envelope or message in plaintext',
  requirement: 'rfc3207-6-require-tls',
  exercised: ({ tls, transcript }) =>
    tls === 'required' && transcript.entries.some(({ kind, secure }) => kind === 'said' && !secure),
  judge: ({ tls, script, transcript }) => {
    if (tls !== 'required') return [];
    const said = transcript.entries.find(
      entry =>
        !entry.secure &&
        ((entry.kind === 'said' &&
          (FORBIDDEN.has(entry.verb) || holdsSecret(entry.text, transcript.nonce))) ||
          (entry.kind === 'stray' && holdsSecret(entry.bytes, transcript.nonce))),
    );
    if (said === undefined) return [];
    const verb = verbOf(said);
    const early = comesLater(transcript, said);
    const tooSoon = early && ENVELOPE.has(verb);
    return [
      {
        claim: 'client-required-tls',
        requirement: tooSoon ? 'rfc3207-errata-no-mail-before' : 'rfc3207-6-require-tls',
        level: 'must',
        proof: 'sighting',
        step: -1,
        used: said.kind === 'said' ? said.text : said.kind === 'stray' ? said.bytes : '',
        fresh: 'nothing of it in plaintext',
        summary: `TLS was asked for, and the client sends ${verb} ${early ? 'before STARTTLS' : 'in plaintext'}`,
        signature: signatureOf(
          comesWith(script, transcript, said)
            ? STRAY
            : said.kind === 'said'
              ? { kind: early ? 'before STARTTLS' : 'plaintext', verb }
              : { kind: 'other', text: `plaintext ${verb}` },
        ),
      },
    ];
  },
};
