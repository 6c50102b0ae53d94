/**
 * What happened on one connection, in order, with times: the only thing that judges ever see.
 *
 * Plain data, written by `run.ts`. A stored transcript can be judged again by later rules.
 */

import type { HandlerState, HandshakeResult } from './drivers/driver.ts';
import type { Malformed, Reply } from './smtp/reply.ts';

/** `ticket` is the earlier connection that made the TLS ticket; `fence` is the closing QUIT. */
export type Part = 'ticket' | 'greeting' | 'before' | 'upgrade' | 'after' | 'fence';

interface Common {
  /** Milliseconds since the connection was opened. */
  readonly at: number;
  readonly part: Part;
  /** Index of the step within its part. */
  readonly step: number;
}

export type Entry = Common &
  (
    | { readonly kind: 'sent'; readonly bytes: string }
    | { readonly kind: 'received'; readonly reply: Reply | Malformed }
    /** Plaintext that arrived behind the 220, where only TLS is spoken. */
    | { readonly kind: 'stray'; readonly bytes: string }
    | { readonly kind: 'handshake'; readonly result: HandshakeResult }
    | { readonly kind: 'ended'; readonly how: 'fin' | 'reset' }
    | { readonly kind: 'silence'; readonly waited: number }
    /** What is no dialogue, in words: a pause, and more where a client is put to the test. */
    | { readonly kind: 'event'; readonly text: string }
  );

/**
 * How far the upgrade came. `secure`: the handshake completed, and `after` was spoken in TLS. `failed`: it was
 * made to fail, or did, and `after` was tried in plaintext. `silent`: nothing came of it in time. `refused`: STARTTLS was
 * not answered by 220. `lost`: the connection ended, or fell silent, before. `unreachable`: there was none.
 */
export type UpgradeOutcome = 'secure' | 'failed' | 'silent' | 'refused' | 'lost' | 'unreachable';

/** A message that was accepted in `after`, as it was delivered; undefined if it did not come in time. */
export interface Delivery {
  readonly step: number;
  readonly text: string | undefined;
}

export interface Transcript {
  /** The random part of all tokens of this run. */
  readonly nonce: string;
  readonly upgrade: UpgradeOutcome;
  readonly entries: readonly Entry[];
  /** What the application's hooks were given after TLS started. */
  readonly handlers: readonly HandlerState[];
  readonly deliveries: readonly Delivery[];
  /** Connections that this run took. */
  readonly connections: number;
}

/** The replies of one step. */
export function repliesTo(transcript: Transcript, part: Part, step: number): readonly (Reply | Malformed)[] {
  return repliesByStep(transcript).get(`${part} ${step}`) ?? [];
}

/** Judges ask for the replies of step after step, so a transcript is sorted once. */
const sorted = new WeakMap<Transcript, ReadonlyMap<string, readonly (Reply | Malformed)[]>>();

function repliesByStep(transcript: Transcript): ReadonlyMap<string, readonly (Reply | Malformed)[]> {
  const known = sorted.get(transcript);
  if (known !== undefined) return known;
  const replies = new Map<string, (Reply | Malformed)[]>();
  for (const entry of transcript.entries) {
    if (entry.kind !== 'received') continue;
    const key = `${entry.part} ${entry.step}`;
    const others = replies.get(key);
    if (others === undefined) replies.set(key, [entry.reply]);
    else others.push(entry.reply);
  }
  sorted.set(transcript, replies);
  return replies;
}

/**
 * Whether the server took no session: nobody listened, or its greeting was a refusal, or the end. The connection that a
 * ticket comes of is another one.
 */
export function isTurnedAway({ upgrade, entries }: Transcript): boolean {
  if (upgrade === 'unreachable') return true;
  const first = firstWord(entries);
  if (first?.part !== 'greeting') return false;
  return (
    first.kind === 'ended' ||
    (first.kind === 'received' && first.reply.kind === 'reply' && first.reply.code >= 400)
  );
}

/** Whether the connection was opened, and its greeting waited for in vain. */
export function isKeptWaiting({ entries }: Transcript): boolean {
  const first = firstWord(entries);
  return first?.part === 'greeting' && first.kind === 'silence';
}

/** What came first on the connection, or did not. */
const firstWord = (entries: Transcript['entries']) =>
  entries.find(
    ({ part, kind }) => part !== 'ticket' && (kind === 'received' || kind === 'ended' || kind === 'silence'),
  );

/** Whether the connection did not come about, or the server ended it, or TLS failed on it. */
export const isCutOff = ({ upgrade, entries }: Transcript): boolean =>
  upgrade !== 'secure' || entries.some(({ kind }) => kind === 'ended');

/** Whether STARTTLS was refused for the moment (454 of RFC 3207, section 4, and its like). */
export function isPutOff(transcript: Transcript): boolean {
  const reply = transcript.upgrade === 'refused' ? repliesTo(transcript, 'upgrade', 0).at(-1) : undefined;
  return reply?.kind === 'reply' && reply.code >= 400 && reply.code < 500;
}

/** Whether an answer was waited for in vain. */
export const fellSilent = ({ entries }: Transcript): boolean =>
  entries.some(({ kind }) => kind === 'silence');

/**
 * Replies in TLS that answer nothing the client sent there: those to the closing QUIT, less one for each QUIT. A 421
 * may come at any time (RFC 5321, section 3.8).
 */
export function surplusReplies({ entries }: Transcript): number {
  const fence = entries.filter(({ part }) => part === 'fence');
  const sent = fence.filter(({ kind }) => kind === 'sent').length;
  const received = fence.filter(
    entry => entry.kind === 'received' && (entry.reply.kind === 'malformed' || entry.reply.code !== 421),
  ).length;
  return Math.max(0, received - sent);
}
