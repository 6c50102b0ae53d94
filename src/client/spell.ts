/**
 * Scripts spelled in bytes: a script and a speech go in, what the server says on each occasion comes out, as plain
 * data that a scripted server plays (`server.ts`, and the reproducers). Pure. One character is one byte.
 */

import type { Name, Offer } from './offer.ts';
import {
  type Glue,
  type Handshake,
  type Lapse,
  type Line,
  type Script,
  STARS,
  type Step,
  type Verb,
} from './script.ts';

/** What one run fills the blanks with: tokens all share the nonce, and are told apart by their last letter. */
export interface Speech {
  readonly nonce: string;
}

export const token = ({ nonce }: Speech, name: Name): string => nonce + name;

/** What the client is given to say. Each value holds a token, and so is recognised wherever it turns up. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
  readonly from: string;
  readonly to: string;
  /** A word in the message. */
  readonly mark: string;
}

/** The letters behind the server's own names, and what each stands for. */
export const SECRETS: Readonly<Record<keyof Credentials, string>> = {
  user: 'u',
  password: 'p',
  from: 'f',
  to: 't',
  mark: 'm',
};

export function credentials({ nonce }: Speech, { errand }: Script): Credentials {
  const from = `${nonce}${SECRETS.from}`;
  return {
    user: `${nonce}${SECRETS.user}`,
    password: `${nonce}${SECRETS.password}`,
    from: `${errand.letter === 'utf8-sender' ? `ü${from}` : from}@sender.example`,
    to: `${nonce}${SECRETS.to}@recipient.example`,
    mark: `${nonce}${SECRETS.mark}`,
  };
}

/** What the server does on one occasion. */
export interface Said {
  readonly send: string;
  /** Comes instead. */
  readonly close?: Lapse;
  /** Milliseconds before it is said. */
  readonly hold?: number;
  /** What is said from the second time on, where that is something else. */
  readonly next?: Said;
}

/** What each command is answered with. */
export type Answers = Readonly<Record<Verb, Said>>;

/** A script in bytes. */
export interface Spelled {
  readonly greeting: Said;
  readonly plaintext: Answers;
  readonly upgrade: {
    readonly code: number;
    /** The answer to STARTTLS and what is glued to it. */
    readonly send: string;
    /** Sent in a segment of its own behind it; may be empty. */
    readonly segment: string;
    /** Milliseconds between the two. */
    readonly pause: number;
    /** Comes in place of all that. */
    readonly unanswered?: Lapse;
    readonly handshake: Handshake;
  };
  /** Said as soon as TLS is on, though nobody asked; may be empty. */
  readonly secondGreeting: string;
  readonly secure: Answers;
}

/** Milliseconds in which a client has read the answer to STARTTLS, and not what comes behind it. */
const MOMENT = 10;

const CRLF = '\r\n';

/** What a server is called, in plaintext, that does not greet with another name. Nobody is to go by it. */
export const SELF = 'server.example';

/** The address that a client is told it comes from: one of those for documents (RFC 5737). */
const CLIENT_ADDRESS = '192.0.2.1';

/** What a plain server answers; to EHLO and HELO it says its name. */
const USUAL: Readonly<Record<Exclude<Verb, 'ehlo' | 'helo'>, readonly [code: number, text: string]>> = {
  auth: [334, ''],
  credentials: [235, 'Authenticated'],
  mail: [250, 'Sender ok'],
  rcpt: [250, 'Recipient ok'],
  data: [354, 'Go ahead'],
  message: [250, 'Accepted'],
  rset: [250, 'Reset'],
  noop: [250, 'Ok'],
  quit: [221, 'Bye'],
};

export function spell(script: Script, speech: Speech): Spelled {
  const { before, upgrade, after } = script;
  const opening = before.find(step => step.kind === 'greeting');
  const ready = before.find(step => step.kind === 'ready');
  const spelling = before.find(step => step.kind === 'spelling');
  const starttls = before.some(({ kind }) => kind === 'withhold') ? [] : [spelling?.starttls ?? 'STARTTLS'];
  return {
    greeting: {
      send: opening === undefined ? reply(220, [`${SELF} ESMTP`]) : greetingOf(opening, speech),
    },
    plaintext: answers(
      before,
      [opening === undefined ? SELF : helloOf(opening, speech), ...starttls],
      speech,
    ),
    upgrade: {
      code: upgrade.code,
      send: reply(upgrade.code, repeated(goOn(ready, speech), upgrade.lines)) + glued(upgrade.glued, speech),
      segment: glued(upgrade.segment, speech),
      pause: upgrade.later === true ? MOMENT : 0,
      ...(upgrade.unanswered === undefined ? {} : { unanswered: upgrade.unanswered }),
      handshake: upgrade.handshake,
    },
    secondGreeting: after.map(step => (step.kind === 'greeting' ? greetingOf(step, speech) : '')).join(''),
    secure: answers(after, [SELF], speech),
  };
}

