/**
 * Steps spelled in bytes. Pure: a step and a speech go in, the bytes of each exchange come out.
 *
 * A *speech* is what one run fills the blanks with: random tokens for names, and the target's own facts (the
 * password that is right, a recipient that is accepted). Strings hold one byte a character.
 */

import { cramMd5 } from './digest.ts';
import type { Body, Glue, Name, Spelling, Step, Upgrade } from './scenario.ts';
import { answersOf, base64 } from './smtp/sasl.ts';

export interface Speech {
  /** The random part that all tokens of this run share; markers are found by it. */
  readonly nonce: string;
  readonly user: string;
  readonly password: string;
  /** Recipients that the target accepts; a local part `*` takes any token. */
  readonly recipient: string;
  /** A fixed EHLO name, where the target insists on one. */
  readonly helo?: string;
  /** In LMTP the greeting that asks for the list is LHLO (RFC 2033, section 4.1), and so EHLO is spelled. */
  readonly protocol?: 'smtp' | 'lmtp';
}

/** One send of the client, and the code of the reply to the one before it that it takes. */
export type Exchange =
  | { readonly send: string; readonly on?: 334 | 354 }
  /** What answers the challenge in that reply. */
  | { readonly digest: Credentials; readonly on: 334 };

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export const CRLF = '\r\n';

export const token = (speech: Speech, name: Name): string => speech.nonce + name;

/** The line that answers a challenge, which came in base64 (RFC 4954, section 4). */
export const digestLine = ({ user, password }: Credentials, challenge: string): string =>
  base64(cramMd5(user, password, Buffer.from(challenge, 'base64').toString('latin1'))) + CRLF;

/**
 * Where a message's body was sent, such as `before.0003` or `_after.0003`: of one length everywhere, so that a server
 * which counts bytes comes to the same wherever a message was sent.
 */
export const placeOf = (part: string, step: number): string =>
  `${part.padStart(6, '_')}.${String(step).padStart(4, '0')}`;

/** Marks a message by its token and the place where its body was sent. */
export const messageMark = (speech: Speech, name: Name, place: string): string =>
  `${token(speech, name)}.${place}.`;

/**
 * The exchanges of one step, in order. A step without an exchange (pause, close) expects no reply. `place` is where
 * the step stands; it tells messages apart that reuse a token.
 */
export function exchanges(step: Step, speech: Speech, place: string): readonly Exchange[] {
  switch (step.kind) {
    case 'pause':
    case 'close':
      return [];
    case 'bytes':
      return [{ send: step.bytes }];
    case 'data':
      return [
        { send: commandLine(step, speech) + CRLF },
        { send: `${stuffed(message(step.body, token(speech, step.token), place))}.${CRLF}`, on: 354 },
      ];
    case 'bdat':
      return [
        {
          send:
            commandLine(step, speech, place) + CRLF + message(step.body, token(speech, step.token), place),
        },
      ];
    case 'auth':
      return dialogue(step, speech);
    default:
      return [{ send: commandLine(step, speech) + CRLF }];
  }
}

/** The command line of a step, without its line end. */
export function commandLine(step: Step, speech: Speech, place = ''): string {
  const [verb, rest] = words(step, speech, place);
  return 'spelling' in step ? spelled(verb, rest, step.spelling) : rest === '' ? verb : `${verb} ${rest}`;
}

function words(step: Step, speech: Speech, place: string): readonly [verb: string, rest: string] {
  switch (step.kind) {
    case 'helo':
    case 'ehlo':
    case 'lhlo':
      return [greetingVerb(step, speech), speech.helo ?? greetingName(step, speech)];
    case 'mail':
      return ['MAIL', `FROM:<${sender(step, speech)}>${mailParameters(step, speech)}`];
    case 'rcpt':
      return ['RCPT', `TO:<${recipient(step, speech)}>${rcptParameters(step, speech)}`];
    case 'auth':
      return ['AUTH', step.mechanism];
    case 'xclient':
    case 'xforward':
      return [
        step.kind.toUpperCase(),
        `${step.attribute}=${attribute(step.attribute, token(speech, step.value))}`,
      ];
    case 'line':
      return [step.text.repeat(step.times ?? 1), ''];
    case 'bytes':
      return [step.bytes, ''];
    case 'data':
      return ['DATA', ''];
    case 'bdat': {
      const { length } = message(step.body, token(speech, step.token), place);
      return ['BDAT', step.last === true ? `${length} LAST` : String(length)];
    }
    case 'pause':
    case 'close':
      return ['', ''];
    default:
      return [step.kind.toUpperCase(), step.argument === undefined ? '' : token(speech, step.argument)];
  }
}

