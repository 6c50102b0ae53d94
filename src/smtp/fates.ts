/**
 * What becomes of each field of the session when TLS starts (RFC 3207, section 4.2).
 *
 * One row a field, no field without a row. The whole reset is `secured`: a new session, the short list of named
 * survivors, and what TLS itself brought. Planted faults are this table with a row changed.
 */

import { type Field, newSession, type Session, type TlsKnowledge } from './session.ts';

export type Fate = 'forget' | 'limit' | 'set';

interface Row {
  readonly fate: Fate;
  readonly reason: string;
}

export const FATES = {
  greeting: { fate: 'forget', reason: 'the RFC’s own example: the argument to the EHLO command' },
  sender: { fate: 'forget', reason: 'a transaction opened in plaintext may be an attacker’s' },
  recipients: { fate: 'forget', reason: 'as the sender' },
  chunks: { fate: 'forget', reason: 'message bytes sent in plaintext may be an attacker’s' },
  login: { fate: 'forget', reason: 'whoever proved it in plaintext need not be who speaks in TLS' },
  dialogue: { fate: 'forget', reason: 'the next line in TLS is a command, not an AUTH response' },
  proxy: { fate: 'forget', reason: 'said in plaintext; a policy may trust the proxy in front' },
  offer: { fate: 'forget', reason: 'the list in TLS may differ, and must not hold STARTTLS' },
  pending: { fate: 'forget', reason: 'bytes that waited are plaintext, whoever sent them' },
  transactions: { fate: 'limit', reason: 'otherwise STARTTLS resets a rate limit' },
  sessionRecipients: { fate: 'limit', reason: 'otherwise STARTTLS resets a rate limit' },
  errors: { fate: 'limit', reason: 'otherwise STARTTLS resets an abuse limit' },
  unknown: { fate: 'limit', reason: 'otherwise STARTTLS resets an abuse limit' },
  commands: { fate: 'limit', reason: 'otherwise STARTTLS resets an abuse limit' },
  failedLogins: { fate: 'limit', reason: 'otherwise STARTTLS doubles the guesses a connection has' },
  messages: { fate: 'limit', reason: 'otherwise STARTTLS resets a rate limit' },
  bytes: { fate: 'limit', reason: 'otherwise STARTTLS resets a rate limit' },
  openedAt: { fate: 'limit', reason: 'the time a connection may last is counted from its opening' },
  domain: { fate: 'set', reason: 'said with STARTTLS to choose the certificate: part of the negotiation' },
  tls: { fate: 'set', reason: 'version, SNI and client certificate are what TLS proved' },
} as const satisfies Record<Field, Row>;

export const FIELDS = Object.keys(FATES) as readonly Field[];

/** The fields whose fate is `fate`. */
export function fieldsWithFate(fate: Fate): readonly Field[] {
  return FIELDS.filter(field => FATES[field].fate === fate);
}

const LIMITS = fieldsWithFate('limit');

/**
 * The session behind a completed handshake. `flipped` names fields that meet the opposite of their fate:
 * something to forget is kept, a limit starts anew: the time that a session may last at `now`.
 */
export function secured(
  old: Session,
  tls: TlsKnowledge,
  flipped: ReadonlySet<Field> = new Set(),
  now: number = old.openedAt,
): Session {
  const survivors = [
    ...LIMITS.filter(field => !flipped.has(field)),
    ...[...flipped].filter(field => FATES[field].fate === 'forget'),
    'domain' as const,
  ];
  const kept = Object.fromEntries(survivors.map(field => [field, old[field]]));
  return { ...newSession(now), ...kept, tls };
}
