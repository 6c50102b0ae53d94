/** What a scripted server says in place of its part of a handshake that is to fail. Pure. */

import type { Failure } from './script.ts';

/** Fatal alerts: handshake_failure, protocol_version, internal_error, unrecognized_name (RFC 8446, section 6.2). */
const ALERTS = {
  alert: '\u0028',
  'alert-version': '\u0046',
  'alert-internal': '\u0050',
  'alert-name': '\u0070',
} as const;

/** Bytes, one a character; undefined where it says nothing. A `reply` is one of SMTP, and said as such. */
export function garbled(how: Exclude<Failure, 'reply'>): string | undefined {
  if (how === 'garbage') return '\u0001\u0002\u0003\u0004 no TLS\r\n';
  return how in ALERTS
    ? `\u0015\u0003\u0003\u0000\u0002\u0002${ALERTS[how as keyof typeof ALERTS]}`
    : undefined;
}
