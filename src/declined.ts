/** Which forms of a sound handshake a target does not take, or wants; how it is asked is not known here. */

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

/** The first of the forms with which a handshake is taken that is not without it, in words. */
export async function neededForm(
  isTaken: (handshake: SoundHandshake) => Promise<boolean>,
): Promise<string | undefined> {
  if (await isTaken(handshakeWith(['sni']))) return 'SNI';
  return (await isTaken(handshakeWith(['certificate']))) ? 'a client certificate' : undefined;
}

const handshakeWith = (forms: readonly HandshakeForm[]): SoundHandshake => ({
  kind: 'sound',
  version: forms.includes('1.2') ? '1.2' : '1.3',
  ...(forms.includes('sni') ? { sni: true } : {}),
  ...(forms.includes('certificate') ? { certificate: true } : {}),
});
