/** All that a run needs besides the scenario: how the target is reached, how long it may take, and where its mail is found. */

import type { Driver } from './drivers/driver.ts';
import type { Step } from './scenario.ts';

export interface RunLimits {
  /** Milliseconds that the greeting may take: some servers let every client wait for it. */
  readonly greeting: number;
  /** Milliseconds that a reply, or a connection, may take. */
  readonly reply: number;
  /** Milliseconds that a handshake may take. */
  readonly handshake: number;
  /** Milliseconds that a handshake may take whose ClientHello a sound server may have thrown away. */
  readonly thrownAway: number;
  /** Milliseconds to wait where silence is a sound answer: behind a handshake that was made to fail. */
  readonly reaction: number;
  /** Milliseconds that the delivery of an accepted message may take. */
  readonly delivery: number;
}

export const RUN_LIMITS: RunLimits = {
  greeting: 10_000,
  reply: 5_000,
  handshake: 5_000,
  thrownAway: 1_000,
  reaction: 250,
  delivery: 5_000,
};

/** Where accepted messages can be read again. */
export interface Mailbox {
  /** The message whose text holds `mark`, waiting at most `wait` milliseconds for it. */
  find(mark: string, wait: number): string | undefined | Promise<string | undefined>;
}

/** Everything that a run needs besides the scenario. */
export interface Stage {
  readonly driver: Driver;
  readonly limits: RunLimits;
  /** LMTP answers once for each recipient behind the message (RFC 2033, section 4.2). */
  readonly protocol: 'smtp' | 'lmtp';
  /** What is said before STARTTLS on a connection that only serves to get a TLS ticket. */
  readonly neutral: readonly Step[];
  readonly mailbox?: Mailbox;
}
