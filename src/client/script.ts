/**
 * Server scripts: what a server says otherwise than a plain one, as plain JSON. The scenario of the client role:
 * `before · upgrade · after`, each made of steps that can be left out one by one.
 *
 * A script without steps is a plain server: it offers STARTTLS and nothing else, answers every command kindly, and
 * offers nothing at all in TLS. This file knows the alphabet and nothing of bytes (`spell.ts`) or sockets
 * (`server.ts`). The schemas are the one definition: types and validation come from them.
 */

import { z } from 'zod';
import { Name, OFFERS, Offer } from './offer.ts';

/** What a reply can answer; `credentials` ends an AUTH dialogue, `message` the message. */
export const VERBS = [
  'ehlo',
  'helo',
  'auth',
  'credentials',
  'mail',
  'rcpt',
  'data',
  'message',
  'rset',
  'noop',
  'quit',
] as const;
export const Verb = z.enum(VERBS);
export type Verb = z.infer<typeof Verb>;

/** What may come in place of an answer. */
export const LAPSES = ['fin', 'rst', 'silence'] as const;
export type Lapse = (typeof LAPSES)[number];

const Code = z.int().min(200).max(599);

const Text = z.union([Offer, Name, z.literal('')]);
/** Goes on for some hundred octets (RFC 5321, section 4.5.3.1.5, allows 512): more than some have room for. */
const Long = z.literal(true).exactOptional();

/** One line of a reply that answers nothing, maybe its code alone. `more` joins it to the next line by a hyphen. */
export const Line = z
  .strictObject({ code: Code, more: z.literal(true).exactOptional(), text: Text, long: Long })
  .readonly();
export type Line = z.infer<typeof Line>;

/** Whole lines, then a line without its end; `blank` puts a blank behind it. */
export const Glue = z
  .strictObject({
    lines: z.array(Line).max(16).readonly(),
    fragment: z
      .strictObject({ ...Line.unwrap().shape, blank: z.literal(true).exactOptional() })
      .readonly()
      .exactOptional(),
  })
  .readonly();
export type Glue = z.infer<typeof Glue>;

/** Keywords are read in whichever letters (RFC 5321, section 2.4); STARTTLS has no parameter (RFC 3207, section 4). */
export const SPELLINGS = ['starttls', 'StartTLS', 'STARTTLS REQUIRED'] as const;

/** What a firewall may make of the words of a greeting. */
export const STARS = '****************************************';

/** The names of several servers at once: who looks for one of them finds it. */
export const SOFTWARE = 'ESMTP Exim Postfix Sendmail qmail Exchange';

/** What a greeting may say where others say ESMTP: some clients go by the word, or by the software that seems to be there. */
export const WELCOMES = [
  'SMTP',
  'LMTP',
  'Service ready',
  SOFTWARE,
  'Microsoft ESMTP MAIL Service, Version: 10.0.17763.1697 ready',
  STARS,
] as const;

export const Step = z.discriminatedUnion('kind', [
  ...OFFERS,
  /** In place of the usual greeting, and its name in the answers to EHLO and HELO; in TLS, where none is due, one too many. */
  z
    .strictObject({
      kind: z.literal('greeting'),
      name: Name,
      code: Code,
      lines: z.int().min(1).max(4),
      /** In place of ESMTP. */
      says: z.enum(WELCOMES).exactOptional(),
      long: Long,
    })
    .readonly(),
  /** A name in the answer to STARTTLS; only in `before`. */
  z.strictObject({ kind: z.literal('ready'), name: Name, long: Long }).readonly(),
  /** STARTTLS is not offered; only in `before`. */
  z.strictObject({ kind: z.literal('withhold') }).readonly(),
  /** STARTTLS is offered in other words than usual; only in `before`. */
  z.strictObject({ kind: z.literal('spelling'), starttls: z.enum(SPELLINGS) }).readonly(),
  /** A command is answered otherwise than usual; `once` on each connection, where who tries again is answered as usual. */
  z
    .strictObject({
      kind: z.literal('answer'),
      to: Verb,
      code: Code,
      lines: z.int().min(1).max(4),
      once: z.literal(true).exactOptional(),
    })
    .readonly(),
  /** Replies that nobody asked for, in the segment of a reply. */
  z.strictObject({ kind: z.literal('extra'), behind: Verb, glue: Glue }).readonly(),
  /** There is no answer: the connection is ended in its place, or the server is silent. */
  z.strictObject({ kind: z.literal('close'), on: Verb, how: z.enum(LAPSES) }).readonly(),
  /** The answer is held back: a fence. A command that comes before it was answered by something else. */
  z.strictObject({ kind: z.literal('hold'), on: Verb, ms: z.int().min(0).max(2_000) }).readonly(),
]);
export type Step = z.infer<typeof Step>;

