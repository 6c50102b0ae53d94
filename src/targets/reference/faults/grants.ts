/** Faults that give: counts and flags of the plaintext that open doors in TLS, and states that are promoted. */

import type { Event } from '../../../smtp/machine.ts';
import type { Session } from '../../../smtp/session.ts';
import { type Behaviour, type Context, type Happening, SOUND } from '../behaviour.ts';
import { type Fault, fault } from './fault.ts';

/** Counts up to `most` of the commands that are wanted, in plaintext and in TLS. */
const counting =
  (most: number, counts: (happening: Happening) => boolean): Behaviour['follow'] =>
  (seen, happening) =>
    seen < most && counts(happening) ? seen + 1 : seen;

/** Whoever has come so far may relay. */
const relaysFrom =
  (most: number): Behaviour['relays'] =>
  ({ progress, session }) =>
    progress >= most || session.login !== undefined;

const taken =
  (wanted: Event) =>
  ({ event, accepted }: Happening): boolean =>
    event === wanted && accepted;

const isFailedLogin = ({ event, accepted }: Happening): boolean =>
  !accepted && (event === 'auth' || event === 'auth-response');

export const GRANTS: readonly Fault[] = [
  fault('grant', 'relays-after-message', 'who has delivered a message in plaintext may relay in TLS', {
    follow: counting(1, taken('data')),
    relays: relaysFrom(1),
  }),
  fault('grant', 'relays-after-recipients', 'the third accepted recipient of a connection opens the relay', {
    follow: counting(3, taken('rcpt')),
    relays: relaysFrom(3),
  }),
  fault('grant', 'relays-after-own-sender', 'a sender of the server’s own domain opens the relay', {
    follow: counting(
      1,
      ({ event, accepted, line }) => event === 'mail' && accepted && /@lab\.example>/i.test(line),
    ),
    relays: relaysFrom(1),
  }),
  fault(
    'grant',
    'relays-after-errors',
    'the check of foreign recipients is skipped after four refused commands',
    {
      follow: counting(4, ({ accepted }) => !accepted),
      relays: relaysFrom(4),
    },
  ),
  fault('grant', 'login-after-failures', 'TLS begins with a login if two logins have failed in plaintext', {
    follow: counting(2, isFailedLogin),
    upgraded: (session, { progress }) => (progress === 2 ? { ...session, login: 'guest' } : session),
  }),
  fault('grant', 'names-users-after-login', 'VRFY names users in TLS if a login was given in plaintext', {
    judge: (event, argument, { beforeTls }) =>
      event === 'vrfy' && argument !== '' && beforeTls?.login !== undefined
        ? { code: 250, enhanced: '2.1.5', lines: [`<${argument}>`] }
        : 'sound',
  }),
  fault('grant', 'greeted-by-count', 'after six commands the greeting is no longer asked for', {
    follow: counting(6, ({ event }) => event !== 'auth-response'),
    judge: (event, _argument, { progress, session }) =>
      event === 'mail' && progress >= 6 && session.greeting === undefined ? 'allow' : 'sound',
  }),
  {
    family: 'grant',
    name: 'login-by-xclient',
    title: 'the LOGIN attribute of a plaintext XCLIENT is the login in TLS',
    options: {
      proxy: true,
      behaviour: {
        ...SOUND,
        upgraded: (session, { session: { proxy } }) =>
          proxy?.['LOGIN'] === undefined ? session : { ...session, login: proxy['LOGIN'] },
      },
    },
  },
];

/** In TLS the event is taken out of order, if the plaintext session or the one in TLS was so. */
function promotes(
  name: string,
  title: string,
  wanted: Event,
  holds: (beforeTls: Session, context: Context) => boolean,
): Fault {
  return fault('promoted', name, title, {
    judge: (event, _argument, context) =>
      event === wanted && context.beforeTls !== undefined && holds(context.beforeTls, context)
        ? 'allow'
        : 'sound',
  });
}

export const PROMOTED: readonly Fault[] = [
  promotes(
    'mail-ungreeted-after-ehlo',
    'MAIL needs no EHLO in TLS if there was one in plaintext',
    'mail',
    ({ greeting }, { session }) => greeting !== undefined && session.greeting === undefined,
  ),
  promotes(
    'mail-ungreeted',
    'MAIL needs no EHLO in TLS',
    'mail',
    (_, { session }) => session.greeting === undefined,
  ),
  promotes(
    'auth-ungreeted',
    'AUTH needs no EHLO in TLS',
    'auth',
    (_, { session }) => session.greeting === undefined,
  ),
  promotes(
    'auth-ungreeted-after-ehlo',
    'AUTH needs no EHLO in TLS if there was one in plaintext',
    'auth',
    ({ greeting }, { session }) => greeting !== undefined && session.greeting === undefined,
  ),
  promotes(
    'rcpt-without-mail',
    'RCPT needs no MAIL in TLS if a transaction was open in plaintext',
    'rcpt',
    ({ sender }, { session }) => sender !== undefined && session.sender === undefined,
  ),
  promotes(
    'data-without-rcpt',
    'DATA needs no RCPT in TLS if a recipient was named in plaintext',
    'data',
    ({ recipients }, { session }) => recipients.length > 0 && session.recipients.length === 0,
  ),
  promotes(
    'bdat-without-rcpt',
    'BDAT LAST needs no RCPT in TLS if chunks came in plaintext',
    'bdat-last',
    ({ chunks }) => chunks !== undefined,
  ),
  promotes(
    'mail-in-transaction',
    'a second MAIL is taken in TLS if a login was given in plaintext',
    'mail',
    ({ login }, { session }) => login !== undefined && session.sender !== undefined,
  ),
];
