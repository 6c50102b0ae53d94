/**
 * The limits that servers are known to have: what a session may do only so often, so much or so long.
 *
 * Names alone. What may become of each at STARTTLS stands in `../policy.ts`, how it is provoked in `events.ts`.
 */

export const LIMITS = {
  transactions: 'mail transactions in a session',
  recipients: 'recipients in a session',
  errors: 'refused commands of any kind',
  unknown: 'unrecognised commands',
  commands: 'commands in all',
  'failed-logins': 'AUTH with a wrong password',
  messages: 'messages accepted in a session',
  bytes: 'bytes sent in a session',
  time: 'how long a session lasts',
  delays: 'answers that come later the more errors there were',
} as const satisfies Record<string, string>;

export type LimitName = keyof typeof LIMITS;

export const LIMIT_NAMES = Object.keys(LIMITS) as readonly LimitName[];

/** Kinds of recipients that are counted within a transaction, too, are measured and have no rule. */
export const isLimitName = (name: string): name is LimitName => Object.hasOwn(LIMITS, name);

/** The name under which what was measured stands among the claims of a report. */
export const LIMITS_CLAIM = 'limits';
