/** The step kinds that may stand before STARTTLS. What makes no sense there, or ends the connection, is left out. */

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
  'line',
  'bytes',
];
