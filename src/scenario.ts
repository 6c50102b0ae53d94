/**
 * Scenarios: what a client does, as plain JSON. `before · upgrade · after`, each made of steps.
 *
 * This file knows the alphabet and nothing of how it is spelled in bytes (`spell.ts`), sent (`run.ts`) or
 * chosen (`generate/`). The schemas below are the one definition: types, validation and the published JSON
 * schema come from them. A generated scenario, a corpus file and a hand-written case are the same thing.
 */

import { z } from 'zod';
import { MECHANISMS } from './smtp/sasl.ts';

/**
 * A symbolic name, `a` to `z`. Each run replaces it by a fresh random token, the same one wherever the letter
 * stands, so that a value of `before` can be recognised behind TLS and no two runs share one.
 */
export const Name = z.string().regex(/^[a-z]$/);
export type Name = z.infer<typeof Name>;

const isBytes = (text: string): boolean => ![...text].some(character => character > '\u00ff');

/** How a command line departs from its canonical spelling. */
export const SPELLINGS = [
  'lower',
  'mixed',
  'leading-blank',
  'double-blank',
  'trailing-blank',
  'tab',
] as const;
export const Spelling = z.enum(SPELLINGS);
export type Spelling = z.infer<typeof Spelling>;

/** Message bodies by what makes them awkward to parse. */
export const BODIES = ['plain', 'dots', 'bare-lf', 'eight-bit', 'commands', 'long-line', 'empty'] as const;
export const Body = z.enum(BODIES);
export type Body = z.infer<typeof Body>;

/** What every command line may carry: an odd spelling, and `piped`: the next step goes in the same segment. */
const line = { spelling: Spelling.exactOptional(), piped: z.literal(true).exactOptional() };

/** As long as it may be: a local part of 64 octets, a domain of 255 (RFC 5321, section 4.5.3.1). */
const long = z.literal(true).exactOptional();

/** An address in place of the name (RFC 5321, section 4.1.3). */
const literal = z.literal(true).exactOptional();
/** A local part in quotes (RFC 5321, section 4.1.2). */
const quoted = z.literal(true).exactOptional();

const greeting = <V extends string>(verb: V) =>
  z.strictObject({ kind: z.literal(verb), name: Name, long, literal, ...line }).readonly();
const bare = <V extends string>(verb: V) =>
  z.strictObject({ kind: z.literal(verb), argument: Name.exactOptional(), ...line }).readonly();
const proxy = <V extends string>(verb: V) =>
  z
    .strictObject({
      kind: z.literal(verb),
      attribute: z.enum(['NAME', 'HELO', 'LOGIN', 'ADDR', 'PROTO']),
      value: Name,
      ...line,
    })
    .readonly();

/** Whether the local part goes beyond ASCII, which SMTPUTF8 alone makes acceptable (RFC 6531, section 3.3). */
const international = z.literal(true).exactOptional();

const Mail = z
  .strictObject({
    kind: z.literal('mail'),
    /** The sender; null is the null reverse-path `<>`. */
    from: Name.nullable(),
    /** One of the target's own domain, whom some servers trust, or want a login of. */
    local: z.literal(true).exactOptional(),
    international,
    long,
    quoted,
    size: z
      .int()
      .min(0)
      .max(2 ** 40)
      .exactOptional(),
    body: z.enum(['7BIT', '8BITMIME', 'BINARYMIME']).exactOptional(),
    smtputf8: z.literal(true).exactOptional(),
    ret: z.enum(['FULL', 'HDRS']).exactOptional(),
    envid: Name.exactOptional(),
    auth: Name.exactOptional(),
    requiretls: z.literal(true).exactOptional(),
    /** Seconds to deliver it in, and whether it is returned then, or that told (RFC 2852, section 4). */
    by: z.enum(['120;R', '120;N']).exactOptional(),
    /** Seconds to hold it for (RFC 4865, section 4). */
    holdFor: z.int().min(1).max(999_999_999).exactOptional(),
    /** RFC 6710, section 4. */
    priority: z.int().min(-9).max(9).exactOptional(),
    ...line,
  })
  .readonly();

