/**
 * Where STARTTLS is offered, it comes before the login and the envelope: they would be lost with it. Judged on
 * connections before anything spoke against TLS; that a client goes on without it later is its user's affair, or
 * that of `required-tls.ts`.
 */

import type { ClientClaim, ClientEvidence } from '../../src/client/claim.ts';
import { signatureOf } from '../../src/client/signature.ts';
import type { Entry } from '../../src/client/transcript.ts';

const TOO_SOON = new Set(['auth', 'mail', 'rcpt', 'data', 'bdat', 'bdat-last']);

const offers = (entry: Entry): boolean =>
  !entry.secure && entry.kind === 'replied' && /^250[ -]STARTTLS\r?$/im.test(entry.bytes);

/** What came too soon, if anything: said where STARTTLS had been offered, and not yet tried on any connection. */
function tooSoon({ transcript }: ClientEvidence): Extract<Entry, { kind: 'said' }> | undefined {
  let offeredOn = -1;
  for (const entry of transcript.entries) {
    if (offers(entry)) offeredOn = entry.connection;
    if (entry.kind !== 'said') continue;
    if (entry.secure || entry.verb === 'starttls') return undefined;
    if (TOO_SOON.has(entry.verb) && entry.connection === offeredOn) return entry;
  }
  return undefined;
}

/** Whether each command is answered once. Otherwise what a client read may be another answer than that with the list. */
const inStep = ({ script }: ClientEvidence): boolean => !script.before.some(({ kind }) => kind === 'extra');

export const starttlsEarly: ClientClaim = {
  id: 'client-starttls-early',
  title: 'No login and no envelope before STARTTLS where it is offered',
  requirement: 'rfc3207-errata-no-mail-before',
  // Where TLS is required, required-tls.ts judges the same more strictly.
  exercised: evidence =>
    evidence.tls !== 'required' && inStep(evidence) && evidence.transcript.entries.some(offers),
  judge: evidence => {
    const entry = tooSoon(evidence);
    if (entry === undefined || evidence.tls === 'required' || !inStep(evidence)) return [];
    return [
      {
        claim: 'client-starttls-early',
        requirement: 'rfc3207-errata-no-mail-before',
        level: 'should',
        proof: 'sighting',
        step: -1,
        used: entry.text,
        fresh: 'STARTTLS',
        summary: `STARTTLS is offered, and the client sends ${entry.verb.toUpperCase()} without it`,
        signature: signatureOf({ kind: 'too soon', verb: entry.verb }),
      },
    ];
  },
};