/** Octets of the longest local part, domain, and label of a domain (RFC 5321, section 4.5.3.1; RFC 1035, section 2.3.4). */
const LONGEST = { localPart: 64, domain: 255, label: 63 } as const;
/** One that nobody has (RFC 5737). It is the same in all runs, and no marker. */
const ADDRESS = '192.0.2.77';

type Greeting = Extract<Step, { kind: 'helo' | 'ehlo' | 'lhlo' }>;
const greetingVerb = ({ kind }: Greeting, { protocol }: Speech): string =>
  kind === 'ehlo' && protocol === 'lmtp' ? 'LHLO' : kind.toUpperCase();

function greetingName({ name, long, literal }: Greeting, speech: Speech): string {
  if (literal !== undefined) return `[${ADDRESS}]`;
  const [first, last] = [token(speech, name), '.example'];
  if (long === undefined) return first + last;
  const labels = `.${'x'.repeat(LONGEST.label)}`.repeat(4);
  return first + labels.slice(0, LONGEST.domain - first.length - last.length) + last;
}

function spelled(verb: string, rest: string, spelling: Spelling | undefined): string {
  const line = rest === '' ? verb : `${verb} ${rest}`;
  switch (spelling) {
    case undefined:
      return line;
    case 'lower':
      return verb.toLowerCase() + line.slice(verb.length);
    case 'mixed':
      return (
        verb.replace(/.(.)?/g, pair => pair[0] + (pair[1] ?? '').toLowerCase()) + line.slice(verb.length)
      );
    case 'leading-blank':
      return ` ${line}`;
    case 'double-blank':
      return rest === '' ? `${verb}  ` : `${verb}  ${rest}`;
    case 'trailing-blank':
      return `${line} `;
    case 'tab':
      return rest === '' ? `${verb}\t` : `${verb}\t${rest}`;
  }
}

function mailParameters(step: Extract<Step, { kind: 'mail' }>, speech: Speech): string {
  let text = '';
  if (step.size !== undefined) text += ` SIZE=${step.size}`;
  if (step.body !== undefined) text += ` BODY=${step.body}`;
  if (step.smtputf8 !== undefined) text += ' SMTPUTF8';
  if (step.ret !== undefined) text += ` RET=${step.ret}`;
  if (step.envid !== undefined) text += ` ENVID=${token(speech, step.envid)}`;
  if (step.auth !== undefined) text += ` AUTH=${token(speech, step.auth)}@sender.example`;
  if (step.requiretls !== undefined) text += ' REQUIRETLS';
  if (step.by !== undefined) text += ` BY=${step.by}`;
  if (step.holdFor !== undefined) text += ` HOLDFOR=${step.holdFor}`;
  if (step.priority !== undefined) text += ` MT-PRIORITY=${step.priority}`;
  return text;
}

function rcptParameters(step: Extract<Step, { kind: 'rcpt' }>, speech: Speech): string {
  let text = '';
  if (step.notify !== undefined) text += ` NOTIFY=${step.notify}`;
  if (step.orcpt !== undefined) text += ` ORCPT=rfc822;${token(speech, step.orcpt)}@lab.example`;
  return text;
}

function sender(step: Extract<Step, { kind: 'mail' }>, speech: Speech): string {
  if (step.from === null) return '';
  // Where recipients have no domain, neither has the sender.
  const domain = step.local === true ? (/@[^@]*$/.exec(speech.recipient)?.[0] ?? '') : '@sender.example';
  return localPart(step.from, step, speech) + domain;
}

/** Of a recipient that is fixed no other spelling is known to be accepted, and so it stays in ASCII. */
function recipient(step: Extract<Step, { kind: 'rcpt' }>, speech: Speech): string {
  if (step.postmaster === true) return 'Postmaster';
  const local = localPart(step.to, step, speech);
  return step.foreign === true ? `${local}@elsewhere.example` : speech.recipient.replace('*', local);
}

/** An `é` in UTF-8 takes the local part beyond ASCII; it stands last, so that what makes it long can be told. */
function localPart(name: Name, step: Extract<Step, { kind: 'mail' | 'rcpt' }>, speech: Speech): string {
  const beyond = step.international === undefined ? '' : '\xc3\xa9';
  const quote = step.quoted === undefined ? '' : '"';
  const length = step.long === undefined ? 0 : LONGEST.localPart - beyond.length - 2 * quote.length;
  return quote + token(speech, name).padEnd(length, 'x') + beyond + quote;
}

