/**
 * The sentences of the RFCs that afresh judges by, as data. A finding cites one of them: the RFC's own words
 * for RFC 3207, 5321 and 4954, a summary for the extensions.
 *
 * Nothing here is executable; claims refer to a requirement by its id.
 */

export type Level = 'must' | 'should';

export interface Requirement {
  readonly source: string;
  readonly level: Level;
  readonly text: string;
}

export const REQUIREMENTS = {
  'rfc3207-4.2-server-discards': {
    source: 'RFC 3207, section 4.2',
    level: 'must',
    text: 'The server MUST discard any knowledge obtained from the client, such as the argument to the EHLO command, which was not obtained from the TLS negotiation itself.',
  },
  'rfc3207-4.2-initial-state': {
    source: 'RFC 3207, section 4.2',
    level: 'must',
    text: 'Upon completion of the TLS handshake, the SMTP protocol is reset to the initial state (the state in SMTP after a server issues a 220 service ready greeting).',
  },
  'rfc3207-4.2-client-discards': {
    source: 'RFC 3207, section 4.2',
    level: 'must',
    text: 'The client MUST discard any knowledge obtained from the server, such as the list of SMTP service extensions, which was not obtained from the TLS negotiation itself.',
  },
  'rfc3207-4.2-client-ehlo': {
    source: 'RFC 3207, section 4.2',
    level: 'should',
    text: 'The client SHOULD send an EHLO command as the first command after a successful TLS negotiation.',
  },
  'rfc3207-4.2-not-offered-again': {
    source: 'RFC 3207, section 4.2',
    level: 'must',
    text: 'A server MUST NOT return the STARTTLS extension in response to an EHLO command received after a TLS handshake has completed.',
  },
  'rfc3207-4.2-not-sent-again': {
    source: 'RFC 3207, section 4.2',
    level: 'must',
    text: 'A client MUST NOT attempt to start a TLS session if a TLS session is already active.',
  },
  'rfc3207-4.2-list-may-differ': {
    source: 'RFC 3207, section 4.2',
    level: 'should',
    text: 'The list of SMTP service extensions returned in response to an EHLO command received after the TLS handshake MAY be different than the list returned before the TLS handshake.',
  },
  'rfc3207-4-no-parameters': {
    source: 'RFC 3207, section 4',
    level: 'must',
    text: 'The format for the STARTTLS command is: STARTTLS with no parameters. [...] 501 Syntax error (no parameters allowed)',
  },
  'rfc3207-4-negotiate-after-220': {
    source: 'RFC 3207, section 4',
    level: 'should',
    text: 'After receiving a 220 response to a STARTTLS command, the client MUST start the TLS negotiation before giving any other SMTP commands.',
  },
  'rfc3207-4.1-failed-negotiation': {
    source: 'RFC 3207, section 4.1',
    level: 'should',
    text: 'If the SMTP server decides that the level of authentication or privacy is not high enough for it to continue, it SHOULD reply to every SMTP command from the client (other than a QUIT command) with the 554 reply code.',
  },
  'rfc3207-6-before-tls': {
    source: 'RFC 3207, section 6',
    level: 'must',
    text: 'Clients and servers MUST discard any knowledge obtained prior to the start of the TLS handshake upon completion of the TLS handshake.',
  },
  'rfc3207-errata-starttlsdomain': {
    source: 'Discussion of an erratum to RFC 3207 on ietf-smtp, January 2009',
    level: 'should',
    text: 'An extension STARTTLSDOMAIN says that STARTTLS accepts a single, optional parameter: the domain associated with the certificate the client would like to see the server assert.',
  },
  'rfc5321-4.1.4-greeting-first': {
    source: 'RFC 5321, section 4.1.4',
    level: 'must',
    text: 'A session that will contain mail transactions MUST first be initialized by the use of the EHLO command.',
  },
  'rfc5321-4.2-one-reply': {
    source: 'RFC 5321, section 4.2',
    level: 'must',
    text: 'Every command MUST generate exactly one reply.',
  },
  'rfc5321-4.1.4-order': {
    source: 'RFC 5321, section 4.1.4',
    level: 'must',
    text: 'MAIL MUST NOT be sent if a mail transaction is already open, i.e., it should be sent only if no mail transaction had been started in the session, or if the previous one successfully concluded with a successful DATA command, or if the previous one was aborted.',
  },
  'rfc4954-4-auth-once': {
    source: 'RFC 4954, section 4',
    level: 'must',
    text: 'After a successful AUTH command completes, a server MUST reject any further AUTH commands with a 503 reply.',
  },
  'rfc4954-4-auth-not-in-transaction': {
    source: 'RFC 4954, section 4',
    level: 'must',
    text: 'The AUTH command is not permitted during a mail transaction. An AUTH command issued during a mail transaction MUST be rejected with a 503 reply.',
  },
  'rfc2920-3.2-pipelining': {
    source: 'RFC 2920, section 3.2',
    level: 'must',
    text: 'A server that supports pipelining MUST NOT flush or otherwise lose the contents of the TCP input buffer under any circumstances whatsoever [STARTTLS excepted by RFC 3207].',
  },
  'rfc3030-2-bdat': {
    source: 'RFC 3030, section 2',
    level: 'must',
    text: 'A 503 "Bad sequence of commands" response MUST be sent if a BDAT command is issued without a mail transaction, and any BDAT command after the BDAT LAST is illegal.',
  },
  'rfc6531-3.1-smtputf8': {
    source: 'RFC 6531, section 3.1',
    level: 'must',
    text: 'The SMTPUTF8 parameter of MAIL is offered by the EHLO keyword SMTPUTF8 and holds for that transaction.',
  },
  'rfc1870-6-size': {
    source: 'RFC 1870, section 6',
    level: 'must',
    text: 'The SIZE parameter is the client’s estimate for the message of this transaction; it says nothing about a later one.',
  },
  'rfc3461-4-dsn': {
    source: 'RFC 3461, section 4',
    level: 'must',
    text: 'NOTIFY, ORCPT, RET and ENVID belong to the recipient or the transaction in which they were given.',
  },
  'rfc2034-4-enhanced-codes': {
    source: 'RFC 2034, section 4',
    level: 'must',
    text: 'A server which offers ENHANCEDSTATUSCODES prefaces the text of its 2xx, 4xx and 5xx responses with the enhanced status code.',
  },
} as const satisfies Record<string, Requirement>;

export type RequirementId = keyof typeof REQUIREMENTS;
