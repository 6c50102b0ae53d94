/**
 * With a certificate of the wrong name, issuer or date, or one that is its own issuer, a client that was asked for TLS
 * says nothing in it but QUIT: the authentication achieved is not what was wanted (RFC 3207, section 4.1).
 */

import type { ClientClaim } from '../../src/client/claim.ts';
import { isPlayedOn, type Script } from '../../src/client/script.ts';
import { signatureOf } from '../../src/client/signature.ts';
import { secureSessions } from '../../src/client/transcript.ts';

/** What a kind does not say by itself. */
const WHY: Readonly<Record<string, string>> = {
  'common-name':
    ' (which does not count beside other names: RFC 7817, section 3, and RFC 6125, section 6.4.4)',
};

const wrong = ({ upgrade: { handshake } }: Script): string | undefined =>
  handshake.kind === 'sound' && handshake.certificate !== 'right' ? handshake.certificate : undefined;

export const certificate: ClientClaim = {
  id: 'client-certificate',
  title: 'With TLS required, nothing but QUIT behind a certificate that proves nothing',
  requirement: 'rfc3207-4.1-decide',
  exercised: ({ tls, script, transcript }) =>
    tls === 'required' &&
    wrong(script) !== undefined &&
    transcript.entries.some(({ kind, connection }) => kind === 'handshake' && isPlayedOn(script, connection)),
  judge: ({ tls, script, transcript, observation }) => {
    const fault = wrong(script);
    if (tls !== 'required' || fault === undefined) return [];
    const shown = secureSessions(transcript).map(([first]) => isPlayedOn(script, first?.connection ?? 0));
    const act = observation.sessions
      .filter((_, at) => shown[at])
      .flat()
      .find(({ verb }) => verb !== 'quit');
    if (act === undefined) return [];
    return [
      {
        claim: 'client-certificate',
        requirement: 'rfc3207-4.1-decide',
        level: fault === 'common-name' ? 'should' : 'must',
        proof: 'sighting',
        step: 0,
        used: act.text,
        fresh: 'QUIT, or the end of the connection',
        summary: `the server's certificate is of the kind ${fault}${WHY[fault] ?? ''}, and the client goes on with ${act.verb.toUpperCase()}`,
        signature: signatureOf({ kind: 'certificate', certificate: fault }),
      },
    ];
  },
};
