/**
 * What a client does in TLS does not depend on what the server said before it: with a rich list of extensions
 * before TLS and with an empty one, all that it sends and how it ends is the same (RFC 3207, section 4.2).
 *
 * The pair judges here where the upgrade was clean. What was glued to it is the affair of `injected.ts`.
 */

import type { ClientClaim } from '../../src/client/claim.ts';
import { isClean } from '../../src/client/script.ts';

export const discards: ClientClaim = {
  id: 'client-discards',
  title: 'What is done in TLS does not depend on what the server said before it',
  requirement: 'rfc3207-4.2-client-discards',
  exercised: ({ paired, script }) => paired && isClean(script.upgrade) && script.before.length > 0,
  judge: ({ difference, script }) => {
    // Who was told nothing keeps nothing: both runs are of one script, and what they differ in varies by itself.
    if (difference === undefined || !isClean(script.upgrade) || script.before.length === 0) return [];
    const { step, used, fresh, signatures } = difference;
    return signatures.map(signature => ({
      claim: 'client-discards',
      requirement: 'rfc3207-4.2-client-discards',
      level: 'must',
      proof: 'pair',
      step,
      used,
      fresh,
      summary: `in TLS the client does "${used}", and "${fresh}" where the server offered nothing before TLS`,
      signature,
    }));
  },
};
