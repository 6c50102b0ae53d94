/** Which forms of a sound handshake a target does not take; how it is asked is not known here. */

import { HANDSHAKE_FORMS, type HandshakeForm, type SoundHandshake } from './scenario.ts';

/** Forms that are not taken by themselves; where all are taken at once, one handshake tells. */
export async function declinedForms(
  isTaken: (handshake: SoundHandshake) => Promise<boolean>,
): Promise<readonly HandshakeForm[]> {
  if (await isTaken(handshakeWith(HANDSHAKE_FORMS))) return [];
  const declined: HandshakeForm[] = [];
  for (const form of HANDSHAKE_FORMS) if (!(await isTaken(handshakeWith([form])))) declined.push(form);
  return declined;
}

const handshakeWith = (forms: readonly HandshakeForm[]): SoundHandshake => ({
  kind: 'sound',
  version: forms.includes('1.2') ? '1.2' : '1.3',
  ...(forms.includes('sni') ? { sni: true } : {}),
  ...(forms.includes('certificate') ? { certificate: true } : {}),
});
