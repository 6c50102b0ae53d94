/**
 * A client comes to an end within its own time limit, and does not go round in circles. Where the server is silent
 * the client's own limit is what counts, so silence is only put to the test where that limit is known to be short.
 */

import type { ClientClaim } from '../../src/client/claim.ts';
import { signatureOf } from '../../src/client/signature.ts';
import { type Entry, hangs } from '../../src/client/transcript.ts';

/** Whether the server had ended the connection, and did not just let the client wait. */
const isCut = (entries: readonly Entry[]): boolean =>
  entries.some(entry => entry.kind === 'ended' && entry.by === 'server');

const lastVerb = (entries: readonly Entry[]): string => {
  const last = entries.findLast(entry => entry.kind === 'said');
  return last?.kind === 'said' ? last.verb.toUpperCase() : 'nothing';
};

/** Fewer commands on a connection, or connections, are no circle. */
const CIRCLE = 100;
const MANY_CONNECTIONS = 10;

/** In what way the client came to no end, and was cut off for that; undefined where it was not. */
function endlessly(entries: readonly Entry[]): string | undefined {
  const cut = entries.find(({ kind }) => kind === 'endless');
  if (cut === undefined) return undefined;
  const there = entries.filter(({ connection }) => connection === cut.connection);
  const verb = lastVerb(there);
  if (there.filter(({ kind }) => kind === 'said').length >= CIRCLE)
    return `the client goes round in a circle, with ${verb}`;
  return cut.connection >= MANY_CONNECTIONS
    ? `the client opens connection after connection, ${cut.connection} of them`
    : `the client sends without end; the last line that had one was ${verb}`;
}

export const ends: ClientClaim = {
  id: 'client-ends',
  title: 'The client ends within its own time limit, and goes round in no circle',
  requirement: 'rfc5321-4.5.3.2-timeouts',
  exercised: () => true,
  judge: ({ transcript }) => {
    const { entries } = transcript;
    const endless = endlessly(entries);
    if (endless === undefined && !hangs(transcript)) return [];
    const verb = lastVerb(entries);
    return [
      {
        claim: 'client-ends',
        requirement: 'rfc5321-4.5.3.2-timeouts',
        level: 'must',
        proof: 'sighting',
        step: -1,
        used: endless ?? 'no end within its time',
        fresh: 'an end',
        summary:
          endless ??
          `the client does not end${isCut(entries) ? ' though the server has ended the connection' : ''}; the last it sent was ${verb}`,
        signature:
          endless !== undefined
            ? signatureOf({ kind: 'endless' })
            : isCut(entries)
              ? 'late after the end of the connection'
              : 'late in silence',
      },
    ];
  },
};