/**
 * All of the right name but three: `similar-name` is one that some take who look for a part of a name, and `common-name` has
 * the right one where only clients of old look for it, beside a wrong one where it counts. Some take no other stranger's but
 * one that is `self-signed`, or one that comes with its `strange-root`. `no-authority` is signed with the certificate of another
 * server, which may sign none.
 */
export const CERTIFICATES = [
  'right',
  'wrong-name',
  'similar-name',
  'common-name',
  'wrong-issuer',
  'strange-root',
  'self-signed',
  'no-authority',
  'expired',
  'not-yet-valid',
] as const;
export type CertificateKind = (typeof CERTIFICATES)[number];

/** Those that prove nothing to anybody. About the common name there were other rules before RFC 6125. */
export const STRANGE: readonly CertificateKind[] = CERTIFICATES.filter(
  kind => kind !== 'right' && kind !== 'common-name',
);

/** What comes in place of the server's part of the handshake. An alert says why; some clients make light of one reason alone. */
export const FAILURES = [
  'garbage',
  'reply',
  'alert',
  'alert-version',
  'alert-internal',
  'alert-name',
  'fin',
  'rst',
  'silence',
] as const;
export type Failure = (typeof FAILURES)[number];

export const Handshake = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('sound'),
      /** The newest version that is taken; a client that knows no better has 1.2 where 1.3 is. */
      version: z.enum(['1.2', '1.3']),
      certificate: z.enum(CERTIFICATES),
    })
    .readonly(),
  z.strictObject({ kind: z.literal('failed'), how: z.enum(FAILURES) }).readonly(),
]);
export type Handshake = z.infer<typeof Handshake>;

export const Upgrade = z
  .strictObject({
    /** The answer to STARTTLS. TLS is begun behind 220, and where the client begins it all the same. */
    code: Code,
    lines: z.int().min(1).max(4),
    /** Bytes in the segment of that answer. */
    glued: Glue.exactOptional(),
    /** Bytes in a segment of their own, behind the answer and before the handshake. */
    segment: Glue.exactOptional(),
    /** That segment comes a moment later, as a client sees it that was not busy when the answer came. */
    later: z.literal(true).exactOptional(),
    /** There is no answer: the connection is ended in its place, or the server is silent. */
    unanswered: z.enum(LAPSES).exactOptional(),
    handshake: Handshake,
  })
  .readonly();
export type Upgrade = z.infer<typeof Upgrade>;

/** What the client is asked to do. Where it cannot be asked (a command line of the user), it says nothing. */
export const Errand = z
  .strictObject({
    /** It is given credentials. */
    login: z.literal(true).exactOptional(),
    /** It is told the address of the server, not its name. */
    address: z.literal(true).exactOptional(),
    /** The message, or its sender, has characters beyond ASCII. */
    letter: z.enum(['eight-bit', 'utf8-sender']).exactOptional(),
  })
  .readonly();
export type Errand = z.infer<typeof Errand>;

