/**
 * What the server makes of a command that is in order: a pure function from the session to what changes in it.
 *
 * Framing, limits, TLS and what a planted fault bends are the affair of `server.ts`; whether a command is in order is that
 * of the machine.
 */

import { cramMd5 } from '../../digest.ts';
import { type Command, parsePath } from '../../smtp/command.ts';
import type { Event, Phase } from '../../smtp/machine.ts';
import { NO_TRANSACTION, type Session } from '../../smtp/session.ts';
import type { Answer, Context } from './behaviour.ts';
import { MAX_MESSAGE, type Mode } from './framing.ts';
import type { ServerOptions } from './options.ts';

/** What a command comes to. */
export interface Outcome {
  /** Absent where the reply comes later, behind the bytes of a chunk. */
  readonly answer?: Answer;
  readonly changes?: Partial<Session>;
  readonly mode?: Mode;
  /** The application hook that is called with the session as it is then. */
  readonly hook?: Event;
}

/** The bytes of an answer. */
export function spelled({ code, enhanced, lines }: Answer): string {
  const words = enhanced === undefined ? '' : `${enhanced} `;
  const last = lines.length - 1;
  return lines.map((text, index) => `${code}${index === last ? ' ' : '-'}${words}${text}\r\n`).join('');
}

export const ok = (enhanced: string, text: string): Answer => ({ code: 250, enhanced, lines: [text] });
export const no = (code: number, enhanced: string, text: string): Answer => ({
  code,
  enhanced,
  lines: [text],
});

export function perform({ event, argument }: Command, context: Context, options: ServerOptions): Outcome {
  const { session } = context;
  switch (event) {
    case 'helo':
    case 'ehlo':
      return greet(event, argument, context, options);
    case 'mail':
      return mail(argument, session);
    case 'rcpt':
      return rcpt(argument, context, options);
    case 'data':
      return data(argument, session);
    case 'bdat':
    case 'bdat-last':
      return bdat(argument, event === 'bdat-last', session);
    case 'rset':
      return { answer: ok('2.0.0', 'Ok'), changes: NO_TRANSACTION };
    case 'auth':
      return auth(argument, session, options);
    case 'auth-response':
      return authResponse(argument, session, options);
    case 'starttls':
      return starttls(argument, session, options);
    case 'xclient':
    case 'xforward':
      return proxied(event, argument, session, options);
    default:
      return { answer: SAID[event] };
  }
}

/** The replies to what changes nothing. */
const SAID: Readonly<Record<'noop' | 'vrfy' | 'expn' | 'help' | 'quit' | 'lhlo' | 'unknown', Answer>> = {
  noop: ok('2.0.0', 'Ok'),
  vrfy: { code: 252, enhanced: '2.1.5', lines: ['Send some mail, I will try my best'] },
  expn: no(502, '5.5.1', 'No lists here'),
  help: { code: 214, enhanced: '2.0.0', lines: ['See RFC 5321'] },
  quit: { code: 221, enhanced: '2.0.0', lines: ['Bye'], close: true },
  lhlo: no(500, '5.5.2', 'Command not recognized'),
  unknown: no(500, '5.5.2', 'Command not recognized'),
};

function greet(verb: 'helo' | 'ehlo', name: string, context: Context, options: ServerOptions): Outcome {
  if (name === '') return { answer: no(501, '5.5.4', 'A name is wanted') };
  const greeting = { verb: verb === 'helo' ? 'HELO' : 'EHLO', name } as const;
  const session: Session = { ...context.session, ...NO_TRANSACTION, greeting };
  const hello = `${options.name} greets ${name} (${session.proxy?.['NAME'] ?? 'client'})`;
  const changes = { ...NO_TRANSACTION, greeting };
  if (verb === 'helo') return { answer: { code: 250, lines: [hello] }, changes, hook: verb };
  const offer =
    session.offer ?? options.behaviour.offer(extensions(session, options), { ...context, session });
  return {
    answer: { code: 250, lines: [hello, ...offer] },
    changes: { ...changes, offer },
    hook: verb,
  };
}

