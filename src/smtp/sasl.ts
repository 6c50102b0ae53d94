/** SASL mechanisms of AUTH (RFC 4954): which ones are spoken here. Pure data. */

/** Those that say the password (RFC 4616 and its older kin): often taken where they are not offered. */
export const SAYING_PASSWORD = ['PLAIN', 'LOGIN'] as const;
/** One more for servers that want no password in plaintext (RFC 2195). */
export const MECHANISMS = [...SAYING_PASSWORD, 'CRAM-MD5'] as const;
export type Mechanism = (typeof MECHANISMS)[number];
