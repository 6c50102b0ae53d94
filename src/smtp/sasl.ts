/** SASL mechanisms of AUTH (RFC 4954): which ones are spoken here. Pure data. */

/** Two that say the password (RFC 4616 and its older kin), and one for servers that want none in plaintext (RFC 2195). */
export const MECHANISMS = ['PLAIN', 'LOGIN', 'CRAM-MD5'] as const;
export type Mechanism = (typeof MECHANISMS)[number];
