/**
 * What happened between a client and the scripted server, on all connections of one run: the only thing that judges
 * of the client role ever see. Plain data, written by `server.ts` and `run.ts`.
 */

import type { Event } from '../smtp/machine.ts';

/** What a client sends: a command, a line of an AUTH dialogue, or a message. */
export type Utterance = Event | 'dialogue' | 'message';

interface Common {
  /** Milliseconds since the run began. */
  readonly at: number;
  /** Connections of the run are counted from 0. */
  readonly connection: number;
  /** Whether it was said in TLS. */
  readonly secure: boolean;
}

export type Entry = Common &
  (
    | {
        readonly kind: 'said';
        readonly verb: Utterance;
        /** The line without its end, or the whole message. */
        readonly text: string;
        /** It came before what stands before it was answered. */
        readonly early: boolean;
      }
    | { readonly kind: 'replied'; readonly bytes: string }
    /** Plaintext where only TLS was due: behind STARTTLS (`early`: not in view of the answer), or in place of the ClientHello. */
    | { readonly kind: 'stray'; readonly bytes: string; readonly early?: true }
    | { readonly kind: 'handshake'; readonly result: 'completed' | 'failed'; readonly detail: string }
    /** `idle`: by the server, since the client was still when it was its turn. */
    | { readonly kind: 'ended'; readonly by: 'client' | 'server'; readonly idle?: true }
    /** More commands or bytes than any errand takes; the connection was cut. */
    | { readonly kind: 'endless' }
  );

type What<E = Entry> = E extends Entry ? Omit<E, 'at' | 'connection' | 'secure'> : never;
/** Takes down what happens on one connection. */
export type Log = (secure: boolean, what: What) => void;

/** How the client itself came out of it. `late`: it had to be stopped. */
export type Exit =
  | { readonly kind: 'exited'; readonly code: number; readonly output: string }
  | { readonly kind: 'late'; readonly waited: number; readonly output: string };

/** The last that it wrote. Behind a reason many languages tell where it was thrown, in lines that are indented. */
export function lastWords({ output }: Exit): string {
  const lines = output.trim().split('\n');
  return (lines.findLast(line => /^\S/.test(line)) ?? '').trim();
}

export interface ClientTranscript {
  readonly nonce: string;
  readonly entries: readonly Entry[];
  readonly exit: Exit;
}

/** Connections in which TLS was on, each with what happened there from then on. */
export function secureSessions({ entries }: ClientTranscript): readonly (readonly Entry[])[] {
  const sessions = new Map<number, Entry[]>();
  for (const entry of entries) {
    if (!entry.secure) continue;
    const session = sessions.get(entry.connection) ?? [];
    session.push(entry);
    sessions.set(entry.connection, session);
  }
  return [...sessions.values()];
}

export const connections = ({ entries }: ClientTranscript): number =>
  new Set(entries.map(({ connection }) => connection)).size;

/** Whether a message was handed over in TLS. */
export const delivered = ({ entries }: ClientTranscript): boolean =>
  entries.some(entry => entry.secure && entry.kind === 'said' && entry.verb === 'message');

/** Whether it went round in circles, and was stopped for that. */
export const isEndless = ({ entries }: Pick<ClientTranscript, 'entries'>): boolean =>
  entries.some(({ kind }) => kind === 'endless');

/** Of the time that a client was given, the share in which nothing has happened when it hangs, and is not just slow. */
const STILL_SHARE = 3;
/** Who comes again makes longer and longer pauses, mostly by this factor. */
const LONGER = 2;

/**
 * Whether a client that had to be stopped hangs: it came as far as a connection, and nothing has happened there for a good
 * part of its time. One that starts late on a busy machine, is on its way when it is stopped, or has come again after a pause and
 * makes another, is slow. What its end brings about is none of its doing.
 */
export function hangs({ entries, exit }: ClientTranscript): boolean {
  if (exit.kind !== 'late') return false;
  const { waited } = exit;
  const last = entries.findLast(
    entry => entry.at < waited && !(entry.kind === 'ended' && entry.by === 'client'),
  );
  if (last === undefined) return false;
  const [still, long] = [waited - last.at, waited / STILL_SHARE];
  const isLeft = entries.some(
    ({ kind, connection, at }) => kind === 'ended' && connection === last.connection && at <= waited - long,
  );
  return still >= long && !(isLeft && still < LONGER * longestPause(entries));
}

/** Before one connection, and behind all that happened on those before it. */
const longestPause = (entries: readonly Entry[]): number =>
  Math.max(
    0,
    ...entries.map(({ at, connection }, index) => {
      const before = entries[index - 1];
      return before === undefined || before.connection >= connection ? 0 : at - before.at;
    }),
  );
