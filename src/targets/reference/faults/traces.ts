/** Faults that no code of a reply shows: in the mail that is delivered, in what hooks are given, or in texts. */

import type { Session } from '../../../smtp/session.ts';
import { type Fault, fault } from './fault.ts';

/** The session is shown with fields of the plaintext one, though it was rightly made anew. */
function shows(
  name: string,
  title: string,
  place: 'hook' | 'trace',
  kept: (session: Session, beforeTls: Session) => Partial<Session>,
): Fault {
  return fault('trace', name, title, {
    shown: (session, where, { beforeTls }) =>
      where === place && beforeTls !== undefined ? { ...session, ...kept(session, beforeTls) } : session,
  });
}

export const TRACES: readonly Fault[] = [
  shows('trace-greeting', 'Received: names the plaintext EHLO name', 'trace', ({ greeting }, old) => ({
    greeting: old.greeting ?? greeting,
  })),
  shows(
    'trace-login',
    'Received: says that a login was given, though only in plaintext',
    'trace',
    ({ login }, old) => ({
      login: old.login ?? login,
    }),
  ),
  shows(
    'trace-recipients',
    'a message is delivered to the recipients of the plaintext too',
    'trace',
    ({ recipients }, old) => ({ recipients: [...old.recipients, ...recipients] }),
  ),
  shows(
    'trace-sender',
    'a message is delivered in the name of the plaintext sender',
    'trace',
    ({ sender }, old) => ({
      sender: old.sender ?? sender,
    }),
  ),
  shows('hook-greeting', 'hooks are given the plaintext EHLO name', 'hook', ({ greeting }, old) => ({
    greeting: old.greeting ?? greeting,
  })),
  shows('hook-login', 'hooks are given the plaintext login', 'hook', ({ login }, old) => ({
    login: login ?? old.login,
  })),
  shows(
    'hook-sender',
    'hooks are given the sender of the plaintext until there is another',
    'hook',
    ({ sender }, old) => ({
      sender: sender ?? old.sender,
    }),
  ),
  fault('trace', 'quit-names-plaintext-client', 'the reply to QUIT names who said EHLO in plaintext', {
    answer: (sound, event, { beforeTls }) =>
      event === 'quit' && beforeTls?.greeting !== undefined
        ? { ...sound, lines: [`Bye ${beforeTls.greeting.name}`] }
        : sound,
  }),
  fault(
    'trace',
    'help-tells-of-plaintext',
    'the text of HELP in TLS tells whether a transaction was open before',
    {
      answer: (sound, event, { beforeTls }) =>
        event === 'help' && beforeTls?.sender !== undefined
          ? { ...sound, lines: ['You may go on with your transaction'] }
          : sound,
    },
  ),
  fault(
    'trace',
    'enhanced-after-login',
    'NOOP has another enhanced code in TLS if a login was given in plaintext',
    {
      answer: (sound, event, { beforeTls }) =>
        event === 'noop' && beforeTls?.login !== undefined ? { ...sound, enhanced: '2.7.0' } : sound,
    },
  ),
];
