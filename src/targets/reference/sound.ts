/**
 * Sound variants of the reference server: what real servers do, that tempts a comparing tool to a false alarm.
 *
 * Each of them forgets at STARTTLS all that it must. What differs from run to run is chance, load, time, a limit that
 * is kept or forgotten, knowledge that TLS itself brought, or knowledge across connections.
 */

import { MECHANISMS, type Mechanism } from '../../smtp/sasl.ts';
import type { ServerLimits } from './behaviour.ts';
import { type Answer, type Behaviour, type Context, SOUND } from './behaviour.ts';
import type { Variant } from './faults/fault.ts';

function behaves(name: string, title: string, bent: Partial<Behaviour>): Variant {
  return { name, title, options: { behaviour: { ...SOUND, ...bent } } };
}

function limited(name: string, title: string, limits: ServerLimits): Variant {
  return { name, title, options: { limits } };
}

const no = (code: number, enhanced: string, text: string): Answer => ({ code, enhanced, lines: [text] });

/** A word of six characters that is new each time. */
const word = ({ random }: Context): string => random().toString(36).slice(2, 8).padEnd(6, 'q');

function shuffled<T>(items: readonly T[], { random }: Context): readonly T[] {
  return items
    .map(item => ({ item, at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

const chance = (share: number, { random }: Context): boolean => random() < share;

export const notInTransaction: Behaviour['judge'] = (event, argument, { session }) =>
  event === 'starttls' && argument === '' && session.sender !== undefined
    ? no(503, '5.5.1', 'Not in a transaction')
    : 'sound';

const LIMITED: readonly Variant[] = [
  limited('limit-transactions', 'four transactions a connection, counted across STARTTLS', {
    transactions: 4,
  }),
  limited('limit-recipients', 'five recipients a connection, counted across STARTTLS', {
    sessionRecipients: 5,
  }),
  limited('limit-errors', 'six errors a connection, counted across STARTTLS', { errors: 6 }),
  limited('limit-unknown', 'three unknown commands a connection, counted across STARTTLS', { unknown: 3 }),
  limited('limit-commands', 'thirty commands a connection, counted across STARTTLS', { commands: 30 }),
  limited('limit-logins', 'two failed logins a connection, counted across STARTTLS', { failedLogins: 2 }),
  limited('limit-messages', 'two messages a connection, counted across STARTTLS', { messages: 2 }),
  {
    name: 'limits-forgotten',
    title: 'three transactions and five errors a connection; STARTTLS resets the counts',
    options: {
      limits: { transactions: 3, errors: 5 },
      behaviour: { ...SOUND, flipped: () => new Set(['transactions', 'errors'] as const) },
    },
  },
];

const SAYINGS: readonly (readonly string[])[] = [
  ['Fine'],
  ['Fine', 'indeed'],
  ['As you like', 'it', 'said'],
  ['Well', 'well', 'well', 'well'],
];

const VARYING: readonly Variant[] = [
  behaves('random-texts', 'every reply ends in a random word', {
    answer: (sound, _event, context) => ({
      ...sound,
      lines: sound.lines.map((line, index) =>
        index === 0 && sound.code !== 334 ? `${line} ${word(context)}` : line,
      ),
    }),
  }),
  behaves('queue-ids', 'messages get an id of random length', {
    answer: (sound, event, context) =>
      event.startsWith('data') && sound.code === 250
        ? { ...sound, lines: [`Queued as ${word(context).repeat(1 + Math.floor(context.random() * 3))}`] }
        : sound,
  }),
  behaves('random-list', 'extensions and mechanisms are listed in random order', {
    offer: (sound, context) =>
      shuffled(
        sound.map(line =>
          line.startsWith('AUTH ') ? `AUTH ${shuffled(line.split(' ').slice(1), context).join(' ')}` : line,
        ),
        context,
      ),
  }),
  behaves('busy', 'one MAIL or RCPT in fifty is put off with 451', {
    judge: (event, _argument, context) =>
      (event === 'mail' || event === 'rcpt') &&
      context.session.greeting !== undefined &&
      chance(0.02, context)
        ? no(451, '4.3.2', 'Busy, try again')
        : 'sound',
  }),
  behaves('busy-disconnects', 'one command in two hundred ends the connection with 421', {
    judge: (_event, _argument, context) =>
      chance(0.005, context) ? { ...no(421, '4.3.2', 'Shutting down'), close: true } : 'sound',
  }),
  behaves('random-codes', 'VRFY is answered 250 or 252 as it comes', {
    answer: (sound, event, context) =>
      event === 'vrfy' && sound.code === 252 && chance(0.5, context) ? { ...sound, code: 250 } : sound,
  }),
  behaves('fickle-list', 'DSN and SIZE stand in every other list, as it comes', {
    offer: (sound, context) => sound.filter(line => !/^(?:DSN|SIZE)\b/.test(line) || chance(0.5, context)),
  }),
  behaves('telling-list', 'the list has the time and a session id in it, and as much room as there is left', {
    offer: (sound, context) => [
      ...sound.map(line =>
        line.startsWith('SIZE') ? `SIZE ${1e7 + Math.floor(1e6 * context.random())}` : line,
      ),
      `XSESSION ${word(context)}${chance(0.5, context) ? ` ${word(context)}` : ''}`,
    ],
  }),
  behaves('fickle-enhanced', 'a refusal has the enhanced code 5.5.1 or 5.5.0, as it comes', {
    answer: (sound, _event, context) =>
      sound.enhanced === '5.5.1' && chance(0.5, context) ? { ...sound, enhanced: '5.5.0' } : sound,
  }),
  behaves('sayings', 'NOOP and RSET are answered in one to four lines, as it comes', {
    answer: (sound, event, context) =>
      event === 'noop' || event === 'rset'
        ? { ...sound, lines: SAYINGS[Math.floor(context.random() * SAYINGS.length)] ?? sound.lines }
        : sound,
  }),
  behaves('tells-count', 'every refusal tells how many errors there were, across STARTTLS', {
    answer: (sound, _event, { session }) =>
      sound.code >= 500 ? { ...sound, lines: [`${sound.lines[0]} (error ${session.errors})`] } : sound,
  }),
  behaves('tells-errors', 'RSET and QUIT tell how many errors there were, if any, across STARTTLS', {
    answer: (sound, event, { session: { errors } }) =>
      (event === 'rset' || event === 'quit') && errors > 0
        ? { ...sound, lines: [`${sound.lines[0]} after ${errors} error${errors === 1 ? '' : 's'}`] }
        : sound,
  }),
  behaves(
    'counts-down',
    'every refusal tells how many errors were made and how many are left, across STARTTLS',
    {
      answer: (sound, _event, { session: { errors } }) =>
        sound.code >= 500
          ? {
              ...sound,
              lines: [`${sound.lines[0]}; ${errors} error${errors === 1 ? '' : 's'}, ${4 - errors} left`],
            }
          : sound,
    },
  ),
  behaves('lists-room', 'the list tells how many transactions are left to the connection, across STARTTLS', {
    answer: (sound, event, { session: { transactions } }) =>
      event === 'ehlo' && sound.code === 250
        ? { ...sound, lines: [...sound.lines, `LIMITS MAILMAX=${50 - transactions}`] }
        : sound,
  }),
  behaves('greylisting', 'a recipient is put off with 450 the first time that any connection names it', {
    judge: (event, argument, { session, memory }) => {
      if (event !== 'rcpt' || session.sender === undefined || memory.has(argument)) return 'sound';
      memory.set(argument, true);
      const [oldest] = memory.keys();
      if (memory.size > 4_096 && oldest !== undefined) memory.delete(oldest);
      return no(450, '4.2.0', 'Greylisted');
    },
  }),
  behaves('last-visitor', 'every refusal names who greeted last, on any connection', {
    answer: (sound, event, { session: { greeting }, memory }) => {
      if (event === 'ehlo' && greeting !== undefined) memory.set('visitor', greeting.name);
      return sound.code < 500
        ? sound
        : { ...sound, lines: [`${sound.lines[0]} (${String(memory.get('visitor') ?? 'nobody')})`] };
    },
  }),
  behaves('connection-limit', 'every twentieth connection is turned away with 421', {
    greeting: (sound, { memory }) => {
      const opened = Number(memory.get('opened') ?? 0) + 1;
      memory.set('opened', opened);
      return opened % 20 === 0
        ? { code: 421, enhanced: '4.7.0', lines: ['Too many connections'], close: true }
        : sound;
    },
  }),
];

const SLOW: readonly Variant[] = [
  behaves('tarpit', 'each error makes all further replies slower, across STARTTLS', {
    delay: (_event, { session }) => Math.min(60, 10 * session.errors),
  }),
  behaves('greeting-delay', 'EHLO is answered after 25 to 50 ms', {
    delay: (event, { random }) => (event === 'ehlo' ? 25 + 25 * random() : 0),
  }),
];

const REFUSING: readonly Variant[] = [
  behaves(
    'closes-on-pipelined-plaintext',
    'STARTTLS with bytes behind it is refused with 554 and the close',
    {
      judge: (event, _argument, { session }) =>
        event === 'starttls' && session.pending !== ''
          ? { ...no(554, '5.5.0', 'Nothing may stand behind STARTTLS'), close: true }
          : 'sound',
    },
  ),
  behaves('refuses-after-failure', 'a failed handshake is answered with 554 in plaintext and the close', {
    afterFailure: 'refuse',
  }),
  behaves('starttls-needs-ehlo', 'STARTTLS is refused with 503 before EHLO and behind HELO', {
    judge: (event, _argument, { session, secure }) =>
      event === 'starttls' && !secure && session.greeting?.verb !== 'EHLO'
        ? no(503, '5.5.1', 'Send EHLO first')
        : 'sound',
  }),
  behaves('starttls-not-in-transaction', 'STARTTLS is refused with 503 in a transaction', {
    judge: notInTransaction,
  }),
  behaves('starttls-not-after-login', 'STARTTLS is refused with 502 after a login', {
    judge: (event, _argument, { session }) =>
      event === 'starttls' && session.login !== undefined ? no(502, '5.5.1', 'Not after AUTH') : 'sound',
  }),
  behaves('rset-needs-ehlo', 'RSET and NOOP are refused with 503 before EHLO', {
    judge: (event, _argument, { session }) =>
      (event === 'rset' || event === 'noop') && session.greeting === undefined
        ? no(503, '5.5.1', 'Send EHLO first')
        : 'sound',
  }),
  behaves('one-ehlo', 'a second EHLO is refused with 503 on either side of STARTTLS', {
    judge: (event, _argument, { session }) =>
      event === 'ehlo' && session.greeting !== undefined ? no(503, '5.5.1', 'Duplicate EHLO') : 'sound',
  }),
  behaves('tls-required', 'everything but EHLO and STARTTLS is refused with 530 in plaintext', {
    judge: (event, _argument, { secure }) =>
      secure || ['ehlo', 'helo', 'starttls', 'noop', 'quit'].includes(event)
        ? 'sound'
        : no(530, '5.7.0', 'Must issue STARTTLS first'),
    offer: (sound, { secure }) => (secure ? sound : ['STARTTLS']),
  }),
];

/** No password is to be said in plaintext (RFC 4954, section 4): a digest will do there. */
export const digestInPlaintext = (secure: boolean): readonly Mechanism[] =>
  secure ? MECHANISMS : ['CRAM-MD5'];

const KNOWING: readonly Variant[] = [
  {
    name: 'lmtp',
    title: 'the server speaks LMTP: LHLO, and an answer for each recipient',
    options: { lmtp: true },
  },
  behaves('certificate-login', 'a client certificate is a login', {
    upgraded: session =>
      session.tls?.certificate === undefined ? session : { ...session, login: session.tls.certificate },
  }),
  behaves('list-by-sni', 'the list in TLS depends on SNI and on the version', {
    offer: (sound, { session: { tls } }) => [
      ...sound,
      ...(tls?.sni === undefined ? [] : ['XHOST']),
      ...(tls?.version === 'TLSv1.2' ? ['XOLD'] : []),
    ],
  }),
  {
    name: 'digest-in-plaintext',
    title: 'AUTH takes CRAM-MD5 alone in plaintext, with a new challenge each time, and more in TLS',
    options: { mechanisms: digestInPlaintext },
  },
  {
    name: 'starttlsdomain',
    title: 'STARTTLS takes a domain, as STARTTLSDOMAIN offers',
    options: { domains: true },
  },
  behaves('echo', 'every refusal repeats the EHLO name and the sender of the session at hand', {
    answer: (sound, _event, { session: { greeting, sender } }) =>
      sound.code >= 500
        ? {
            ...sound,
            lines: [`${sound.lines[0]} (${greeting?.name ?? 'nobody'}, ${sender?.address ?? 'none'})`],
          }
        : sound,
  }),
];

export const SOUND_VARIANTS: readonly Variant[] = [...LIMITED, ...VARYING, ...SLOW, ...REFUSING, ...KNOWING];
