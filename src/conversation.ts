/**
 * One connection and what is said on it: it sends, reads until a reply is complete, and writes all of it down.
 *
 * It knows nothing of scenarios, and judges nothing. Every wait and every count has a limit. A peer cannot make it throw.
 */

import type { Connection, Ending, HandshakeResult } from './drivers/driver.ts';
import { type Malformed, type Reply, ReplyParser } from './smtp/reply.ts';
import { isRecord, recordLength } from './tls-record.ts';
import type { Entry, Part } from './transcript.ts';

/** A reply, or undefined if the connection ended or stayed silent. */
export type Answer = Reply | Malformed | undefined;

/** Replies that are taken at most; a peer that sends more is cut off. */
const MAX_REPLIES = 4_096;
/** Bytes of replies that are taken at most; a burst of two thousand EHLOs is answered with about one of these MiB. */
const MAX_REPLY_BYTES = 16 * 1_048_576;
/** Draining takes as many waits at most: whoever says something all the time is never silent. */
const MOST_WAITS = 20;
/** Bytes that are kept of what came where none may. */
const MAX_STRAY = 65_536;

/** 221: the server closes the connection (RFC 5321, section 4.2.2). */
export const isGoodbye = (answer: Answer): boolean => answer?.kind === 'reply' && answer.code === 221;

/** What stands behind TLS records. */
function behindRecords(bytes: string): string {
  let rest = bytes;
  while (isRecord(rest.charCodeAt(0))) rest = rest.slice(recordLength(rest) ?? rest.length);
  return rest;
}

export class Conversation {
  readonly entries: Entry[] = [];
  /** The part of the session, and the step of it, that is played. */
  part: Part = 'greeting';
  step = 0;
  /** Milliseconds that the next reply may take. */
  wait: number;
  readonly #connection: Connection;
  readonly #now: () => number;
  readonly #openedAt: number;
  readonly #parser = new ReplyParser();
  #replies = 0;
  #replyBytes = 0;
  #isOver = false;
  #isDismissed = false;
  #isInDialogue = false;

  constructor(connection: Connection, now: () => number, wait: number) {
    this.#connection = connection;
    this.#now = now;
    this.#openedAt = now();
    this.wait = wait;
  }

  /** Whether nothing more is to be said: the connection ended, fell silent, said too much, or was given up. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether the server has said 221. */
  get isDismissed(): boolean {
    return this.#isDismissed;
  }

  /** Whether the last reply was 334: an AUTH dialogue is open. */
  get isInDialogue(): boolean {
    return this.#isInDialogue;
  }

  /** From here on nothing that is said could be answered. */
  giveUp(): void {
    this.#isOver = true;
  }

  send(bytes: string): void {
    this.sent(bytes);
    this.#connection.send(bytes);
  }

  /** Writes down what travels in one segment with something else. */
  sent(bytes: string): void {
    this.#note({ kind: 'sent', bytes });
  }

  /** Writes down that the client takes its time. */
  paused(milliseconds: number): void {
    this.#note({ kind: 'event', text: `the client waits ${milliseconds} ms` });
  }

  /** Writes down that the client has ended TLS, and goes on in plaintext. */
  left(): void {
    this.#note({ kind: 'event', text: 'the client ends TLS (close_notify) and goes on in plaintext' });
  }

  end(how: Ending): void {
    this.#connection.end(how);
  }

  /** Ends it, and hears what is said nonetheless. */
  close(how: Ending): Promise<void> {
    this.end(how);
    return this.drain();
  }

  /** The next reply; silence and the end of the connection are written down. */
  async reply(): Promise<Answer> {
    if (this.#isOver) return undefined;
    const until = this.#now() + this.wait;
    for (;;) {
      const reply = this.#parser.next();
      if (reply !== undefined) return this.#received(reply);
      const received = await this.#connection.receive(Math.max(0, until - this.#now()));
      if (received.kind === 'bytes') {
        this.#feed(received.bytes);
      } else if (received.kind === 'ended') {
        this.#ended(received.how);
        return undefined;
      } else {
        this.#note({ kind: 'silence', waited: this.wait });
        this.#isOver = true;
        return undefined;
      }
    }
  }

  /** Whether anything arrives within `wait` milliseconds; nothing is written down if it does not. */
  async arrives(wait: number): Promise<boolean> {
    if (this.#parser.holdsLine) return true;
    const received = await this.#connection.receive(wait);
    if (received.kind === 'bytes') this.#feed(received.bytes);
    if (received.kind === 'ended') this.#ended(received.how);
    return received.kind === 'bytes';
  }

  /** Whether 221 comes, as long as reply follows upon reply within `wait` milliseconds; up to a limit in all. */
  async isDismissedWithin(wait: number): Promise<boolean> {
    const until = this.#now() + MOST_WAITS * this.wait;
    while (!this.#isOver && (await this.arrives(wait))) {
      if (isGoodbye(await this.reply())) return true;
      if (this.#now() > until) this.#cutOff();
    }
    return false;
  }

  /** Reads until the peer ends, says 221, falls silent or has said too much. */
  async drain(): Promise<void> {
    const until = this.#now() + MOST_WAITS * this.wait;
    for (;;) {
      const answer = await this.reply();
      if (answer === undefined || isGoodbye(answer)) return;
      if (this.#now() > until) this.#cutOff();
    }
  }

  /** What the peer says, unasked, within `wait` milliseconds. TLS records are its right; plaintext is written down. */
  async reaction(wait: number): Promise<void> {
    const received = await this.#connection.receive(wait);
    if (received.kind === 'ended') this.#ended(received.how);
    if (received.kind === 'bytes') this.#stray(behindRecords(received.bytes));
  }

  /**
   * Takes the bytes that came with the 220 to STARTTLS, so that they answer nothing that is said later: TLS records if the
   * ClientHello went ahead; the rest is stray plaintext, and written down as that.
   */
  earlyTls(): string {
    const rest = this.#parser.rest();
    const record = [...rest].findIndex(byte => isRecord(byte.charCodeAt(0)));
    this.#stray(record < 0 ? rest : rest.slice(0, record));
    return record < 0 ? '' : rest.slice(record);
  }

  /** Writes down how the handshake went, and what came in plaintext meanwhile. */
  handshaken(result: HandshakeResult): void {
    this.#stray(this.#connection.stray());
    this.#note({ kind: 'handshake', result });
  }

  #feed(bytes: string): void {
    this.#replyBytes += bytes.length;
    this.#parser.feed(bytes);
  }

  #received(reply: Reply | Malformed): Answer {
    this.#note({ kind: 'received', reply });
    this.#isDismissed ||= isGoodbye(reply);
    this.#isInDialogue = reply.kind === 'reply' && reply.code === 334;
    this.#replies++;
    const isTooMuch = this.#replies > MAX_REPLIES || this.#replyBytes > MAX_REPLY_BYTES;
    if (isTooMuch || (reply.kind === 'malformed' && reply.reason === 'too-long')) this.#cutOff();
    return reply;
  }

  #cutOff(): void {
    this.#isOver = true;
    this.#connection.end('reset');
  }

  #ended(how: 'fin' | 'reset'): void {
    this.#note({ kind: 'ended', how });
    this.#isOver = true;
  }

  #stray(bytes: string): void {
    if (bytes !== '') this.#note({ kind: 'stray', bytes: bytes.slice(0, MAX_STRAY) });
  }

  #note(event: DistributiveOmit<Entry, 'at' | 'part' | 'step'>): void {
    this.entries.push({ at: this.#now() - this.#openedAt, part: this.part, step: this.step, ...event });
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
