/** SASL mechanisms of AUTH (RFC 4954): which ones are spoken here, and what they say unasked. Pure. */

/** Those that say the password (RFC 4616 and its older kin): often taken where they are not offered. */
export const SAYING_PASSWORD = ['PLAIN', 'LOGIN'] as const;
/** One more for servers that want no password in plaintext (RFC 2195). */
export const MECHANISMS = [...SAYING_PASSWORD, 'CRAM-MD5'] as const;
export type Mechanism = (typeof MECHANISMS)[number];

/** One character a byte. */
export const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

/** What can be said without having heard a challenge, an answer a line. */
export function answersOf(mechanism: Mechanism, user: string, password: string): readonly string[] {
  if (mechanism === 'CRAM-MD5') return [];
  return mechanism === 'PLAIN' ? [base64(`\0${user}\0${password}`)] : [base64(user), base64(password)];
}
