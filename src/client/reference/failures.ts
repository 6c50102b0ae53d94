/** Why a delivery of the client of ours comes to nothing: what some variants go by who go on in plaintext. */

import type { Trait } from './behaviour.ts';

/** Gives up; the message says why. */
export class Quit extends Error {}

/** The handshake fails, or proves nothing. */
export class TlsFailure extends Error {
  /** Whether a variant goes on in plaintext then; OpenSSL takes for a wrong version what is no TLS at all. */
  loosens(trait: Trait | undefined): boolean {
    return (
      trait === 'plain-after-failure' ||
      (trait === 'plain-when-garbled' && /wrong version number/.test(this.message))
    );
  }
}

/** The server ends the connection where it owes the answer to STARTTLS, or in TLS to EHLO. */
export class Dropped extends Error {
  /** Who goes on in plaintext then. */
  readonly loosens: Trait;

  constructor(loosens: Trait, { message }: Error) {
    super(message);
    this.loosens = loosens;
  }
}

/** Whether a variant comes back and takes any issuer's word then. */
export const forgetsCare = (error: unknown, trait: Trait | undefined): boolean =>
  error instanceof TlsFailure
    ? trait === 'careless-when-refused' && /\balert\b/.test(error.message)
    : trait === 'careless-when-back';
