/**
 * The step kinds that may stand before STARTTLS. What makes no sense there, or ends the connection, is left out; STARTTLS
 * itself stands there with a parameter, and is refused (RFC 3207, section 4).
 */

import type { StepKind } from '../scenario.ts';

export const KINDS: readonly StepKind[] = [
  'helo',
  'ehlo',
  'lhlo',
  'mail',
  'rcpt',
  'data',
  'bdat',
  'rset',
  'noop',
  'vrfy',
  'expn',
  'help',
  'auth',
  'xclient',
  'xforward',
  'starttls',
  'line',
  'bytes',
];
