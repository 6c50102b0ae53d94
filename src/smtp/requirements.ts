/**
 * The sentences that afresh judges by, as data: word for word where `quoted`, with what is left out as `[...]`, and in
 * our own words where not. A report must not show the second as if it were the first; `cited` sees to that.
 *
 * Claims refer to a requirement by its id.
 */

export type Level = 'must' | 'should';

export interface Requirement {
  readonly source: string;
  readonly level: Level;
  readonly text: string;
  /** Whether the text is the source's own, word for word. */
  readonly quoted: boolean;
}

/** A requirement as reports show it: quotation marks for quotations only. */
export const cited = ({ text, quoted, source }: Requirement): string =>
  quoted ? `"${text}" (${source})` : `${text} (in short: ${source})`;

export const REQUIREMENTS = {
  'rfc3207-4.2-server-discards': {
    source: 'RFC 3207, section 4.2',
    level: 'must',
    text: 'The server MUST discard any knowledge obtained from the client, such as the argument to the EHLO command, which was not obtained from the TLS negotiation itself.',
    quoted: true,
  },
  'rfc3207-4.2-initial-state': {
    source: 'RFC 3207, section 4.2',
    level: 'must',
    text: 'Upon completion of the TLS handshake, the SMTP protocol is reset to the initial state (the state in SMTP after a server issues a 220 service ready greeting).',
    quoted: true,
  },
  'rfc3207-4.2-client-discards': {
    source: 'RFC 3207, section 4.2',
    level: 'must',
    text: 'The client MUST discard any knowledge obtained from the server, such as the list of SMTP service extensions, which was not obtained from the TLS negotiation itself.',
    quoted: true,
  },
  'rfc3207-4.2-client-ehlo': {
    source: 'RFC 3207, section 4.2',
    level: 'should',
    text: 'The client SHOULD send an EHLO command as the first command after a successful TLS negotiation.',
    quoted: true,
  },
  'rfc3207-4.2-not-offered-again': {
    source: 'RFC 3207, section 4.2',
    level: 'must',
    text: 'A server MUST NOT return the STARTTLS extension in response to an EHLO command received after a TLS handshake has completed.',
    quoted: true,
  },
  'rfc3207-4.2-not-sent-again': {
    source: 'RFC 3207, section 4.2',
    level: 'must',
    text: 'A client MUST NOT attempt to start a TLS session if a TLS session is already active.',
    quoted: true,
  },
  'rfc3207-4.2-list-may-differ': {
    source: 'RFC 3207, section 4.2',
    level: 'should',
    text: 'The list of SMTP service extensions returned in response to an EHLO command received after the TLS handshake MAY be different than the list returned before the TLS handshake.',
    quoted: true,
  },
  'rfc3207-4-no-parameters': {
    source: 'RFC 3207, section 4',
    level: 'must',
    text: 'The format for the STARTTLS command is: STARTTLS with no parameters. [...] 501 Syntax error (no parameters allowed)',
    quoted: true,
  },
  'rfc3207-4-negotiate-after-220': {
    source: 'RFC 3207, section 4',
    level: 'should',
    text: 'After receiving a 220 response to a STARTTLS command, the client MUST start the TLS negotiation before giving any other SMTP commands.',
    quoted: true,
  },
  'rfc3207-4.1-failed-negotiation': {
    source: 'RFC 3207, section 4.1',
    level: 'should',
    text: 'If the SMTP server decides that the level of authentication or privacy is not high enough for it to continue, it SHOULD reply to every SMTP command from the client (other than a QUIT command) with the 554 reply code [...]',
    quoted: true,
  },
  'rfc3207-4.1-decide': {
    source: 'RFC 3207, section 4.1',
    level: 'must',
    text: 'After the TLS handshake has been completed, both parties MUST immediately decide whether or not to continue based on the authentication and privacy achieved.',
    quoted: true,
  },
  'rfc3207-6-require-tls': {
    source: 'RFC 3207, section 6',
    level: 'must',
    text: '[...] both clients and servers MUST be able to be configured to require successful TLS negotiation of an appropriate cipher suite for selected hosts before messages can be successfully transferred.',
    quoted: true,
  },
  'rfc3207-6-before-tls': {
    source: 'RFC 3207, section 6',
    level: 'must',
    text: '[...] clients and servers MUST discard any knowledge obtained prior to the start of the TLS handshake upon completion of the TLS handshake.',
    quoted: true,
  },
  'rfc3207-errata-starttlsdomain': {
    source: 'Discussion of an erratum to RFC 3207, ietf-smtp, 29 January 2009',
    level: 'should',
    text: 'This would have to be done by advertising a separate extension, say STARTTLSDOMAIN, which if present says the STARTTLS command accept a single, optional parameter specifying the domain associated with the certificate the client would like to see the server assert.',
    quoted: true,
  },
  'limits-outlive-starttls': {
    source: 'Discussion of an erratum to RFC 3207 on ietf-smtp, January 2009',
    level: 'must',
    text: 'If a server follows this MUST it turns STARTTLS into a one time "reset all my rate limits" pass.',
    quoted: true,
  },
  'rfc3207-errata-no-mail-before': {
    source: 'Proposed erratum to RFC 3207, section 4 (ietf-smtp, January 2009)',
    level: 'should',
    text: '[...] the client SHOULD NOT issue any MAIL FROM or RCPT TO commands prior to using the STARTTLS command.',
    quoted: true,
  },
  'rfc5321-4.5.3.2-timeouts': {
    source: 'RFC 5321, section 4.5.3.2',
    level: 'must',
    text: 'An SMTP client MUST provide a timeout mechanism.',
    quoted: true,
  },
  'rfc5321-4.1.4-greeting-first': {
    source: 'RFC 5321, section 4.1.4',
    level: 'must',
    text: 'A session that will contain mail transactions MUST first be initialized by the use of the EHLO command.',
    quoted: true,
  },
  'rfc5321-4.2-one-reply': {
    source: 'RFC 5321, section 4.2',
    level: 'must',
    text: 'Every command MUST generate exactly one reply.',
    quoted: true,
  },
  'rfc5321-4.1.4-order': {
    source: 'RFC 5321, section 4.1.4',
    level: 'must',
    text: 'MAIL [...] MUST NOT be sent if a mail transaction is already open, i.e., it should be sent only if no mail transaction had been started in the session [...]',
    quoted: true,
  },
  'rfc4954-4-auth-once': {
    source: 'RFC 4954, section 4',
    level: 'must',
    text: 'After a successful AUTH command completes, a server MUST reject any further AUTH commands with a 503 reply.',
    quoted: true,
  },
  'rfc4954-4-auth-not-in-transaction': {
    source: 'RFC 4954, section 4',
    level: 'must',
    text: 'The AUTH command is not permitted during a mail transaction. An AUTH command issued during a mail transaction MUST be rejected with a 503 reply.',
    quoted: true,
  },
  'rfc2920-3.2-pipelining': {
    source: 'RFC 2920, section 3.2',
    level: 'must',
    text: 'A server SMTP implementation that offers the pipelining extension: [...] MUST NOT flush or otherwise lose the contents of the TCP input buffer under any circumstances whatsoever.',
    quoted: true,
  },
  'rfc3030-2-bdat': {
    source: 'RFC 3030, section 2',
    level: 'must',
    text: 'Any BDAT command sent after the BDAT LAST is illegal and MUST be replied to with a 503 "Bad sequence of commands" reply code.',
    quoted: true,
  },
  'rfc6531-3.1-smtputf8': {
    source: 'RFC 6531, section 3.1',
    level: 'must',
    text: 'The SMTPUTF8 parameter of MAIL is offered by the EHLO keyword SMTPUTF8 and holds for that transaction.',
    quoted: false,
  },
  'rfc1870-6-size': {
    source: 'RFC 1870, section 6',
    level: 'must',
    text: 'The SIZE parameter is the client’s estimate for the message of this transaction; it says nothing about a later one.',
    quoted: false,
  },
  'rfc3461-4-dsn': {
    source: 'RFC 3461, section 4',
    level: 'must',
    text: 'NOTIFY, ORCPT, RET and ENVID belong to the recipient or the transaction in which they were given.',
    quoted: false,
  },
  'rfc2034-4-enhanced-codes': {
    source: 'RFC 2034, section 4',
    level: 'must',
    text: 'All status codes returned by the server must agree with the primary response code, that is, a 2xx response must incorporate a 2.X.X code, a 4xx response must incorporate a 4.X.X code, and a 5xx response must incorporate a 5.X.X code.',
    quoted: true,
  },
  'rfc2033-4.2-reply-per-recipient': {
    source: 'RFC 2033, section 4.2',
    level: 'must',
    text: 'After the final ".", the server returns one reply for each previously successful RCPT command in the mail transaction, in the order that the RCPT commands were issued.',
    quoted: true,
  },
  'rfc8689-2-requiretls-in-tls': {
    source: 'RFC 8689, section 2',
    level: 'must',
    text: 'This option MUST only be specified in the context of an SMTP session meeting the security requirements of REQUIRETLS: [...] The session itself MUST employ TLS transmission.',
    quoted: true,
  },
  'rfc9422-limits-of-the-session': {
    source: 'RFC 9422, abstract',
    level: 'should',
    text: 'The extension provides the means for an SMTP, submission, or LMTP server to inform the client of limits the server intends to apply to the protocol during the current session.',
    quoted: true,
  },
} as const satisfies Record<string, Requirement>;

export type RequirementId = keyof typeof REQUIREMENTS;
