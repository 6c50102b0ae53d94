/**
 * What can be put to the test: a target is started, gives a driver and its facts, and is stopped.
 *
 * A target that afresh starts itself listens on loopback only, and is stopped by the process that started it.
 */

import type { Driver } from '../drivers/driver.ts';
import type { Policy } from '../policy.ts';
import type { Mailbox } from '../stage.ts';

/** A departure from the property that is known and accepted, and why. Without a reason there is none. */
export interface KnownDeviation {
  /** Fingerprint of the finding it explains. */
  readonly fingerprint: string;
  readonly reason: string;
}

export interface RunningTarget {
  /** As it is told to users: `smtp://127.0.0.1:2525`. */
  readonly address: string;
  /** Name and version of the software, where known. */
  readonly software?: string;
  readonly driver: Driver;
  /** The same service with TLS from the first byte, where it has such a port. */
  readonly implicitTls?: Driver;
  readonly protocol: 'smtp' | 'lmtp';
  /** Credentials that are right. */
  readonly login?: { readonly user: string; readonly password: string };
  /** A recipient it accepts; a local part `*` takes any. */
  readonly recipient?: string;
  /** The EHLO name to use, where not any will do. */
  readonly helo?: string;
  /** Where delivered mail can be read. */
  readonly mailbox?: Mailbox;
  readonly knownDeviations: readonly KnownDeviation[];
  /** What it shows and nobody compares, with the reason. Each stands in the report. */
  readonly ignored?: readonly string[];
  /** Which limits may outlive STARTTLS on it, where that is not what is usual in practice. */
  readonly policy?: Policy;
  readonly stop: () => Promise<void>;
}

export interface Target {
  readonly name: string;
  readonly title: string;
  /** Starts it, and resolves when it can be spoken to. Rejects with a `TargetError` when that cannot be. */
  readonly start: () => Promise<RunningTarget>;
}

/** The target, or what was asked of it, cannot be used; the message is one line, for the user. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
  /** 2 for what the user can mend on the command line, 3 for a target that is down or speaks no SMTP. */
  readonly exitCode: 2 | 3;

  constructor(message: string, exitCode: 2 | 3 = 2) {
    super(message);
    this.exitCode = exitCode;
  }
}