const Rcpt = z
  .strictObject({
    kind: z.literal('rcpt'),
    to: Name,
    international,
    long,
    quoted,
    /** A recipient that only a login (or nothing) makes acceptable: its domain is not the target's. */
    foreign: z.literal(true).exactOptional(),
    /** In place of the name, whom every server takes mail for, and without a domain (RFC 5321, section 4.5.1). */
    postmaster: z.literal(true).exactOptional(),
    notify: z.enum(['NEVER', 'SUCCESS', 'FAILURE,DELAY']).exactOptional(),
    orcpt: Name.exactOptional(),
    ...line,
  })
  .readonly();

/** DATA and, if the answer is 354, the message. `token` marks the message. */
const Data = z.strictObject({ kind: z.literal('data'), body: Body, token: Name, ...line }).readonly();
const Bdat = z
  .strictObject({
    kind: z.literal('bdat'),
    body: Body,
    token: Name,
    last: z.literal(true).exactOptional(),
    ...line,
  })
  .readonly();

/**
 * An AUTH exchange: with the right or a wrong password, cancelled by `*`, or left open. `initial` sends the first answer with
 * the command, where the client has the first word; `named` says who it is before the exchange is cancelled or left open,
 * where that is asked first.
 */
const Auth = z
  .strictObject({
    kind: z.literal('auth'),
    mechanism: z.enum(MECHANISMS),
    answer: z.enum(['right', 'wrong', 'cancelled', 'open']),
    /** The user name that a wrong answer gives. */
    user: Name,
    initial: z.literal(true).exactOptional(),
    named: z.literal(true).exactOptional(),
    ...line,
  })
  .readonly();

/** Any other line, repeated `times` to be over-long; CRLF is added. */
const Line = z
  .strictObject({
    kind: z.literal('line'),
    text: z
      .string()
      .max(4_096)
      .regex(/^[^\r\n]*$/),
    times: z.int().min(1).max(4_096).exactOptional(),
    ...line,
  })
  .readonly();

/** Bytes as they are (one character a byte), with no CRLF and no reply expected. */
const Bytes = z
  .strictObject({
    kind: z.literal('bytes'),
    bytes: z.string().max(4_096).refine(isBytes, 'one character a byte'),
  })
  .readonly();
const Pause = z.strictObject({ kind: z.literal('pause'), ms: z.int().min(0).max(60_000) }).readonly();
/** The client closes: TLS close_notify first, or TCP FIN alone. Only the last step of `after`. */
const Close = z.strictObject({ kind: z.literal('close'), how: z.enum(['close_notify', 'fin']) }).readonly();

export const Step = z.discriminatedUnion('kind', [
  greeting('helo'),
  greeting('ehlo'),
  greeting('lhlo'),
  Mail,
  Rcpt,
  Data,
  Bdat,
  bare('rset'),
  bare('noop'),
  bare('vrfy'),
  bare('expn'),
  bare('help'),
  bare('quit'),
  Auth,
  proxy('xclient'),
  proxy('xforward'),
  bare('starttls'),
  Line,
  Bytes,
  Pause,
  Close,
]);
export type Step = z.infer<typeof Step>;
export type StepKind = Step['kind'];

/** Plaintext that travels with STARTTLS: whole lines, `times` over, then a fragment without its line end. */
export const Glue = z
  .strictObject({
    lines: z.array(Step).max(16).readonly(),
    times: z.int().min(1).max(2_000),
    ending: z.enum(['CRLF', 'LF']),
    fragment: Step.exactOptional(),
  })
  .readonly();
export type Glue = z.infer<typeof Glue>;

