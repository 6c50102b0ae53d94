/**
 * Where the user asked for TLS, nothing goes out without it: no credentials, no envelope, no message, on any
 * connection of the run, whatever the server says: no STARTTLS in its list, a refusal, a handshake that fails.
 */

import type { ClientClaim } from '../../src/client/claim.ts';
import { inClear, symbolic } from '../../src/client/observe.ts';
import { SECRETS } from '../../src/client/spell.ts';

const FORBIDDEN = new Set(['auth', 'mail', 'rcpt', 'data', 'bdat', 'bdat-last', 'message']);

/** Whether a text holds anything that the client was given to say, in clear or in base64. */
function holdsSecret(text: string, nonce: string): boolean {
  const all = symbolic(inClear(text), nonce);
  return Object.values(SECRETS).some(letter => all.includes(`<${letter}>`));
}

export const requiredTls: ClientClaim = {
  id: 'client-required-tls',
  title: 'With TLS required, no credentials, envelope or message in plaintext',
  requirement: 'rfc3207-4.1-decide',
  exercised: ({ tls, transcript }) =>
    tls === 'required' && transcript.entries.some(({ kind, secure }) => kind === 'said' && !secure),
  judge: ({ tls, transcript }) => {
    if (tls !== 'required') return [];
    const said = transcript.entries.find(
      entry =>
        !entry.secure &&
        ((entry.kind === 'said' &&
          (FORBIDDEN.has(entry.verb) || holdsSecret(entry.text, transcript.nonce))) ||
          (entry.kind === 'stray' && holdsSecret(entry.bytes, transcript.nonce))),
    );
    if (said === undefined) return [];
    const verb = said.kind === 'said' ? said.verb.toUpperCase() : 'something in place of the ClientHello';
    return [
      {
        claim: 'client-required-tls',
        requirement: 'rfc3207-4.1-decide',
        level: 'must',
        proof: 'sighting',
        step: -1,
        used: said.kind === 'said' ? said.text : said.kind === 'stray' ? said.bytes : '',
        fresh: 'nothing of it in plaintext',
        summary: `TLS was asked for, and the client sends ${verb} in plaintext`,
        signature: `plaintext ${verb}`,
      },
    ];
  },
};