function attribute(name: string, value: string): string {
  if (name === 'ADDR') return ADDRESS;
  if (name === 'PROTO') return 'ESMTP';
  return name === 'NAME' || name === 'HELO' ? `${value}.example` : value;
}

function dialogue(step: Extract<Step, { kind: 'auth' }>, speech: Speech): readonly Exchange[] {
  const right = step.answer === 'right';
  const user = right ? speech.user : token(speech, step.user);
  const password = right ? speech.password : 'not-the-password';
  const answers = answersOf(step.mechanism, user, password);
  const isLeft = step.answer === 'open' || step.answer === 'cancelled';
  // The only answer of PLAIN would end the dialogue that is to be left.
  const [initial] = step.initial === true && !(isLeft && answers.length === 1) ? answers : [];
  const line = commandLine(step, speech);
  const command = { send: (initial === undefined ? line : `${line} ${initial}`) + CRLF };
  if (step.mechanism === 'CRAM-MD5' && !isLeft) return [command, { digest: { user, password }, on: 334 }];
  const rest = initial === undefined ? answers : answers.slice(1);
  const given = isLeft ? (step.named === true ? rest.slice(0, -1) : []) : rest;
  const said = step.answer === 'cancelled' ? [...given, '*'] : given;
  return [command, ...said.map(answer => ({ send: answer + CRLF, on: 334 as const }))];
}

const header = (mark: string, place: string): string =>
  `From: <${mark}@sender.example>${CRLF}Subject: afresh ${mark}${CRLF}X-Afresh: ${mark}.${place}.${CRLF}${CRLF}`;

/** A message of the wanted shape, ended by CRLF, not dot-stuffed. */
function message(body: Body, mark: string, place: string): string {
  switch (body) {
    case 'empty':
      return '';
    case 'plain':
      return `${header(mark, place)}Hello ${mark}.${CRLF}`;
    case 'dots':
      return `${header(mark, place)}.${CRLF}..${CRLF}.dot${CRLF}`;
    case 'bare-lf':
      return `${header(mark, place)}one\ntwo\n.\nthree${CRLF}`;
    case 'eight-bit':
      return `${header(mark, place)}caf\xe9 \xff\xfe${CRLF}`;
    case 'commands':
      return `${header(mark, place)}RSET${CRLF}MAIL FROM:<${mark}@body.example>${CRLF}QUIT${CRLF}`;
    case 'long-line':
      return `${header(mark, place)}${'x'.repeat(1_200)}${CRLF}`;
  }
}

/** Dot-stuffing, RFC 5321, section 4.5.2. */
function stuffed(text: string): string {
  return text.replace(/(^|\r\n)\./g, '$1..');
}

/** STARTTLS with what travels in its segment. */
export function upgradeLine(upgrade: Upgrade, speech: Speech): string {
  const argument = upgrade.argument === undefined ? '' : `${token(speech, upgrade.argument)}.example`;
  const glued = upgrade.glued === undefined ? '' : glue(upgrade.glued, speech);
  return spelled('STARTTLS', argument, upgrade.spelling) + CRLF + glued;
}

/** The same in the segments that it comes in, with more behind it. */
export function upgradeSegments(upgrade: Upgrade, speech: Speech, behind = ''): readonly string[] {
  const line = upgradeLine(upgrade, speech) + behind;
  if (upgrade.split === undefined) return [line];
  const at = upgrade.split === 'verb' ? line.search(/tls/i) : line.indexOf('\n');
  return [line.slice(0, at), line.slice(at)];
}

export function glue(glued: Glue, speech: Speech): string {
  const ending = glued.ending === 'CRLF' ? CRLF : '\n';
  const lines = glued.lines.map(step => commandLine(step, speech) + ending).join('');
  return (
    lines.repeat(glued.times) + (glued.fragment === undefined ? '' : commandLine(glued.fragment, speech))
  );
}

/** What is sent in place of a handshake: part of a ClientHello, or no TLS that a server could go on with. */
export function failedHandshake(
  how: 'garbage' | 'plaintext' | 'alert' | 'half-hello',
  hello: string,
): string {
  switch (how) {
    case 'garbage':
      return `\x16\x03\x01\x00\x20${'\xaa'.repeat(32)}`;
    case 'plaintext':
      return `NOOP${CRLF}`;
    case 'alert':
      // handshake_failure, fatal (RFC 8446, section 6)
      return '\x15\x03\x01\x00\x02\x02\x28';
    case 'half-hello':
      return hello.slice(0, Math.max(1, hello.length >> 1));
  }
}