const SoundHandshake = z
  .strictObject({
    kind: z.literal('sound'),
    version: z.enum(['1.2', '1.3']),
    sni: z.literal(true).exactOptional(),
    certificate: z.literal(true).exactOptional(),
    /** Resume the TLS session of an earlier connection that did these steps in TLS. */
    resumed: z.array(Step).max(16).readonly().exactOptional(),
  })
  .readonly();
export type SoundHandshake = z.infer<typeof SoundHandshake>;

/** What a sound handshake may have about it that some servers do not take. */
export const HANDSHAKE_FORMS = ['1.2', 'sni', 'certificate'] as const;
export type HandshakeForm = (typeof HANDSHAKE_FORMS)[number];

export const FAILURES = [
  'garbage',
  'plaintext',
  'half-hello',
  'alert',
  'fin',
  'rst',
  'close-notify',
] as const;
const FailedHandshake = z.strictObject({ kind: z.literal('failed'), how: z.enum(FAILURES) }).readonly();

export const Handshake = z.discriminatedUnion('kind', [SoundHandshake, FailedHandshake]);
export type Handshake = z.infer<typeof Handshake>;

export const Upgrade = z
  .strictObject({
    spelling: Spelling.exactOptional(),
    argument: Name.exactOptional(),
    /** STARTTLS goes in the segment of what is said last before it, as the end of a group of commands (RFC 2920). */
    piped: z.literal(true).exactOptional(),
    /** STARTTLS comes in two segments: cut within its verb, or between the CR and the LF of its line. */
    split: z.enum(['verb', 'line-end']).exactOptional(),
    /** Bytes in the same segment as STARTTLS, or as the end of it. */
    glued: Glue.exactOptional(),
    /** Bytes in a segment of their own, after the 220 and before the ClientHello. */
    segment: Glue.exactOptional(),
    /** The ClientHello travels in the segment of STARTTLS, before the 220. */
    eager: z.literal(true).exactOptional(),
    handshake: Handshake,
  })
  .readonly();
export type Upgrade = z.infer<typeof Upgrade>;

/** Steps on either side: generated scenarios have a few, an experiment with a limit has many. */
const MOST_STEPS = 4_096;

export const Scenario = z
  .strictObject({
    before: z.array(Step).max(MOST_STEPS).readonly(),
    upgrade: Upgrade,
    after: z.array(Step).max(MOST_STEPS).readonly(),
  })
  .readonly();
export type Scenario = z.infer<typeof Scenario>;

/** What a fresh run says before its clean upgrade; see the baselines in the README. */
export type Baseline = 'starttls-first' | 'neutral-ehlo';

const NEUTRAL: Readonly<Record<Baseline, readonly Step[]>> = {
  'starttls-first': [],
  'neutral-ehlo': [{ kind: 'ehlo', name: 'n' }],
};

/** The TLS parameters that used and fresh run share; a resumed session is compared with a full handshake. */
export function fullHandshake(upgrade: Upgrade): SoundHandshake {
  const { handshake } = upgrade;
  if (handshake.kind === 'failed') return { kind: 'sound', version: '1.3' };
  const { resumed: _, ...full } = handshake;
  return full;
}

/** The fresh run of a scenario: the emptiest `before`, a clean upgrade, the same `after`. */
export function fresh(scenario: Scenario, baseline: Baseline): Scenario {
  return {
    before: NEUTRAL[baseline],
    upgrade: { handshake: fullHandshake(scenario.upgrade) },
    after: scenario.after,
  };
}

/** Whether anything but a bare STARTTLS line and the handshake makes up the upgrade. */
export function isClean(upgrade: Upgrade): boolean {
  return upgrade.glued === undefined && upgrade.segment === undefined && upgrade.eager === undefined;
}

/** Whether what travels in the segment of STARTTLS may race what begins TLS: in front of it, or behind it. */
export const mayRace = (upgrade: Upgrade): boolean => !isClean(upgrade) || upgrade.piped !== undefined;

