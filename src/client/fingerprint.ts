/**
 * Names for findings about clients: the knowledge that is kept, or what in the script brings the effect about. No
 * tokens; the same for the same defect from run to run. Pure.
 */

import type { Deviation } from '../claim.ts';
import type { ClientExamination } from './experiment.ts';
import type { ClientFinding } from './finding.ts';
import type { Offer } from './offer.ts';
import {
  type CertificateKind,
  hasGlue,
  isClean,
  isOffer,
  type Script,
  type Step,
  type Upgrade,
} from './script.ts';
import { effectOf, STRAY, signatureOf } from './signature.ts';

/** Claims that see from several sides that something from before TLS is used in it. */
const KNOWLEDGE_CLAIMS: ReadonlySet<string> = new Set([
  'client-discards',
  'client-injected',
  'client-markers',
]);

export const isKnowledge = ({ claim }: Deviation): boolean => KNOWLEDGE_CLAIMS.has(claim);

/** With more names of what is kept than these, a finding is named after none of them. */
const MOST_NAMES = 3;
const HEAP = 'something said before TLS';

/** Names of defects that show in many ways; which claim names them so. */
export const WIDE: Readonly<Record<string, string>> = {
  'client-discards': 'keeps the list',
  'client-markers': 'keeps the list',
  'client-injected': 'answered with what is glued to the 220',
  'client-certificate': 'takes any certificate',
  'client-required-tls': 'goes on in plaintext where TLS fails',
};

const PARTS = ['answered with lines glued to the 220', 'answered with a fragment glued to the 220'] as const;

/** The finding under a wide name, if it and those that stand tell of all that this is made of. */
export function joined(finding: ClientFinding, others: readonly ClientFinding[]): ClientFinding {
  const whole = WIDE['client-injected'] ?? '';
  const names = new Set([finding, ...others].map(({ fingerprint }) => fingerprint));
  const isPart = PARTS.some(part => part === finding.fingerprint);
  const isWhole = names.has(whole) || PARTS.every(part => names.has(part));
  return isPart && isWhole ? { ...finding, fingerprint: whole } : finding;
}

/** Whether what is said where only TLS is due is how the message goes out in plaintext, in the same run. */
export const isMeans = (
  { deviations }: Pick<ClientExamination, 'deviations'>,
  { claim }: Deviation,
): boolean =>
  claim === 'client-negotiates' &&
  deviations.some(other => other.claim === 'client-required-tls' && !isGivenAway(other));

/** Whether the message stays where it is, and only a name or a word of it is told. */
export const isGivenAway = ({ signature }: Deviation): boolean => effectOf(signature).kind === 'given away';

/** Whether one may be another sighting of the other. */
export const isOfAKind = (one: Deviation, other: Deviation): boolean =>
  one.claim === other.claim && isGivenAway(one) === isGivenAway(other);

/** Whether it is how the message goes out in plaintext in one of both runs: in its own it may not come that far. */
const isMeansTo = ({ example, deviation }: ClientFinding, wide: ClientFinding): boolean =>
  wide.deviation.claim === 'client-required-tls' &&
  (isMeans(example, deviation) ||
    (isMeans(wide.example, deviation) &&
      wide.example.deviations.some(({ signature }) => signature === deviation.signature)));

/** Whether one finding tells of a part of what the other tells of: it is the means to it, or the other has a wide name. */
export function isNarrower(finding: ClientFinding, wide: ClientFinding): boolean {
  const { script, deviation, fingerprint } = finding;
  const { claim } = deviation;
  if (isMeansTo(finding, wide)) return true;
  // There was no time to tell it from the other.
  if (isLeaving(fingerprint, deviation) && !finding.minimal && isHindered(wide.fingerprint)) return true;
  const isWide = [claim, wide.deviation.claim].every(one => WIDE[one] === wide.fingerprint);
  if (!isWide || fingerprint === wide.fingerprint) return false;
  if (claim === 'client-injected') return hasGlue(script.upgrade);
  if (claim === 'client-required-tls') return isHindered(fingerprint);
  return claim === 'client-certificate' || (isClean(script.upgrade) && script.before.every(isOffer));
}

