/**
 * The points at which a planted fault may bend the reference server, and the sound server as their default.
 *
 * A fault is an object that overrides a few of these; it never touches the server's code. What it remembers of the
 * connection is one whole number, so that two states of a server can be told to be equal. Nothing here does I/O.
 */

import type { Event } from '../../smtp/machine.ts';
import type { Field, Session, TlsKnowledge } from '../../smtp/session.ts';

/** How often a session may do a thing before 421 ends it; absent means without limit. */
export type ServerLimits = Readonly<
  Partial<
    Record<
      | 'transactions'
      | 'sessionRecipients'
      | 'errors'
      | 'unknown'
      | 'commands'
      | 'failedLogins'
      | 'messages'
      | 'bytes'
      /** Milliseconds since the connection was opened. */
      | 'time',
      number
    >
  >
>;

/** One command that was answered. */
export interface Happening {
  readonly event: Event;
  readonly secure: boolean;
  readonly accepted: boolean;
  /** As it was spelled, without its line end. */
  readonly line: string;
  /** Whether more had come behind it already. */
  readonly piped: boolean;
}

/** All that a fault may know when TLS starts. */
export interface Upgrading {
  readonly session: Session;
  readonly progress: number;
  /** The STARTTLS line as it was spelled, without its line end. */
  readonly line: string;
  /** Whether it came in one segment with the command before it. */
  readonly piped: boolean;
  /** Whether it came in two segments, by itself. */
  readonly split: boolean;
  readonly tls: TlsKnowledge;
  readonly memory: Map<string, unknown>;
  /** A number from 0 up to 1, new at each call. */
  random(): number;
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
  readonly progress: number;
  readonly secure: boolean;
  /** The session as it was when TLS started, before anything was forgotten. */
  readonly beforeTls: Session | undefined;
  /** What any connection of this server has left behind; sound servers leave it empty. */
  readonly memory: Map<string, unknown>;
  /** A number from 0 up to 1, new at each call. */
  random(): number;
}

export interface Behaviour {
  /** What is remembered of the connection: 0 at first, and changed by each command that was answered. */
  follow(progress: number, happening: Happening): number;
  /** The fields that meet the opposite of their fate at this handshake. */
  flipped(upgrading: Upgrading): ReadonlySet<Field>;
  /** Further changes to the session that TLS starts with. */
  upgraded(session: Session, upgrading: Upgrading): Session;
  /** What stands behind STARTTLS in its segment: held, dropped, or run at once and answered in the clear. */
  behindStarttls: 'hold' | 'drop' | 'run';
  /** Plaintext bytes behind the 220, where the ClientHello should be: what becomes of them. */
  afterReady: 'fail' | 'keep' | 'answer';
  /** The connection after a failed handshake; `refuse` says 554 in plaintext and closes. */
  afterFailure: 'close' | 'refuse' | 'plaintext' | 'secure';
  /** The connection on which the client has ended TLS by a close_notify. */
  afterClose: 'close' | 'plaintext';
  /** The first words on a new connection. */
  greeting(sound: Answer, context: Context): Answer;
  /** The extension list, when it is made: at the first EHLO of a session. */
  offer(sound: readonly string[], context: Context): readonly string[];
  /** Whether an event that the machine finds out of order is taken, or one in order refused (an answer). */
  judge(event: Event, argument: string, context: Context): 'sound' | 'allow' | Answer;
  /** Whether a line is taken for a command though an AUTH dialogue waits for a response. */
  readsInDialogue(line: string): boolean;
  /** Whether recipients of other domains are taken. */
  relays(context: Context): boolean;
  /** The reply as it leaves the server, or none at all. */
  answer(sound: Answer, event: Event, context: Context): Answer | undefined;
  /** The session that is shown: to the application's hooks, or in the trace header and envelope of a message. */
  shown(session: Session, where: 'hook' | 'trace', context: Context): Session;
  /** The limits that hold at this moment. */
  limits(sound: ServerLimits, context: Context): ServerLimits;
  /** Milliseconds before a reply is sent. */
  delay(event: Event, context: Context): number;
}

export const NO_FIELDS: ReadonlySet<Field> = new Set();

export const SOUND: Behaviour = {
  follow: progress => progress,
  flipped: () => NO_FIELDS,
  upgraded: session => session,
  behindStarttls: 'hold',
  afterReady: 'fail',
  afterFailure: 'close',
  afterClose: 'close',
  greeting: sound => sound,
  offer: sound => sound,
  judge: () => 'sound',
  readsInDialogue: () => false,
  relays: ({ session }) => session.login !== undefined,
  answer: sound => sound,
  shown: session => session,
  limits: sound => sound,
  delay: () => 0,
};

/** The same server, which hears STARTTLS while an AUTH exchange waits for a response: only so can one be open then. */
export const hearingStarttls = (behaviour: Behaviour): Behaviour => ({
  ...behaviour,
  readsInDialogue: line => /^\s*starttls\s*$/i.test(line) || behaviour.readsInDialogue(line),
  judge: (event, argument, context) =>
    event === 'starttls' && context.session.dialogue !== undefined
      ? 'allow'
      : behaviour.judge(event, argument, context),
});
