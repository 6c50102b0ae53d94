/**
 * Nothing that came before TLS answers a command in TLS: neither lines glued to the 220 nor a line begun there.
 *
 * The pair judges: the server's own replies in TLS are the fences. Who takes an earlier line for the answer to a
 * command is one reply behind from there on, and does what the next answer does not call for; or does not wait for
 * an answer that is held back; or uses what the real list does not offer. Giving up is sound.
 */

import type { ClientClaim } from '../../src/client/claim.ts';
import { hasGlue, isClean } from '../../src/client/script.ts';

export const injected: ClientClaim = {
  id: 'client-injected',
  title: 'No reply from before TLS answers a command in TLS',
  requirement: 'rfc3207-6-before-tls',
  exercised: ({ paired, script }) => paired && !isClean(script.upgrade),
  judge: ({ difference, script }) => {
    if (difference === undefined || isClean(script.upgrade)) return [];
    const { step, used, fresh, signatures } = difference;
    return signatures.map(signature => ({
      claim: 'client-injected',
      requirement: 'rfc3207-6-before-tls',
      level: 'must',
      proof: 'pair',
      step,
      used,
      fresh,
      summary: hasGlue(script.upgrade)
        ? `bytes sent with the answer to STARTTLS act in TLS: the client does "${used}" instead of "${fresh}"`
        : `in TLS the client does "${used}", and "${fresh}" where STARTTLS is answered with a bare 220`,
      signature,
    }));
  },
};
