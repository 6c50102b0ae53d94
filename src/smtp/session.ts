/**
 * What an SMTP server may remember of one connection: the session, a plain value with one field a fact.
 *
 * Pure data. What becomes of each field when TLS starts stands in `fates.ts`; which commands may change it
 * stands in `machine.ts`. To forget a field is to give it the value it has in `newSession()`.
 */

import type { Mechanism } from './sasl.ts';

export interface Greeting {
  readonly verb: 'HELO' | 'EHLO' | 'LHLO';
  readonly name: string;
}

export interface Sender {
  readonly address: string;
  /** ESMTP parameters of MAIL, keyword in upper case: SIZE, BODY, SMTPUTF8, RET, ENVID, AUTH, REQUIRETLS. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Recipient {
  readonly address: string;
  /** ESMTP parameters of RCPT: NOTIFY, ORCPT (RFC 3461). */
  readonly parameters: Readonly<Record<string, string>>;
}

/** An AUTH exchange that waits for the client's next line (RFC 4954, section 4). */
export interface Dialogue {
  readonly mechanism: Mechanism;
  /** What LOGIN has been told so far. */
  readonly user?: string;
  /** What CRAM-MD5 has asked (RFC 2195). */
  readonly challenge?: string;
}

/** What the TLS negotiation itself told the server; the one kind of knowledge that may cross it. */
export interface TlsKnowledge {
  readonly version: string;
  readonly sni?: string;
  readonly certificate?: string;
  readonly resumed: boolean;
  /** Names the TLS session, alike on all connections that resume it; absent where the TLS library does not tell. */
  readonly session?: string;
}

export interface Session {
  readonly greeting: Greeting | undefined;
  readonly sender: Sender | undefined;
  readonly recipients: readonly Recipient[];
  /** Message bytes of the BDAT chunks so far (RFC 3030). */
  readonly chunks: string | undefined;
  readonly login: string | undefined;
  readonly dialogue: Dialogue | undefined;
  /** What XCLIENT and XFORWARD said of the original client. */
  readonly proxy: Readonly<Record<string, string>> | undefined;
  /** The extension list, made at the first EHLO. */
  readonly offer: readonly string[] | undefined;
  /** Bytes that have arrived and are not yet consumed. */
  readonly pending: string;
  readonly transactions: number;
  readonly sessionRecipients: number;
  readonly errors: number;
  readonly unknown: number;
  readonly commands: number;
  readonly failedLogins: number;
  readonly messages: number;
  readonly bytes: number;
  /** When the connection was opened, in milliseconds of the server's clock. */
  readonly openedAt: number;
  /** The optional parameter of STARTTLS under STARTTLSDOMAIN. */
  readonly domain: string | undefined;
  readonly tls: TlsKnowledge | undefined;
}

export type Field = keyof Session;

export function newSession(openedAt: number): Session {
  return {
    greeting: undefined,
    sender: undefined,
    recipients: [],
    chunks: undefined,
    login: undefined,
    dialogue: undefined,
    proxy: undefined,
    offer: undefined,
    pending: '',
    transactions: 0,
    sessionRecipients: 0,
    errors: 0,
    unknown: 0,
    commands: 0,
    failedLogins: 0,
    messages: 0,
    bytes: 0,
    openedAt,
    domain: undefined,
    tls: undefined,
  };
}

/** What a transaction holds; DATA, BDAT LAST, RSET and a new greeting end it (RFC 5321, section 4.1.1.5). */
export const NO_TRANSACTION = {
  sender: undefined,
  recipients: [],
  chunks: undefined,
} as const satisfies Partial<Session>;
