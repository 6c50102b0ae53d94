/** Faults of the TLS session itself: handshakes that failed, tickets, and STARTTLS where it must not be taken. */

import type { Session } from '../../../smtp/session.ts';
import { type Context, SOUND } from '../behaviour.ts';
import { type Fault, fault } from './fault.ts';

export const HANDSHAKES: readonly Fault[] = [
  fault('handshake', 'plaintext-after-failure', 'the session goes on in plaintext after a failed handshake', {
    afterFailure: 'plaintext',
  }),
  fault('handshake', 'secure-after-failure', 'a failed handshake leaves a session that is taken for secure', {
    afterFailure: 'secure',
  }),
  fault(
    'handshake',
    'plaintext-after-close',
    'the session goes on in plaintext once the client has ended TLS',
    {
      afterClose: 'plaintext',
    },
  ),
];

/** Tickets whose sessions are on file; the oldest go first. */
const MAX_TICKETS = 1_024;

const slot = (session: Session): string => `ticket ${session.tls?.session ?? ''}`;

/** What a TLS session has come to is filed under its ticket, and the connection that resumes it begins with that. */
function carries(
  name: string,
  title: string,
  carried: (session: Session) => Partial<Session> | undefined,
): Fault {
  const file = ({ session, secure, memory }: Context): void => {
    const found = secure ? carried(session) : undefined;
    if (found === undefined) return;
    memory.set(slot(session), found);
    const [oldest] = memory.keys();
    if (memory.size > MAX_TICKETS && oldest !== undefined) memory.delete(oldest);
  };
  const made = fault('ticket', name, title, {
    answer: (sound, _event, context) => {
      file(context);
      return sound;
    },
    upgraded: (session, { tls, memory }) =>
      tls.resumed ? { ...session, ...(memory.get(slot(session)) as Partial<Session> | undefined) } : session,
  });
  return { ...made, options: { ...made.options, namesTickets: true } };
}

export const TICKETS: readonly Fault[] = [
  carries(
    'ticket-carries-login',
    'a resumed TLS session has the login of the connection that made its ticket',
    ({ login }) => (login === undefined ? undefined : { login }),
  ),
  carries(
    'ticket-carries-greeting',
    'a resumed TLS session has been greeted on the connection that made its ticket',
    ({ greeting }) => (greeting === undefined ? undefined : { greeting }),
  ),
  carries(
    'ticket-carries-transaction',
    'a resumed TLS session goes on with the transaction of the connection that made its ticket',
    ({ greeting, sender, recipients }) =>
      sender === undefined ? undefined : { greeting, sender, recipients },
  ),
];

export const STARTTLS: readonly Fault[] = [
  fault('starttls', 'starttls-in-tls', 'STARTTLS is taken in TLS', {
    judge: (event, _argument, { secure }) =>
      event === 'starttls' && secure ? { code: 220, enhanced: '2.0.0', lines: ['Ready'] } : 'sound',
  }),
  {
    family: 'starttls',
    name: 'starttls-with-parameter',
    title: 'STARTTLS takes a parameter, though STARTTLSDOMAIN is not offered',
    options: {
      domains: true,
      behaviour: { ...SOUND, offer: sound => sound.filter(line => line !== 'STARTTLSDOMAIN') },
    },
  },
];
