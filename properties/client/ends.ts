/**
 * A client comes to an end within its own time limit, and does not go round in circles. Where the server is silent
 * the client's own limit is what counts, so silence is only put to the test where that limit is known to be short.
 */

import type { ClientClaim } from '../../src/client/claim.ts';
import { signatureOf } from '../../src/client/signature.ts';
import { type Entry, hangs, isEndless } from '../../src/client/transcript.ts';

/** Whether the server had ended the connection, and did not just let the client wait. */
const isCut = (entries: readonly Entry[]): boolean =>
  entries.some(entry => entry.kind === 'ended' && entry.by === 'server');

export const ends: ClientClaim = {
  id: 'client-ends',
  title: 'The client ends within its own time limit, and goes round in no circle',
  requirement: 'rfc5321-4.5.3.2-timeouts',
  exercised: () => true,
  judge: ({ transcript }) => {
    const { entries } = transcript;
    const endless = isEndless(transcript);
    if (!endless && !hangs(transcript)) return [];
    const last = entries.findLast(entry => entry.kind === 'said');
    const verb = last?.kind === 'said' ? last.verb.toUpperCase() : 'nothing';
    return [
      {
        claim: 'client-ends',
        requirement: 'rfc5321-4.5.3.2-timeouts',
        level: 'must',
        proof: 'sighting',
        step: -1,
        used: endless ? `command after command, the last ${verb}` : 'no end within its time',
        fresh: 'an end',
        summary: endless
          ? `the client goes round in a circle, with ${verb}`
          : `the client does not end${isCut(entries) ? ' though the server has ended the connection' : ''}; the last it sent was ${verb}`,
        signature: endless
          ? signatureOf({ kind: 'endless' })
          : isCut(entries)
            ? 'late after the end of the connection'
            : 'late in silence',
      },
    ];
  },
};
