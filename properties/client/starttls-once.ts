/** STARTTLS is not sent in TLS, not even where the server offers it there (RFC 3207, section 4.2). */

import type { ClientClaim } from '../../src/client/claim.ts';
import { signatureOf } from '../../src/client/signature.ts';

export const starttlsOnce: ClientClaim = {
  id: 'client-starttls-once',
  title: 'STARTTLS is not sent in TLS',
  requirement: 'rfc3207-4.2-not-sent-again',
  exercised: ({ script, observation }) =>
    script.after.some(step => step.kind === 'keyword' && step.keyword === 'STARTTLS') &&
    observation.sessions.some(session => session.length > 0),
  judge: ({ observation }) => {
    for (const session of observation.sessions) {
      const step = session.findIndex(({ verb }) => verb === 'starttls');
      if (step < 0) continue;
      return [
        {
          claim: 'client-starttls-once',
          requirement: 'rfc3207-4.2-not-sent-again',
          level: 'must',
          proof: 'sighting',
          step,
          used: 'STARTTLS',
          fresh: 'no STARTTLS, TLS being on',
          summary: 'the client sends STARTTLS in TLS',
          signature: signatureOf({ kind: 'STARTTLS' }),
        },
      ];
    }
    return [];
  },
};
