/**
 * Behind STARTTLS comes the answer, and behind a 220 nothing but TLS: no command in the segment of STARTTLS, and
 * none in place of the ClientHello. Giving up with QUIT is sound.
 */

import type { ClientClaim } from '../../src/client/claim.ts';
import type { Script } from '../../src/client/script.ts';

/** A client that has no answer to STARTTLS, or took a reply too many for it, has seen no 220. */
const confusing = ({ before, upgrade }: Script): boolean =>
  upgrade.code !== 220 || upgrade.unanswered !== undefined || before.some(({ kind }) => kind === 'extra');

export const negotiates: ClientClaim = {
  id: 'client-negotiates',
  title: 'Behind STARTTLS and its 220 comes nothing but TLS',
  requirement: 'rfc3207-4-negotiate-after-220',
  exercised: ({ script, transcript }) =>
    !confusing(script) &&
    transcript.entries.some(entry => entry.kind === 'said' && entry.verb === 'starttls' && !entry.secure),
  judge: ({ script, transcript }) => {
    if (confusing(script)) return [];
    const line = transcript.entries
      .flatMap(entry => (entry.kind === 'stray' ? entry.bytes.split(/\r?\n/) : []))
      .find(text => text !== '' && !/^QUIT$/i.test(text));
    if (line === undefined) return [];
    return [
      {
        claim: 'client-negotiates',
        requirement: 'rfc3207-4-negotiate-after-220',
        level: 'should',
        proof: 'sighting',
        step: -1,
        used: line,
        fresh: 'the ClientHello',
        summary: 'the client sends plaintext behind STARTTLS where only TLS may follow',
        signature: 'stray plaintext',
      },
    ];
  },
};
