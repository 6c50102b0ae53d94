/** Faults that take away: a sound client is refused, cut off or left waiting for what was said in plaintext. */

import { parsePath } from '../../../smtp/command.ts';
import type { Event } from '../../../smtp/machine.ts';
import type { Session } from '../../../smtp/session.ts';
import type { Answer, Context } from '../behaviour.ts';
import { type Fault, fault } from './fault.ts';
import { FAILED_LOGIN, times } from './triggers.ts';

const no = (code: number, enhanced: string, text: string): Answer => ({ code, enhanced, lines: [text] });

/** In TLS the event gets this answer, if the plaintext session was so. */
function refuses(
  name: string,
  title: string,
  wanted: Event,
  answer: Answer,
  holds: (beforeTls: Session, context: Context, argument: string) => boolean,
): Fault {
  return fault('stale', name, title, {
    judge: (event, argument, context) =>
      event === wanted && context.beforeTls !== undefined && holds(context.beforeTls, context, argument)
        ? answer
        : 'sound',
  });
}

const refusedRecipient = times(
  1,
  'refused',
  'refused',
  ({ event, accepted }) => event === 'rcpt' && !accepted,
);
const refusedSender = times(1, 'refused', 'refused', ({ event, accepted }) => event === 'mail' && !accepted);

/** A number that stands for a text. */
const hash = (text: string): number =>
  [...text].reduce((sum, character) => (31 * sum + character.charCodeAt(0)) | 0, 7);
/** The same for the address in angle brackets. */
const numberOf = (text: string): number => hash(/<.*?>/.exec(text)?.[0] ?? '');
/** What stands behind the verb. */
const nameIn = (line: string): string => line.trim().replace(/^\S+\s*/, '');
const SAYS_ENVID = / ENVID=/i;

export const STALE: readonly Fault[] = [
  refuses(
    'ehlo-refused-after-ehlo',
    'EHLO in TLS is refused as a duplicate of the one in plaintext',
    'ehlo',
    no(503, '5.5.1', 'Duplicate EHLO'),
    ({ greeting }, { session }) => greeting !== undefined && session.greeting === undefined,
  ),
  refuses(
    'ehlo-bound-to-name',
    'EHLO in TLS is refused if its name is not that of the plaintext',
    'ehlo',
    no(550, '5.7.1', 'Not the name you gave before'),
    ({ greeting }, _, argument) => greeting !== undefined && greeting.name !== argument,
  ),
  refuses(
    'mail-refused-after-mail',
    'MAIL in TLS is refused as nested if a transaction was open in plaintext',
    'mail',
    no(503, '5.5.1', 'Nested MAIL'),
    ({ sender }, { session }) => sender !== undefined && session.sender === undefined,
  ),
  refuses(
    'auth-refused-after-login',
    'AUTH in TLS is refused if a login was given in plaintext',
    'auth',
    no(503, '5.5.1', 'Already authenticated'),
    ({ login }, { session }) => login !== undefined && session.login === undefined,
  ),
  refuses(
    'rcpt-refused-if-named-before',
    'a recipient is refused in TLS if the same was named in plaintext',
    'rcpt',
    no(550, '5.1.1', 'Named already'),
    ({ recipients }, _, argument) =>
      recipients.some(({ address }) => address === parsePath(argument, 'TO')?.address),
  ),
  refuses(
    'data-refused-after-chunks',
    'DATA is refused in TLS if BDAT was begun in plaintext',
    'data',
    no(503, '5.5.1', 'DATA may not be mixed with BDAT'),
    ({ chunks }, { session }) => chunks !== undefined && session.recipients.length > 0,
  ),
  fault(
    'stale',
    'right-login-fails-after-wrong',
    'a right login is refused in TLS after a wrong one in plaintext',
    {
      follow: FAILED_LOGIN.follow,
      answer: (sound, event, { secure, progress }) =>
        secure && progress === 1 && sound.code === 235 && event.startsWith('auth')
          ? no(535, '5.7.8', 'Authentication failed')
          : sound,
    },
  ),
  fault(
    'stale',
    'rcpt-refused-after-bounce',
    'a second recipient is refused in TLS once the null sender was named',
    {
      follow: (named, { event, line, secure }) =>
        !secure && event === 'mail' && line.includes('<>') ? 1 : named,
      judge: (event, _argument, { secure, progress, session }) =>
        event === 'rcpt' && secure && progress === 1 && session.recipients.length > 0
          ? no(550, '5.5.3', 'One recipient for a bounce')
          : 'sound',
    },
  ),
  fault('stale', 'rcpt-refused-after-refusal', 'recipients are refused in TLS once one was in plaintext', {
    follow: refusedRecipient.follow,
    judge: (event, _argument, { secure, progress, session }) =>
      event === 'rcpt' && secure && progress === 1 && session.sender !== undefined
        ? no(550, '5.7.1', 'Refused before')
        : 'sound',
  }),
  fault('stale', 'mail-refused-after-refusal', 'MAIL is put off in TLS once one was refused in plaintext', {
    follow: refusedSender.follow,
    judge: (event, _argument, { secure, progress, session }) =>
      event === 'mail' && secure && progress === 1 && session.greeting !== undefined
        ? no(451, '4.7.1', 'Try later')
        : 'sound',
  }),
  fault('stale', 'mail-bound-to-sender', 'MAIL is refused if its sender is not the first of the connection', {
    follow: (first, { event, accepted, line }) =>
      first === 0 && event === 'mail' && accepted ? numberOf(line) : first,
    judge: (event, argument, { progress, session }) =>
      event === 'mail' && session.greeting !== undefined && progress !== 0 && progress !== numberOf(argument)
        ? no(553, '5.7.1', 'Not the sender you gave before')
        : 'sound',
  }),
  fault('stale', 'envid-taken-once', 'MAIL with an ENVID is refused in TLS if one was said in plaintext', {
    follow: (said, { event, accepted, secure, line }) =>
      !secure && event === 'mail' && accepted && SAYS_ENVID.test(line) ? 1 : said,
    judge: (event, argument, { progress, secure, session }) =>
      secure &&
      event === 'mail' &&
      progress === 1 &&
      session.greeting !== undefined &&
      SAYS_ENVID.test(argument)
        ? no(501, '5.5.4', 'An ENVID was said already')
        : 'sound',
  }),
  fault('stale', 'vrfy-differs-again', 'VRFY of a name that was asked for in plaintext is refused in TLS', {
    follow: (asked, { event, secure, line }) =>
      !secure && event === 'vrfy' && nameIn(line) !== '' ? hash(nameIn(line)) : asked,
    judge: (event, argument, { progress, secure }) =>
      secure && event === 'vrfy' && progress !== 0 && progress === hash(argument.trim())
        ? no(550, '5.7.1', 'Asked already')
        : 'sound',
  }),
  fault('stale', 'closes-after-helo', 'EHLO in TLS ends the connection if HELO was said in plaintext', {
    judge: (event, _argument, { beforeTls }) =>
      event === 'ehlo' && beforeTls?.greeting?.verb === 'HELO'
        ? { ...no(421, '4.7.0', 'Say HELO'), close: true }
        : 'sound',
  }),
  fault('stale', 'silent-rset', 'RSET is not answered in TLS if a transaction was open in plaintext', {
    answer: (sound, event, { beforeTls }) =>
      event === 'rset' && beforeTls?.sender !== undefined ? undefined : sound,
  }),
];
