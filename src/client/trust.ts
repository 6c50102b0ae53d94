/** What a client says in TLS behind a certificate that proves nothing. Pure. */

import type { ClientEvidence } from './claim.ts';
import type { Act } from './observe.ts';
import { type CertificateKind, isPlayedOn } from './script.ts';
import { secureSessions } from './transcript.ts';

export interface Trusting {
  readonly certificate: CertificateKind;
  /** The first that is no QUIT. */
  readonly act: Act;
}

/** Of a client that was asked for TLS; undefined where the certificate is right, or nothing but QUIT is said. */
export function trustingAct({ tls, script, transcript, observation }: ClientEvidence): Trusting | undefined {
  const { handshake } = script.upgrade;
  if (tls !== 'required' || handshake.kind !== 'sound' || handshake.certificate === 'right') return undefined;
  const shown = secureSessions(transcript).map(([first]) => isPlayedOn(script, first?.connection ?? 0));
  const act = observation.sessions
    .filter((_, at) => shown[at])
    .flat()
    .find(({ verb }) => verb !== 'quit');
  return act === undefined ? undefined : { certificate: handshake.certificate, act };
}