/** Where nothing stands in the way of TLS. */
const GOES_ON = 'goes on in plaintext';
const NEEDLESS = 'goes on in plaintext though nothing stands in the way of TLS';
/** Where the very same script shows it or not: by chance, or since what an earlier run met is kept, such as in a file. */
export const SELDOM = 'goes on in plaintext now and then though nothing stands in the way of TLS';
/** Where TLS is on, and what it has to offer is not what the client wants, such as a login. */
const LEAVES = 'leaves TLS and goes on in plaintext';

/** Names of what is done in plaintext where something stands in the way of TLS. */
export const isHindered = (fingerprint: string): boolean =>
  fingerprint.startsWith(GOES_ON) && !isNeedless(fingerprint);

/** Names of what is done in plaintext before STARTTLS is. */
export const isEarly = (fingerprint: string): boolean => /^sends \S+ before STARTTLS$/.test(fingerprint);

/** Names of what is done in plaintext whatever comes: none of what stands in the way of TLS brings it about. */
export const isNeedless = (fingerprint: string): boolean =>
  [NEEDLESS, SELDOM].includes(fingerprint) || isEarly(fingerprint);

const isAfterTls = ({ signature }: Deviation): boolean => effectOf(signature).kind === 'after TLS';

/** Whether a finding under that name has nothing but what TLS offers to do with it, and this may be another sighting of it. */
export const isLeaving = (fingerprint: string, other: Deviation): boolean =>
  fingerprint === LEAVES && isAfterTls(other);

/** Which certificates are taken may depend on how the server is called. */
export const whereabouts = ({ errand }: Script): string =>
  errand.address === true ? ' behind an address' : '';

/** Who is careful at first, and not for ever. */
export function later({ spared, firstFails }: Script): string {
  if (spared === undefined) return '';
  return firstFails === undefined ? ' on a later connection' : ' behind a handshake that failed before';
}

/**
 * Whoever takes one of a strange issuer takes these with it, whoever looks at nothing but the server's own takes what comes behind
 * it, and whoever takes any name takes one that is similar.
 */
export const TAKEN_WITH: { readonly [K in CertificateKind]?: readonly CertificateKind[] } = {
  'self-signed': ['wrong-issuer'],
  'strange-root': ['wrong-issuer', 'self-signed'],
  'no-authority': ['wrong-issuer', 'strange-root'],
  'similar-name': ['wrong-name'],
};

const TOO_SOON = 'client-starttls-early';

/** What it is called by those that are known to be taken, too; no run need tell. */
export function widerNames(script: Script, deviation: Deviation): readonly string[] {
  const { claim } = deviation;
  const { handshake } = script.upgrade;
  // It takes runs to tell whether it is a part of that.
  if (isLeaving(defectOf(script, deviation), deviation)) return [];
  const where = `${whereabouts(script)}${later(script)}`;
  const wider = handshake.kind === 'sound' ? (TAKEN_WITH[handshake.certificate] ?? []) : [];
  const taken = claim === 'client-certificate' ? wider : [];
  return [
    `${WIDE[claim]}${where}`,
    // Who does not wait for STARTTLS at all does not wait for one in other words.
    ...(claim === TOO_SOON ? [deviation.signature] : []),
    ...taken.map(certificate => `takes a ${signatureOf({ kind: 'certificate', certificate })}${where}`),
  ];
}

export const fingerprintOf = (script: Script, deviation: Deviation): string =>
  `${defectOf(script, deviation)}${later(script)}`;

