/** EHLO or HELO is the first command in TLS. HELO will do: that it be EHLO is for a later revision of the RFC. */

import type { ClientClaim } from '../../src/client/claim.ts';
import { isGreeting } from '../../src/client/observe.ts';
import { signatureOf } from '../../src/client/signature.ts';

export const ehloFirst: ClientClaim = {
  id: 'client-ehlo-first',
  title: 'EHLO or HELO is the first command in TLS',
  requirement: 'rfc3207-4.2-client-ehlo',
  exercised: ({ observation }) => observation.sessions.some(session => session.length > 0),
  judge: ({ observation }) =>
    observation.sessions.flatMap(([first]) =>
      first === undefined || isGreeting(first) || first.verb === 'quit'
        ? []
        : [
            {
              claim: 'client-ehlo-first',
              requirement: 'rfc3207-4.2-client-ehlo',
              level: 'should',
              proof: 'sighting',
              step: 0,
              used: first.text,
              fresh: 'EHLO or HELO',
              summary: `the first command in TLS is ${first.verb.toUpperCase()}, not EHLO`,
              signature: signatureOf({ kind: 'no greeting' }),
            } as const,
          ],
    ),
};
