/**
 * What a server may offer in the list that answers EHLO, as plain JSON: the part of the alphabet that a client goes by.
 * How it is spelled stands in `spell.ts`, how lists are drawn in `lists.ts`.
 */

import { z } from 'zod';

/**
 * A symbolic name, replaced in each run by a fresh random token. The letters behind `l` belong to what the client is
 * given to say (`spell.ts`).
 */
export const Name = z.string().regex(/^[a-l]$/);
export type Name = z.infer<typeof Name>;

/** Extensions that are a keyword and no more, and that most servers offer. */
export const COMMON_KEYWORDS = [
  'PIPELINING',
  '8BITMIME',
  'SMTPUTF8',
  'DSN',
  'CHUNKING',
  'BINARYMIME',
  'ENHANCEDSTATUSCODES',
  'REQUIRETLS',
  'DELIVERBY',
  'VRFY',
  'ETRN',
  'HELP',
] as const;

/** Others, from the IANA's registry and from well-known servers; two in small letters (RFC 5321, section 4.1.1.1). */
export const RARE_KEYWORDS = [
  'ATRN',
  'AUTH=LOGIN',
  'BURL imap',
  'CHECKPOINT',
  'CONNEG',
  'CONPERM',
  'EXPN',
  'FUTURERELEASE 604800 2030-01-01T00:00:00Z',
  'MT-PRIORITY MIXER',
  'MTRK',
  'NO-SOLICITING',
  'PRDR',
  'RRVS',
  'SUBMITTER',
  'TURN',
  'UTF8SMTP',
  'X-ANONYMOUSTLS',
  'X-EXPS NTLM LOGIN',
  'XCLIENT NAME ADDR',
  'XEXCH50',
  'XFORWARD NAME ADDR',
  'XVERP',
  'auth PLAIN LOGIN',
  'size 10000000',
] as const;

/** The same extensions with other parameters: which hours, priorities or classes there are may be kept where the rest is not. */
export const OTHERWISE_SAID = {
  'DELIVERBY 86400': 'DELIVERBY',
  'FUTURERELEASE 7200 2029-01-01T00:00:00Z': 'FUTURERELEASE 604800 2030-01-01T00:00:00Z',
  'MT-PRIORITY STANAG4406': 'MT-PRIORITY MIXER',
  'NO-SOLICITING org.example:ADV': 'NO-SOLICITING',
  'XCLIENT ADDR PORT': 'XCLIENT NAME ADDR',
  'XFORWARD ADDR PROTO': 'XFORWARD NAME ADDR',
} as const satisfies Readonly<
  Record<string, (typeof COMMON_KEYWORDS)[number] | (typeof RARE_KEYWORDS)[number]>
>;
type Otherwise = keyof typeof OTHERWISE_SAID;
export const OTHER_KEYWORDS = Object.keys(OTHERWISE_SAID) as readonly Otherwise[];

/** STARTTLS here means: offered in TLS as well. */
const KEYWORDS = [...COMMON_KEYWORDS, ...RARE_KEYWORDS, ...OTHER_KEYWORDS, 'STARTTLS'] as const;

export const COMMON_MECHANISMS = ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'] as const;
export const MECHANISMS = [
  ...COMMON_MECHANISMS,
  'DIGEST-MD5',
  'EXTERNAL',
  'GSSAPI',
  'NTLM',
  'OAUTHBEARER',
  'SCRAM-SHA-1',
  'SCRAM-SHA-256',
] as const;

/** A line of EHLO's list. */
export const OFFERS = [
  z.strictObject({ kind: z.literal('keyword'), keyword: z.enum(KEYWORDS) }).readonly(),
  z
    .strictObject({
      kind: z.literal('size'),
      /** Octets; null offers SIZE without saying how much. */
      limit: z.int().min(0).max(1_000_000_000).nullable(),
    })
    .readonly(),
  z
    .strictObject({ kind: z.literal('auth'), mechanisms: z.array(z.enum(MECHANISMS)).min(1).readonly() })
    .readonly(),
  z.strictObject({ kind: z.literal('limits'), recipients: z.int().min(1).max(1_000) }).readonly(),
  /** An extension that nobody knows, with a token in it. */
  z.strictObject({ kind: z.literal('unknown'), name: Name }).readonly(),
] as const;
export const Offer = z.discriminatedUnion('kind', OFFERS);
export type Offer = z.infer<typeof Offer>;

/** What an extension is called, whatever its parameters are. */
export const plainKeyword = (keyword: string): string =>
  (OTHERWISE_SAID as Readonly<Record<string, string>>)[keyword] ?? keyword;

/** All extensions that there are here, each once, STARTTLS apart. */
export const OFFERED: readonly Offer[] = [
  ...[...COMMON_KEYWORDS, ...RARE_KEYWORDS].map((keyword): Offer => ({ kind: 'keyword', keyword })),
  { kind: 'size', limit: null },
  { kind: 'auth', mechanisms: COMMON_MECHANISMS },
  { kind: 'limits', recipients: 1 },
  { kind: 'unknown', name: 'a' },
];

const keywords = (all: readonly (typeof KEYWORDS)[number][]): readonly Offer[] =>
  all.map(keyword => ({ kind: 'keyword', keyword }));

/** Those that have parameters which may be others, as a list usually has them, and otherwise. */
export const WITH_PARAMETERS: readonly Offer[] = keywords(Object.values(OTHERWISE_SAID));
export const WITH_OTHERS: readonly Offer[] = keywords(OTHER_KEYWORDS);
