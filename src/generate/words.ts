/** What steps are made of: names, mechanisms, and the parameters that a target knows. */

import type { Name } from '../scenario.ts';
import type { Mechanism } from '../smtp/sasl.ts';

/** Names for what is said before TLS, and after it; a step of `after` that takes one of the former reuses it. */
export const BEFORE_NAMES: readonly Name[] = ['a', 'b', 'c', 'd'];
export const AFTER_NAMES: readonly Name[] = ['p', 'q', 'r', 's'];

/** The parameters of MAIL and RCPT, and the extension that each belongs to. */
export const PARAMETERS = {
  size: 'SIZE',
  body: '8BITMIME',
  smtputf8: 'SMTPUTF8',
  international: 'SMTPUTF8',
  ret: 'DSN',
  envid: 'DSN',
  auth: 'AUTH',
  requiretls: 'REQUIRETLS',
  by: 'DELIVERBY',
  holdFor: 'FUTURERELEASE',
  priority: 'MT-PRIORITY',
  notify: 'DSN',
  orcpt: 'DSN',
} as const;
export type Parameter = keyof typeof PARAMETERS;

/** What steps are made of. */
export interface Words {
  readonly names: readonly Name[];
  /** Of AUTH; the usual ones unless said. */
  readonly mechanisms?: readonly Mechanism[];
  /** Parameters of extensions that the target does not offer. */
  readonly unoffered?: ReadonlySet<Parameter>;
}