export const Script = z
  .strictObject({
    errand: Errand,
    before: z.array(Step).max(64).readonly(),
    upgrade: Upgrade,
    after: z.array(Step).max(64).readonly(),
    /** So many connections come first, on which nothing but what is said in TLS is out of the ordinary. */
    spared: z.int().min(1).max(4).exactOptional(),
    /** On those the handshake fails in this way: some are less careful when they come again. */
    firstFails: z.enum(FAILURES).exactOptional(),
  })
  .readonly();
export type Script = z.infer<typeof Script>;

/** Whether what a report holds is a server's script, or a client's scenario. */
export const isScript = (one: object): one is Script => 'errand' in one;

/** A bare 220, and a handshake that succeeds. */
export const CLEAN: Upgrade = {
  code: 220,
  lines: 1,
  handshake: { kind: 'sound', version: '1.3', certificate: 'right' },
};

/**
 * The fresh run of a script: nothing but STARTTLS offered before a clean upgrade, then the same. Knowledge that TLS
 * itself gives (its version, the certificate, on each connection) is the same in both.
 */
export function fresh({ errand, upgrade, after, spared }: Script): Script {
  const { handshake } = upgrade;
  const plain: Script = { errand, before: [], upgrade: CLEAN, after };
  if (handshake.kind !== 'sound') return plain;
  const isSpared = spared !== undefined && handshake.certificate !== 'right';
  return { ...plain, upgrade: { ...CLEAN, handshake }, ...(isSpared ? { spared } : {}) };
}

/** What is played on the connections that are spared. */
export const sparing = ({ errand, after, firstFails: how }: Script): Script => ({
  errand,
  before: [],
  upgrade: how === undefined ? CLEAN : { ...CLEAN, handshake: { kind: 'failed', how } },
  after,
});

/** Whether a connection, of those counted from 0, is one on which the script is played. */
export const isPlayedOn = ({ spared = 0 }: Script, connection: number): boolean => connection >= spared;

/** Whether the answer to STARTTLS is a bare 220. */
export const isClean = (upgrade: Upgrade): boolean =>
  upgrade.code === 220 && upgrade.lines === 1 && upgrade.unanswered === undefined && !hasGlue(upgrade);

/** Whether bytes come behind the answer to STARTTLS, in its segment or in one of their own. */
export const hasGlue = ({ glued, segment }: Upgrade): boolean => glued !== undefined || segment !== undefined;

/** Whether the server keeps the client waiting for as long as it will. */
export const isSilent = ({
  before,
  upgrade: { handshake, unanswered },
  after,
  firstFails,
}: Script): boolean =>
  unanswered === 'silence' ||
  firstFails === 'silence' ||
  (handshake.kind === 'failed' && handshake.how === 'silence') ||
  [...before, ...after].some(step => step.kind === 'close' && step.how === 'silence');

export const isOffer = (step: Step): step is Offer =>
  step.kind === 'keyword' ||
  step.kind === 'size' ||
  step.kind === 'auth' ||
  step.kind === 'limits' ||
  step.kind === 'unknown';

/**
 * Whether anything before TLS may make a careful client give up: bytes that nobody asked for, or an answer out of
 * the ordinary. A list of extensions, however long, is no surprise, nor is what the answer to STARTTLS says.
 */
export const surprises = ({ before, upgrade, firstFails }: Script): boolean =>
  !isClean(upgrade) ||
  firstFails !== undefined ||
  before.some(step => !isOffer(step) && step.kind !== 'ready');

/** Whether the server answers in TLS what nobody asked: then a client that reads one answer for each command is ahead. */
export const speaksUnasked = ({ after }: Script): boolean =>
  after.some(({ kind }) => kind === 'greeting' || kind === 'extra');

/** Whether a client in TLS need not wait for each answer. */
export const offersPipelining = ({ after }: Script): boolean =>
  after.some(step => step.kind === 'keyword' && step.keyword === 'PIPELINING');

/** Steps in before + upgrade + after. */
export const size = ({ before, after }: Script): number => before.length + 1 + after.length;
