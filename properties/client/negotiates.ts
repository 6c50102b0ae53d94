/**
 * Behind STARTTLS comes the answer, and behind a 220 nothing but TLS: no command in the segment of STARTTLS, none in
 * place of the ClientHello, and none where the handshake has failed. Giving up with QUIT is sound; so is a new
 * connection, without TLS where its user does not insist on it.
 */

import type { Deviation } from '../../src/claim.ts';
import type { ClientClaim } from '../../src/client/claim.ts';
import type { Script } from '../../src/client/script.ts';
import { STRAY, signatureOf } from '../../src/client/signature.ts';
import type { Entry } from '../../src/client/transcript.ts';

/** A client that has no answer to STARTTLS, or took a reply too many for it, has seen no 220. */
const confusing = ({ before, upgrade }: Script): boolean =>
  upgrade.code !== 220 || upgrade.unanswered !== undefined || before.some(({ kind }) => kind === 'extra');

type Said = Extract<Entry, { kind: 'said' }>;

/** What the rest of a failed handshake may be taken for is no command. */
const isCommand = ({ verb }: Said): boolean => verb !== 'quit' && verb !== 'unknown';

/** The first command on a connection whose handshake has failed. */
function saidAfterFailure(entries: readonly Entry[]): Said | undefined {
  const failed = new Set<number>();
  for (const entry of entries) {
    if (entry.kind === 'handshake' && entry.result === 'failed') failed.add(entry.connection);
    if (entry.kind === 'said' && !entry.secure && failed.has(entry.connection) && isCommand(entry))
      return entry;
  }
  return undefined;
}

const strayIn = (entries: readonly Entry[]): string | undefined =>
  entries
    .flatMap(entry => (entry.kind === 'stray' ? entry.bytes.split(/\r?\n/) : []))
    .find(text => text !== '' && !/^QUIT$/i.test(text));

const deviation = (used: string, fresh: string, summary: string, signature: string): Deviation => ({
  claim: 'client-negotiates',
  requirement: 'rfc3207-4-negotiate-after-220',
  level: 'should',
  proof: 'sighting',
  step: -1,
  used,
  fresh,
  summary,
  signature,
});

export const negotiates: ClientClaim = {
  id: 'client-negotiates',
  title: 'Behind STARTTLS and its 220 comes nothing but TLS',
  requirement: 'rfc3207-4-negotiate-after-220',
  exercised: ({ script, transcript }) =>
    !confusing(script) &&
    transcript.entries.some(entry => entry.kind === 'said' && entry.verb === 'starttls' && !entry.secure),
  judge: ({ script, transcript: { entries } }) => {
    if (confusing(script)) return [];
    const stray = strayIn(entries);
    const later = saidAfterFailure(entries);
    return [
      ...(stray === undefined
        ? []
        : [
            deviation(
              stray,
              'the ClientHello',
              'the client sends plaintext behind STARTTLS where only TLS may follow',
              signatureOf(STRAY),
            ),
          ]),
      ...(later === undefined
        ? []
        : [
            deviation(
              later.text,
              'QUIT, or the end of the connection',
              `the handshake has failed, and on the same connection the client sends ${later.verb.toUpperCase()} in plaintext`,
              'goes on in plaintext on a connection whose handshake failed',
            ),
          ]),
    ];
  },
};