function extensions(session: Session, { mechanisms, domains, proxy }: ServerOptions): readonly string[] {
  const secure = session.tls !== undefined;
  return [
    'PIPELINING',
    `SIZE ${MAX_MESSAGE}`,
    '8BITMIME',
    'SMTPUTF8',
    'DSN',
    'CHUNKING',
    'BINARYMIME',
    'ENHANCEDSTATUSCODES',
    // Whoever is logged in may not do it again (RFC 4954, section 4).
    ...(session.login === undefined ? [`AUTH ${mechanisms(secure).join(' ')}`] : []),
    ...(secure ? ['REQUIRETLS'] : ['STARTTLS']),
    ...(domains && !secure ? ['STARTTLSDOMAIN'] : []),
    ...(proxy ? ['XCLIENT NAME ADDR HELO LOGIN PROTO', 'XFORWARD NAME ADDR HELO LOGIN PROTO'] : []),
  ];
}

function mail(argument: string, session: Session): Outcome {
  const path = parsePath(argument, 'FROM');
  if (path === undefined) return { answer: no(501, '5.5.4', 'Syntax: MAIL FROM:<address>') };
  const { parameters } = path;
  if (Number(parameters['SIZE'] ?? 0) > MAX_MESSAGE) return { answer: no(552, '5.3.4', 'Message too big') };
  if ('REQUIRETLS' in parameters && session.tls === undefined)
    return { answer: no(530, '5.7.10', 'REQUIRETLS needs TLS') };
  return {
    answer: ok('2.1.0', 'Sender ok'),
    changes: { ...NO_TRANSACTION, sender: path, transactions: session.transactions + 1 },
    hook: 'mail',
  };
}

function rcpt(argument: string, context: Context, { domain, behaviour }: ServerOptions): Outcome {
  const { session } = context;
  const path = parsePath(argument, 'TO');
  if (path === undefined) return { answer: no(501, '5.5.4', 'Syntax: RCPT TO:<address>') };
  const local = path.address.toLowerCase().endsWith(`@${domain}`);
  if (!local && !behaviour.relays(context)) return { answer: no(550, '5.7.1', 'Relaying denied') };
  return {
    answer: ok('2.1.5', 'Recipient ok'),
    changes: {
      recipients: [...session.recipients, path],
      sessionRecipients: session.sessionRecipients + 1,
    },
    hook: 'rcpt',
  };
}

function data(argument: string, { sender }: Session): Outcome {
  if (argument !== '') return { answer: no(501, '5.5.4', 'DATA takes no parameters') };
  if (sender?.parameters['BODY']?.toUpperCase() === 'BINARYMIME')
    return { answer: no(503, '5.5.1', 'BINARYMIME needs BDAT') };
  return { answer: { code: 354, lines: ['End with a line of one dot'] }, mode: { kind: 'message' } };
}

function bdat(argument: string, last: boolean, { chunks }: Session): Outcome {
  const length = chunkLength(argument);
  if (length === undefined) return { answer: no(501, '5.5.4', 'Syntax: BDAT size [LAST]') };
  const refused = (chunks?.length ?? 0) + length > MAX_MESSAGE;
  const mode = { kind: 'chunk', length, last, refused } as const;
  return refused ? { answer: no(552, '5.3.4', 'Message too big'), mode } : { mode };
}