/** So often repeated that a server may still be at it when TLS comes about. */
const BURST = 20;
export const isBurst = ({ lines, times }: Glue): boolean => lines.length > 0 && times > BURST;

/** A bare STARTTLS line with a full TLS 1.3 handshake: the simplest upgrade there is. */
export const BARE: Upgrade = { handshake: { kind: 'sound', version: '1.3' } };

export function isBare(upgrade: Upgrade): boolean {
  const { handshake } = upgrade;
  return (
    Object.keys(upgrade).length === 1 &&
    handshake.kind === 'sound' &&
    handshake.version === '1.3' &&
    Object.keys(handshake).length === 2
  );
}

/** Whether a step gives a whole message to the server, which ends the transaction. */
export const endsMessage = (step: Step): step is Extract<Step, { kind: 'data' | 'bdat' }> =>
  step.kind === 'data' || (step.kind === 'bdat' && step.last === true);

/** Whether the used run says as little before TLS as a fresh one can: what differs then, differs by itself. */
export function saysNothing({ before, upgrade }: Scenario): boolean {
  const { handshake } = upgrade;
  const isBareLine = before.length === 0 && Object.keys(upgrade).length === 1;
  return isBareLine && handshake.kind === 'sound' && handshake.resumed === undefined;
}

/** What was said before STARTTLS on the connection that made the ticket; nothing where no session is resumed. */
export const earlierSteps = ({ handshake }: Upgrade): readonly Step[] =>
  handshake.kind === 'sound' ? (handshake.resumed ?? []) : [];

/** Steps in before + upgrade + after; the upgrade with what is glued to it counts as one. */
export function size(scenario: Scenario): number {
  const { before, upgrade, after } = scenario;
  return before.length + 1 + after.length + earlierSteps(upgrade).length;
}

/** Steps that are one line and get one reply: the only ones that can share a segment with the next. */
const PIPEABLE: ReadonlySet<StepKind> = new Set<StepKind>([
  'helo',
  'ehlo',
  'lhlo',
  'mail',
  'rcpt',
  'rset',
  'noop',
  'vrfy',
  'expn',
  'help',
  'line',
]);

/** Whether a step goes in the same segment as the next. */
export function isPiped(step: Step | undefined, next: Step | undefined): boolean {
  if (step === undefined || next === undefined || !('piped' in step)) return false;
  return PIPEABLE.has(step.kind) && PIPEABLE.has(next.kind);
}

/**
 * Whether STARTTLS goes in the segment of the last step before it: one line, too, or an AUTH that is one. Where the
 * ClientHello goes with STARTTLS, that is enough for one segment.
 */
export function isStarttlsPiped({ before, upgrade }: Pick<Scenario, 'before' | 'upgrade'>): boolean {
  const last = before.at(-1);
  if (upgrade.piped === undefined || upgrade.split !== undefined) return false;
  if (upgrade.eager !== undefined || last === undefined) return false;
  const isSingle = last.kind === 'auth' && last.mechanism === 'PLAIN' && last.initial === true;
  return PIPEABLE.has(last.kind) || (isSingle && (last.answer === 'right' || last.answer === 'wrong'));
}

/**
 * Steps whose framing is a matter of opinion, or that may swallow what follows: how many replies they get is judged
 * by pairs alone.
 */
export function isAmbiguous(step: Step): boolean {
  if (step.kind === 'bytes' || (step.kind === 'auth' && step.answer === 'open')) return true;
  if (step.kind === 'line') return step.text.length * (step.times ?? 1) > 510 || hasControl(step.text);
  return (
    (step.kind === 'data' || step.kind === 'bdat') &&
    step.body !== 'plain' &&
    step.body !== 'dots' &&
    step.body !== 'empty'
  );
}

const hasControl = (text: string): boolean =>
  [...text].some(character => character < ' ' && character !== '\t');