/** A reply of as many lines as there are texts (RFC 5321, section 4.2.1). */
const reply = (code: number, texts: readonly string[]): string =>
  texts.map((text, at) => `${code}${at === texts.length - 1 ? ' ' : '-'}${text}${CRLF}`).join('');

const repeated = (text: string, lines: number): readonly string[] => Array<string>(lines).fill(text);

type Greeting = Extract<Step, { kind: 'greeting' }>;

const hostOf = ({ name }: Greeting, speech: Speech): string => `${token(speech, name)}.example`;

/** What many say behind their name (RFC 5321, section 4.1.1.1): words of their own, and the address of the client. */
const helloOf = (step: Greeting, speech: Speech): string =>
  `${hostOf(step, speech)} welcomes you, says ${token(speech, step.name)} [${CLIENT_ADDRESS}]`;

/** Stars hide the name, too. */
function greetingOf(step: Greeting, speech: Speech): string {
  const words = step.says === STARS ? STARS : `${hostOf(step, speech)} ${step.says ?? 'ESMTP'}`;
  return reply(step.code, repeated(words + rest(step.long), step.lines));
}

const goOn = (ready: Extract<Step, { kind: 'ready' }> | undefined, speech: Speech): string =>
  ready === undefined ? 'Go on' : `Go on at ${token(speech, ready.name)}.example${rest(ready.long)}`;

/** Behind a text that is long. A line with its code stays below 512 octets. */
const rest = (long: true | undefined): string => (long === true ? ` ${'and so on '.repeat(40)}.` : '');

/** `opening`: the first lines of the answer to EHLO, the first of which answers HELO, too. */
function answers(
  steps: readonly Step[],
  opening: readonly [hello: string, ...offers: string[]],
  speech: Speech,
): Answers {
  const offers = steps.flatMap(step => offerText(step, speech) ?? []);
  const usual = (verb: Verb): string => {
    if (verb === 'ehlo') return reply(250, [...opening, ...offers]);
    if (verb === 'helo') return reply(250, [opening[0]]);
    const [code, text] = USUAL[verb];
    return reply(code, [text]);
  };
  const said = (verb: Verb): Said => {
    const answer = steps.find(step => step.kind === 'answer' && step.to === verb);
    const isOnce = answer?.kind === 'answer' && answer.once === true;
    const extra = steps.flatMap(step => (step.kind === 'extra' && step.behind === verb ? [step.glue] : []));
    const close = steps.find(step => step.kind === 'close' && step.on === verb);
    const hold = steps.find(step => step.kind === 'hold' && step.on === verb);
    const text =
      answer?.kind === 'answer' ? reply(answer.code, repeated('Answered', answer.lines)) : usual(verb);
    const behind = extra.map(glue => glued(glue, speech)).join('');
    const manner = {
      ...(close?.kind === 'close' ? { close: close.how } : {}),
      ...(hold?.kind === 'hold' ? { hold: hold.ms } : {}),
    };
    return {
      send: text + behind,
      ...manner,
      ...(isOnce ? { next: { send: usual(verb) + behind, ...manner } } : {}),
    };
  };
  return {
    ehlo: said('ehlo'),
    helo: said('helo'),
    auth: said('auth'),
    credentials: said('credentials'),
    mail: said('mail'),
    rcpt: said('rcpt'),
    data: said('data'),
    message: said('message'),
    rset: said('rset'),
    noop: said('noop'),
    quit: said('quit'),
  };
}

/** The line of an EHLO list, without code; undefined for steps that are no offer. */
function offerText(step: Step, speech: Speech): string | undefined {
  switch (step.kind) {
    case 'keyword':
      return step.keyword;
    case 'size':
      return step.limit === null ? 'SIZE' : `SIZE ${step.limit}`;
    case 'auth':
      return `AUTH ${step.mechanisms.join(' ')}`;
    case 'limits':
      return `LIMITS MAILMAX=${step.recipients} RCPTMAX=${step.recipients} RCPTDOMAINMAX=${step.recipients}`;
    case 'unknown':
      return `X${token(speech, step.name).toUpperCase()} ${token(speech, step.name)}`;
    default:
      return undefined;
  }
}

function lineText({ code, more, text, long }: Line, speech: Speech): string {
  const words =
    text === '' ? '' : typeof text === 'string' ? `${token(speech, text)}.example` : textOf(text, speech);
  return `${code}${more === true ? '-' : ' '}${words}${rest(long)}`;
}

const textOf = (offer: Offer, speech: Speech): string => offerText(offer, speech) ?? '';

function glued(glue: Glue | undefined, speech: Speech): string {
  if (glue === undefined) return '';
  const { lines, fragment } = glue;
  const end = fragment === undefined ? '' : lineText(fragment, speech) + (fragment.blank === true ? ' ' : '');
  return lines.map(line => lineText(line, speech) + CRLF).join('') + end;
}
