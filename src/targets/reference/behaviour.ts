/**
 * The points at which a planted fault may bend the reference server, and the sound server as their default.
 *
 * A fault is an object that overrides a few of these; it never touches the server's code. Nothing here does I/O.
 */

import type { Event } from '../../smtp/machine.ts';
import type { Field, Session } from '../../smtp/session.ts';

/** One thing that happened on the connection so far. */
export interface Happening {
  readonly event: Event;
  readonly secure: boolean;
  readonly accepted: boolean;
  readonly line: string;
}

/** All that a fault may know when TLS starts. */
export interface Upgrading {
  readonly session: Session;
  readonly history: readonly Happening[];
  /** The STARTTLS line as it was spelled, without its line end. */
  readonly line: string;
  readonly version: string;
  readonly resumed: boolean;
}

export interface Answer {
  readonly code: number;
  readonly enhanced?: string;
  readonly lines: readonly string[];
  /** The server closes the connection behind this reply. */
  readonly close?: boolean;
}

export interface Context {
  readonly session: Session;
  readonly history: readonly Happening[];
  readonly secure: boolean;
  /** The session as it was when TLS started, before anything was forgotten. */
  readonly beforeTls: Session | undefined;
  /** What any connection of this server has left behind; sound servers leave it empty. */
  readonly memory: Map<string, unknown>;
  /** A number from 0 up to 1, new at each call. */
  random(): number;
}

export interface Behaviour {
  /** The fields that meet the opposite of their fate at this handshake. */
  flipped(upgrading: Upgrading): ReadonlySet<Field>;
  /** Further changes to the session that TLS starts with. */
  upgraded(session: Session, upgrading: Upgrading, memory: Map<string, unknown>): Session;
  /** Which of the bytes that waited behind STARTTLS are left, if `pending` is kept. */
  pending(bytes: string): string;
  /** Plaintext bytes behind the 220, where the ClientHello should be: what becomes of them. */
  afterReady: 'fail' | 'keep' | 'answer';
  /** The connection after a failed handshake. */
  afterFailure: 'close' | 'plaintext' | 'secure';
  /** The extension list of this EHLO. */
  offer(sound: readonly string[], context: Context): readonly string[];
  /** Whether an event that the machine finds out of order is taken, or one in order refused (an answer). */
  judge(event: Event, argument: string, context: Context): 'sound' | 'allow' | Answer;
  /** The reply as it leaves the server, or none at all. */
  answer(sound: Answer, event: Event, context: Context): Answer | undefined;
  /** Milliseconds before a reply is sent. */
  delay(event: Event, context: Context): number;
}

const NONE: ReadonlySet<Field> = new Set();

export const SOUND: Behaviour = {
  flipped: () => NONE,
  upgraded: session => session,
  pending: bytes => bytes,
  afterReady: 'fail',
  afterFailure: 'close',
  offer: sound => sound,
  judge: () => 'sound',
  answer: sound => sound,
  delay: () => 0,
};
