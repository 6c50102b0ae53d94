/**
 * The contexts in which a fault shows: an order of commands, a count, a spelling, a fact of the TLS session.
 *
 * A trigger is a small automaton over the commands that were answered in plaintext, and a condition that is asked
 * when TLS starts.
 */

import type { Event } from '../../../smtp/machine.ts';
import type { Session, TlsKnowledge } from '../../../smtp/session.ts';
import type { Behaviour, Happening, Upgrading } from '../behaviour.ts';

export interface Trigger {
  /** Behind the fault's name, such as `after-rset`. */
  readonly name: string;
  /** Behind its title, such as `once RSET was said`. */
  readonly title: string;
  readonly follow: Behaviour['follow'];
  readonly holds: (upgrading: Upgrading) => boolean;
}

const unmoved: Behaviour['follow'] = progress => progress;

const said = (events: readonly Event[]): string =>
  events
    .map(event => event.toUpperCase())
    .join(', ')
    .replace(/, ([A-Z]+)$/, ' and $1');

/** These commands were said in plaintext in this order, others between them or not. */
export function inOrder(...events: readonly Event[]): Trigger {
  return {
    name: `after-${events.join('-')}`,
    title: `once ${said(events)} ${events.length > 1 ? 'were said in that order' : 'was said'}`,
    follow: (matched, { event, secure }) => (!secure && event === events[matched] ? matched + 1 : matched),
    holds: ({ progress }) => progress === events.length,
  };
}

/** These commands were said in plaintext one right behind the other. */
export function inARow(...events: readonly Event[]): Trigger {
  return {
    name: `after-${events.join('-')}-in-a-row`,
    title: `once ${said(events)} were said one right behind the other`,
    follow: (matched, { event, secure }) => {
      if (secure || matched === events.length) return matched;
      if (event === events[matched]) return matched + 1;
      return event === events[0] ? 1 : 0;
    },
    holds: ({ progress }) => progress === events.length,
  };
}

/** So many commands of a kind in plaintext. */
export function times(
  count: number,
  name: string,
  title: string,
  counts: (happening: Happening) => boolean,
): Trigger {
  return {
    name: `after-${name}`,
    title: `after ${title}`,
    follow: (seen, happening) => (!happening.secure && seen < count && counts(happening) ? seen + 1 : seen),
    holds: ({ progress }) => progress === count,
  };
}

/** A condition on the session as it is at STARTTLS. */
export function when(name: string, title: string, holds: (session: Session) => boolean): Trigger {
  return { name, title, follow: unmoved, holds: ({ session }) => holds(session) };
}

/** A condition on the TLS session. */
export function over(name: string, title: string, holds: (tls: TlsKnowledge) => boolean): Trigger {
  return { name, title, follow: unmoved, holds: ({ tls }) => holds(tls) };
}

/** A condition on how STARTTLS was spelled. */
export function spelled(name: string, title: string, spelling: RegExp): Trigger {
  return { name, title, follow: unmoved, holds: ({ line }) => spelling.test(line) };
}

export const PIPED: Trigger = {
  name: 'piped',
  title: 'when STARTTLS comes in one segment with the command before it',
  follow: unmoved,
  holds: ({ piped }) => piped,
};

export const isFailedLogin = ({ event, accepted }: Happening): boolean =>
  !accepted && (event === 'auth' || event === 'auth-response');
export const FAILED_LOGIN = times(1, 'failed-login', 'a login that failed', isFailedLogin);
export const REFUSED_STARTTLS = times(
  1,
  'refused-starttls',
  'a STARTTLS that was refused',
  ({ event, accepted }) => event === 'starttls' && !accepted,
);
export const UNTIMELY_STARTTLS = times(
  1,
  'untimely-starttls',
  'a STARTTLS that was refused for being in a transaction',
  ({ event, accepted, line }) => event === 'starttls' && !accepted && /^\s*starttls\s*$/i.test(line),
);
export const UNKNOWN = times(1, 'unknown', 'an unknown command', ({ event }) => event === 'unknown');

export const LOWER_CASE = spelled('lower-case', 'when STARTTLS comes in lower case', /^starttls/);
export const MIXED_CASE = spelled(
  'mixed-case',
  'when STARTTLS comes in mixed case',
  /^(?=.*[a-z])(?=.*[A-Z])/,
);
export const LEADING_BLANK = spelled('leading-blank', 'when a blank stands before STARTTLS', /^[ \t]/);
export const TRAILING_BLANK = spelled('trailing-blank', 'when a blank stands behind STARTTLS', /[ ]$/);
export const TAB = spelled('tab', 'when a tab stands behind STARTTLS', /\t$/);

export const TLS_1_2 = over('tls-1.2', 'over TLS 1.2 only', ({ version }) => version === 'TLSv1.2');
export const TLS_1_3 = over('tls-1.3', 'over TLS 1.3 only', ({ version }) => version === 'TLSv1.3');
export const RESUMED = over('resumed', 'only when the TLS session is resumed', ({ resumed }) => resumed);
export const WITH_SNI = over('sni', 'only when the client sends SNI', ({ sni }) => sni !== undefined);
export const WITH_CERTIFICATE = over(
  'certificate',
  'only when the client shows a certificate',
  ({ certificate }) => certificate !== undefined,
);
