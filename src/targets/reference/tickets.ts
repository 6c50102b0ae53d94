/**
 * Which TLS session a connection resumes, for servers that file something under it.
 *
 * The TLS library does not tell. But a ticket begins with the name of the key that it was sealed with, in the clear
 * (RFC 5077, section 4; alike in TLS 1.3), so each new session gets a key of its own, and the name that a ClientHello
 * holds says which session it is.
 */

import { randomBytes } from 'node:crypto';
import tls from 'node:tls';

/** What a connection is secured with, and the TLS session that it makes or resumes. */
export interface Keyed {
  readonly context: tls.SecureContext;
  readonly session: string;
}

export interface Tickets {
  /** For the connection that begins with these bytes. */
  forHello(hello: Buffer): Keyed;
}

/** Sessions that can be resumed; the oldest go first. */
const MAX_SESSIONS = 128;
/** A name, and two keys behind it. */
const NAME_LENGTH = 16;
const KEYS_LENGTH = 48;

export function newTickets(options: tls.SecureContextOptions): Tickets {
  const known = new Map<string, Keyed & { readonly name: Buffer }>();
  return {
    forHello(hello) {
      for (const keyed of known.values()) if (hello.includes(keyed.name)) return keyed;
      const ticketKeys = randomBytes(KEYS_LENGTH);
      const name = ticketKeys.subarray(0, NAME_LENGTH);
      const session = name.toString('hex');
      const keyed = { name, session, context: tls.createSecureContext({ ...options, ticketKeys }) };
      known.set(session, keyed);
      const [oldest] = known.keys();
      if (known.size > MAX_SESSIONS && oldest !== undefined) known.delete(oldest);
      return keyed;
    },
  };
}
