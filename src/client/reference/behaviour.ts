/**
 * What a client may remember across STARTTLS, and what it may do wrong: the table from which planted client faults
 * are made, and the sound variants that tempt to a false alarm. Pure data.
 */

/** What a client may know of the server, each kept by itself. The first eight are extensions of the list. */
const KNOWLEDGE = {
  SIZE: 'that SIZE was offered, and how much',
  AUTH: 'the AUTH mechanisms',
  PIPELINING: 'that PIPELINING was offered',
  '8BITMIME': 'that 8BITMIME was offered',
  SMTPUTF8: 'that SMTPUTF8 was offered',
  DSN: 'that DSN was offered',
  CHUNKING: 'that CHUNKING was offered',
  beside: 'that DSN was offered, if SIZE was and PIPELINING was not',
  LIMITS: 'how many recipients a transaction may have',
  unknown: 'extensions that it does not know',
  greeting: 'the name in the greeting',
  welcome: 'whether the greeting said ESMTP',
  address: 'its own address, which the answer to EHLO told',
  name: 'its own name, with which EHLO was taken when it tried again',
  ready: 'the name in the answer to STARTTLS',
  absence: 'that AUTH was not offered',
  refusal: 'that EHLO was refused',
  lines: 'whole lines that it has not read yet',
  fragment: 'the beginning of a line that it has not read yet',
  answers: 'what it has not read yet, for the answer to what comes behind EHLO',
  meanwhile: 'what comes while it makes ready for TLS',
  rest: 'what of the answer to STARTTLS goes beyond 150 octets',
  scrap: 'the code of a line that it has not read yet, if no more of it has come',
} as const satisfies Record<string, string>;
export type Knowledge = keyof typeof KNOWLEDGE;

/** What a client may do, besides. */
const DEEDS = {
  'skips-ehlo': 'begins in TLS with MAIL',
  'skips-ehlo-by-list': 'begins in TLS with what it has to say if DSN was offered before',
  'uses-old-list': 'sends no EHLO in TLS, and goes by the list from before',
  'prefers-old-list': 'sends EHLO in TLS, and goes by the list from before',
  'falls-back-on-old-list': 'goes by the list from before where EHLO is refused in TLS',
  'old-list-when-refused': 'goes by the list from before where MAIL is refused in TLS',
  'declares-old-size': 'declares the SIZE that was offered before TLS as that of its message',
  'both-lists': 'goes by what the list from before and that in TLS have in common, and by the smaller SIZE',
  'starttls-again': 'sends STARTTLS in TLS where it is offered there',
  'plain-when-not-offered': 'goes on in plaintext where STARTTLS is not offered, though TLS is required',
  'plain-when-refused': 'goes on in plaintext where STARTTLS is refused, though TLS is required',
  'plain-after-failure': 'comes back in plaintext when the handshake failed, though TLS is required',
  'plain-when-garbled':
    'comes back in plaintext when what comes in place of the handshake is no TLS, though TLS is required',
  'plain-when-dropped':
    'comes back in plaintext when the connection is ended in place of an answer to STARTTLS, though TLS is required',
  'plain-behind-bytes':
    'comes back in plaintext when there is anything behind the 220, though TLS is required',
  'plain-after-session':
    'comes back in plaintext, and logs in there, when the session in TLS is ended before it was greeted, though TLS is required',
  'login-before-starttls': 'logs in before STARTTLS',
  'mail-before-starttls': 'sends MAIL before STARTTLS',
  'any-name': 'takes a certificate of any name',
  'similar-name': 'takes a certificate of any name that the right one is a part of',
  'greeted-name': 'takes a certificate of the name that the server has greeted with',
  'any-name-for-address': 'takes a certificate of any name where it is told an address',
  'any-issuer': 'takes a certificate of any issuer',
  'no-issuer': 'takes a certificate of the right name, whoever made it and when',
  'self-signed': 'takes a certificate that is its own issuer',
  'strange-root': 'takes a certificate of any issuer that comes with it',
  'no-authority': 'takes a certificate that is signed with another one, whatever that may sign',
  'any-chain': 'looks at no certificate that comes behind that of the server',
  'any-date': 'takes a certificate of any date',
  'any-in-tls-1.2': 'takes any certificate over TLS 1.2',
  'careless-when-back':
    'comes back when it got no further in TLS, and takes a certificate of any issuer then, having seen a right one',
  'careless-when-refused':
    'comes back when the server refused the handshake, and takes a certificate of any issuer then',
  'pipelines-starttls': 'sends EHLO in the segment of STARTTLS',
  'pipelines-mail': 'sends MAIL in the segment of STARTTLS',
  'speaks-before-tls': 'sends EHLO in plaintext behind the 220',
  'never-ends': 'does not end when the server has ended the connection',
  'tries-for-ever': 'tries STARTTLS again and again where it is refused',
} as const satisfies Record<string, string>;

/** What a client may do and be sound. */
const HABITS = {
  'tries-names': 'sends EHLO with another name where it is refused',
  'ehlo-twice': 'sends EHLO twice in TLS',
  'helo-in-tls': 'greets with HELO in TLS',
  'noop-first': 'sends NOOP behind EHLO, and RSET before MAIL',
  wary: 'gives up where anything came behind the 220',
  'quits-politely': 'completes the handshake with a wrong certificate, and says QUIT',
  'leaves-without-quit': 'ends the connection without QUIT',
  'login-blind': 'logs in with PLAIN whatever the list says',
  'lower-case': 'writes its commands in lower case',
  impulsive: 'pipelines whatever the list says',
  'writes-apart': 'pipelines in many segments, some of which leave when an answer has come',
  'draws-sender': 'draws a sender for bounces, and an ENVID, anew for each message',
  'common-name': 'takes a certificate whose common name is right, and the names beside it are wrong',
  eager: 'begins TLS behind any answer to STARTTLS that is no refusal',
  'tries-twice': 'comes back on a new connection, and with TLS, when it failed on the first',
} as const satisfies Record<string, string>;

export type Trait = keyof typeof DEEDS | keyof typeof HABITS;

export interface Variant {
  readonly name: string;
  readonly title: string;
  /** A planted fault, or a sound client. */
  readonly faulty: boolean;
  readonly keeps?: Knowledge;
  readonly trait?: Trait;
}

const entries = <K extends string>(table: Readonly<Record<K, string>>): readonly (readonly [K, string])[] =>
  Object.entries(table) as [K, string][];

export const VARIANTS: readonly Variant[] = [
  { name: 'sound', title: 'does as the RFC says', faulty: false },
  ...entries(HABITS).map(([trait, title]): Variant => ({ name: trait, title, faulty: false, trait })),
  ...entries(KNOWLEDGE).map(
    ([keeps, what]): Variant => ({
      name: `keeps-${keeps.toLowerCase()}`,
      title: `keeps ${what}`,
      faulty: true,
      keeps,
    }),
  ),
  ...entries(DEEDS).map(([trait, title]): Variant => ({ name: trait, title, faulty: true, trait })),
];
