/** Which certificates the client of ours takes: the right one, and those that its variant takes as well. */

import { isIP } from 'node:net';
import type tls from 'node:tls';
import type { Trait } from './behaviour.ts';

/** What OpenSSL calls an invalid CA certificate has no name in Node. */
const NO_AUTHORITY = 'UNSPECIFIED';

/** What is made light of by those who make light of little. */
const PROBLEMS: { readonly [T in Trait]?: readonly string[] } = {
  'self-signed': ['DEPTH_ZERO_SELF_SIGNED_CERT'],
  'strange-root': ['SELF_SIGNED_CERT_IN_CHAIN'],
  'no-authority': [NO_AUTHORITY],
  'any-chain': ['SELF_SIGNED_CERT_IN_CHAIN', NO_AUTHORITY],
};

/** `authorizationError` is a code of Node's, or of OpenSSL's. */
export function trusts(
  secure: tls.TLSSocket,
  { host, greeted }: { readonly host: string; readonly greeted: string },
  trait: Trait | undefined,
): boolean {
  if (secure.authorized) return true;
  if (trait === 'any-in-tls-1.2' && secure.getProtocol() === 'TLSv1.2') return true;
  const problem = String(secure.authorizationError);
  if (/ALTNAME/.test(problem))
    return (
      trait === 'any-name' ||
      (trait === 'any-name-for-address' && isIP(host) !== 0) ||
      (trait === 'similar-name' && names(secure, host)) ||
      (trait === 'common-name' && secure.getPeerCertificate().subject.CN === host) ||
      (trait === 'greeted-name' && names(secure, greeted))
    );
  if (trait === 'no-issuer') return true;
  if (/EXPIRED|NOT_YET/.test(problem)) return trait === 'any-date';
  return trait === 'any-issuer' || (trait !== undefined && PROBLEMS[trait]?.includes(problem) === true);
}

/** Whether the name is there, be it a part of another one. */
const names = (secure: tls.TLSSocket, host: string): boolean =>
  secure.getPeerCertificate().subjectaltname?.includes(host) === true;
