/**
 * With a certificate of the wrong name, issuer or date, or one that is its own issuer, a client that was asked for TLS
 * says nothing in it but QUIT: the authentication achieved is not what was wanted (RFC 3207, section 4.1).
 */

import type { ClientClaim } from '../../src/client/claim.ts';
import { isPlayedOn, type Script, STRANGE } from '../../src/client/script.ts';
import { signatureOf } from '../../src/client/signature.ts';
import { trustingAct } from '../../src/client/trust.ts';

const wrong = ({ upgrade: { handshake } }: Script): boolean =>
  handshake.kind === 'sound' && STRANGE.includes(handshake.certificate);

export const certificate: ClientClaim = {
  id: 'client-certificate',
  title: 'With TLS required, nothing but QUIT behind a certificate that proves nothing',
  requirement: 'rfc3207-4.1-decide',
  exercised: ({ tls, script, transcript }) =>
    tls === 'required' &&
    wrong(script) &&
    transcript.entries.some(({ kind, connection }) => kind === 'handshake' && isPlayedOn(script, connection)),
  judge: evidence => {
    const trusting = trustingAct(evidence);
    if (trusting === undefined || !STRANGE.includes(trusting.certificate)) return [];
    const { certificate, act } = trusting;
    return [
      {
        claim: 'client-certificate',
        requirement: 'rfc3207-4.1-decide',
        level: 'must',
        proof: 'sighting',
        step: 0,
        used: act.text,
        fresh: 'QUIT, or the end of the connection',
        summary: `the server's certificate is of the kind ${certificate}, and the client goes on with ${act.verb.toUpperCase()}`,
        signature: signatureOf({ kind: 'certificate', certificate }),
      },
    ];
  },
};