function defectOf(script: Script, deviation: Deviation): string {
  const { claim, signature } = deviation;
  if (isKnowledge(deviation)) {
    const { before, upgrade } = script;
    if (!isClean(upgrade)) {
      // Where no bytes came too many, it is not they that answer.
      const isKept = before.length > 0 && !hasGlue(upgrade);
      return `${isKept ? `keeps ${HEAP}` : 'answered'} ${glueOf(upgrade)}`;
    }
    const names = [...new Set(before.map(knowledge))].sort();
    return `keeps ${names.length > MOST_NAMES ? HEAP : names.join(' and ') || signature}`;
  }
  if (claim === 'client-certificate') return `takes a ${signature}${whereabouts(script)}`;
  if (claim === 'client-required-tls') {
    const effect = effectOf(signature);
    if (effect.kind === 'given away') return `gives something away in ${effect.verb}`;
    if (effect.kind === 'before STARTTLS') return `sends ${effect.verb} before STARTTLS`;
    if (signature === signatureOf(STRAY)) return signature;
    const where = occasion(script);
    if (where === '') return isAfterTls(deviation) ? LEAVES : NEEDLESS;
    return `${GOES_ON} ${where}`;
  }
  // Who does not know an offer in small letters is not one that looks for none.
  if (claim === TOO_SOON && isSpelled(script.before)) return `${signature} ${SPELLED}`;
  return claim === 'client-ehlo-first' ? 'no EHLO first in TLS' : signature;
}

/** What a step lets the client know. */
export const knowledge = (step: Step): string =>
  isOffer(step)
    ? nameOf(step)
    : step.kind === 'answer'
      ? `the answer to ${step.to.toUpperCase()}`
      : step.kind === 'ready'
        ? 'the answer to STARTTLS'
        : step.kind;

/** How an offer is called in EHLO’s list, in whichever letters; `AUTH=` is an old way to write AUTH. */
const nameOf = (offer: Offer): string =>
  offer.kind === 'keyword'
    ? (offer.keyword.split(/[ =]/)[0] ?? '').toUpperCase()
    : offer.kind === 'unknown'
      ? 'an unknown extension'
      : offer.kind.toUpperCase();

const UNANSWERED = 'where STARTTLS is left without an answer';

function glueOf({ code, segment, glued, unanswered }: Upgrade): string {
  if (unanswered !== undefined) return UNANSWERED;
  if (glued !== undefined)
    return glued.lines.length > 0 ? 'with lines glued to the 220' : 'with a fragment glued to the 220';
  if (segment !== undefined) return 'with bytes behind the 220';
  return code === 220 ? 'after a 220 of several lines' : `after ${code} to STARTTLS`;
}

/** Something other than a list, or an answer that is only put off. */
const isTrouble = (step: Step): boolean => !isOffer(step) && step.kind !== 'hold';

const SPELLED = 'where STARTTLS is offered in other words';
const isSpelled = (before: readonly Step[]): boolean => before.some(({ kind }) => kind === 'spelling');

/** What keeps TLS from coming about, or from being of use, the weightiest of it. */
function occasion({ before, upgrade, after }: Script): string {
  if (before.some(({ kind }) => kind === 'withhold')) return 'where STARTTLS is not offered';
  if (isSpelled(before)) return SPELLED;
  if (upgrade.unanswered !== undefined) return UNANSWERED;
  if (upgrade.code !== 220) return 'where STARTTLS is refused';
  if (upgrade.handshake.kind === 'failed') return 'after a failed handshake';
  if (upgrade.handshake.certificate !== 'right') return 'behind a wrong certificate';
  const refused = before.find(step => step.kind === 'answer' && step.code !== 250);
  if (refused?.kind === 'answer') return `where ${refused.to.toUpperCase()} is refused`;
  if (after.some(isTrouble)) return 'where the session in TLS fails';
  if (before.some(step => !isOffer(step))) return 'after a surprise';
  if (isClean(upgrade)) return '';
  // However it goes on: what comes is not read as an answer.
  return hasGlue(upgrade) ? 'where bytes come behind the 220' : glueOf(upgrade);
}