/** The size that BDAT announces, in bytes. */
export function chunkLength(argument: string): number | undefined {
  const digits = /^(\d{1,9})(?:\s+LAST)?$/i.exec(argument)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function auth(argument: string, session: Session, options: ServerOptions): Outcome {
  if (session.login !== undefined) return { answer: no(503, '5.5.1', 'Already authenticated') };
  const [mechanism = '', initial] = argument.split(/\s+/);
  const offered = options.mechanisms(session.tls !== undefined);
  const known = offered.find(one => one === mechanism.toUpperCase());
  if (known === undefined) return { answer: no(504, '5.5.4', 'Mechanism not known') };
  if (known === 'CRAM-MD5') return challenge(options);
  const dialogue = { mechanism: known };
  if (initial !== undefined) return authResponse(initial, { ...session, dialogue }, options);
  return { answer: { code: 334, lines: [known === 'LOGIN' ? 'VXNlcm5hbWU6' : ''] }, changes: { dialogue } };
}

/** No challenge is like another one (RFC 2195, section 2). */
function challenge({ random, name }: ServerOptions): Outcome {
  const text = `<${String(random()).slice(2)}@${name}>`;
  return {
    answer: { code: 334, lines: [Buffer.from(text).toString('base64')] },
    changes: { dialogue: { mechanism: 'CRAM-MD5', challenge: text } },
  };
}

function authResponse(text: string, session: Session, { user, password }: ServerOptions): Outcome {
  const { dialogue } = session;
  if (dialogue === undefined) return { answer: no(503, '5.5.1', 'No AUTH under way') };
  const over = (isRight: boolean): Outcome =>
    isRight ? loggedIn(user) : loginFailed(session, no(535, '5.7.8', 'Authentication failed'));
  if (text.trim() === '*') return loginFailed(session, no(501, '5.7.0', 'AUTH cancelled'));
  const answer = Buffer.from(text, 'base64').toString('latin1');
  if (dialogue.challenge !== undefined) return over(answer === cramMd5(user, password, dialogue.challenge));
  if (dialogue.mechanism === 'PLAIN') {
    const [, said, secret] = answer.split('\0');
    return over(said === user && secret === password);
  }
  if (dialogue.user !== undefined) return over(dialogue.user === user && answer === password);
  return {
    answer: { code: 334, lines: ['UGFzc3dvcmQ6'] },
    changes: { dialogue: { mechanism: 'LOGIN', user: answer } },
  };
}

const loggedIn = (user: string): Outcome => ({
  answer: { code: 235, enhanced: '2.7.0', lines: ['Authentication successful'] },
  changes: { dialogue: undefined, login: user },
  hook: 'auth',
});

const loginFailed = ({ failedLogins }: Session, answer: Answer): Outcome => ({
  answer,
  changes: { dialogue: undefined, failedLogins: failedLogins + 1 },
});

function starttls(argument: string, { tls }: Session, { domains }: ServerOptions): Outcome {
  if (tls !== undefined) return { answer: no(503, '5.5.1', 'TLS is already on') };
  if (/\s/.test(argument) || (argument !== '' && !domains))
    return { answer: no(501, '5.5.4', 'STARTTLS takes no parameters') };
  return {
    answer: { code: 220, enhanced: '2.0.0', lines: ['Ready to start TLS'] },
    changes: { domain: argument === '' ? undefined : argument },
    mode: { kind: 'handshake' },
  };
}

function proxied(
  event: 'xclient' | 'xforward',
  argument: string,
  session: Session,
  { name, proxy }: ServerOptions,
): Outcome {
  if (!proxy) return { answer: no(502, '5.5.1', 'Not allowed') };
  const said = Object.fromEntries(argument.split(/\s+/).map(word => word.split('=', 2) as [string, string]));
  const changes = { proxy: { ...session.proxy, ...said } };
  return event === 'xforward'
    ? { answer: ok('2.0.0', 'Ok'), changes }
    : {
        answer: { code: 220, lines: [`${name} ESMTP reference`] },
        changes: { ...changes, ...NO_TRANSACTION, greeting: undefined },
      };
}

/** What is said to a command that is out of order. */
export function outOfOrder({ event }: Command, code: number, phase: Phase): Answer {
  if (event === 'unknown' || code === 500) return no(500, '5.5.2', 'Command not recognized');
  return no(code, '5.5.1', EXPECTED[phase]);
}

/** What the session waits for; a client can tell the phases apart by it. */
const EXPECTED: Readonly<Record<Phase, string>> = {
  start: 'Send EHLO first',
  greeted: 'Send MAIL first',
  mail: 'Send RCPT first',
  rcpt: 'Send DATA first',
  bdat: 'Send BDAT LAST first',
  auth: 'AUTH is under way',
};
