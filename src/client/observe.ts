/**
 * Transcript → observation: what a client did in TLS, with what is known to vary made equal. Pure.
 *
 * Tokens become letters again, in plain text and in base64; a size is a `#`, since dates and ids are not always of
 * one length, unless it is the one that the server said before TLS. Recipients that follow each other are put in order,
 * and the chunks of a message in one piece: where it is cut may be chance. A message is taken apart into its header fields
 * and lines, so that what varies by itself (a Message-ID, a boundary) can be told from what does not.
 */

import {
  type ClientTranscript,
  connections,
  type Entry,
  secureSessions,
  type Utterance,
} from './transcript.ts';

/** One thing that a client did. */
export interface Act {
  /** What was said in this session is counted from 0; the parts of a message are one. */
  readonly step: number;
  readonly verb: Utterance;
  /** What may vary by itself is learned by this name. */
  readonly place: string;
  readonly text: string;
  /** It did not wait for the answer to what stands before it. */
  readonly early: boolean;
  /** It need not have waited: PIPELINING was offered. Whether the answer came first may be chance. */
  readonly pipelined?: true;
}

/** Says who the client is. */
export const isGreeting = ({ verb }: Pick<Act, 'verb'>): boolean =>
  verb === 'ehlo' || verb === 'helo' || verb === 'lhlo';

export interface ClientObservation {
  /** What was done in TLS, by connection. */
  readonly sessions: readonly (readonly Act[])[];
  /** How the client ended. Nothing where the last it did was in plaintext: there the list of plaintext is to be gone by. */
  readonly exit?: string;
  /** Connections that did not come to TLS. */
  readonly plaintextOnly: number;
  /** All of it in one string; equal digests are equal observations. */
  readonly digest: string;
}

/** What is known of the server in TLS. */
export interface Server {
  /** It speaks only when it is asked, so that who is early has not waited. */
  readonly paced: boolean;
  readonly offersPipelining: boolean;
}

export function observeClient(
  transcript: ClientTranscript,
  { paced, offersPipelining }: Server = { paced: true, offersPipelining: false },
): ClientObservation {
  const limits = limitsBefore(transcript);
  const sessions = secureSessions(transcript)
    .map(entries =>
      inOnePiece(entries.filter(entry => entry.kind === 'said'))
        .map(said => (paced ? said : { ...said, early: false }))
        .flatMap(said => actsOf(said, transcript.nonce, limits))
        .map((act): Act => (offersPipelining ? { ...act, pipelined: true } : act)),
    )
    .map(inOrder);
  const { exit } = transcript;
  const last = transcript.entries.findLast(({ kind }) => kind === 'said');
  const end = exit.kind === 'late' ? 'late' : last?.secure === true ? `exit ${exit.code}` : undefined;
  return {
    sessions,
    ...(end === undefined ? {} : { exit: end }),
    plaintextOnly: connections(transcript) - sessions.length,
    digest: JSON.stringify([sessions, end]),
  };
}

interface Said extends Pick<Act, 'step' | 'verb' | 'early'> {
  readonly text: string;
}

/** A chunk goes to the next one of its message. */
function inOnePiece(entries: readonly Extract<Entry, { kind: 'said' }>[]): readonly Said[] {
  let chunks = '';
  return entries.flatMap(({ verb, text, early }, step): readonly Said[] => {
    if (verb !== 'message') return [{ step, verb, text, early }];
    chunks += text;
    const isCut = entries[step - 1]?.verb === 'bdat' && /^bdat/.test(entries[step + 1]?.verb ?? '');
    if (isCut) return [];
    const whole = { step, verb, text: chunks, early };
    chunks = '';
    return [whole];
  });
}

/**
 * Neighbouring recipients are a set, commonly in the order of a hash. When one was named, and who waited, is a matter of the
 * place.
 */
function inOrder(acts: readonly Act[]): readonly Act[] {
  const from = acts.findIndex(({ verb }) => verb === 'rcpt');
  if (from === -1) return acts;
  const length = acts.slice(from).findIndex(({ verb }) => verb !== 'rcpt');
  const to = length === -1 ? acts.length : from + length;
  const recipients = acts.slice(from, to);
  const places = recipients.map(({ step, early }) => ({ step, early }));
  return [
    ...acts.slice(0, from),
    ...recipients
      .toSorted((one, other) => (one.text < other.text ? -1 : 1))
      .map((act, at) => ({ ...act, ...places[at] })),
    ...inOrder(acts.slice(to)),
  ];
}

function actsOf(
  { step, verb, text: said, early }: Said,
  nonce: string,
  limits: ReadonlySet<string>,
): readonly Act[] {
  if (verb !== 'message') {
    const shown = verb === 'auth' || verb === 'dialogue' ? decoded(said, nonce) : symbolic(said, nonce);
    return [{ step, verb, place: verb, text: sizeless(shown, limits), early }];
  }
  return messageParts(symbolic(said, nonce)).map(([place, text], index) => ({
    step,
    verb,
    place,
    text,
    early: early && index === 0,
  }));
}

/** Tokens of the run as `<letter>`. */
const symbolic = (text: string, nonce: string): string =>
  text.replace(new RegExp(`${nonce}([a-z])`, 'gi'), (_, letter: string) => `<${letter.toLowerCase()}>`);

const sizeless = (text: string, limits: ReadonlySet<string>): string =>
  text.replace(/\b(SIZE=|BDAT )(\d+)/gi, (all, word: string, size: string) =>
    limits.has(size) ? all : `${word}#`,
  );

/** Up to here a number is nobody's limit: a last chunk of none or one there is whatever the server says, and zero is no limit. */
const NO_LIMIT = 1;

/** How large a message may be by the lists in plaintext, and not by those in TLS. */
function limitsBefore({ entries }: ClientTranscript): ReadonlySet<string> {
  const limits = [false, true].map(inTls =>
    entries.flatMap(entry =>
      entry.kind === 'replied' && entry.secure === inTls
        ? [...entry.bytes.matchAll(/^250[ -]SIZE (\d+)/gim)].map(([, size = '']) => size)
        : [],
    ),
  );
  const [before = [], after = []] = limits;
  return new Set(before.filter(size => Number(size) > NO_LIMIT && !after.includes(size)));
}

/** Long enough to be no verb and no mechanism. */
const BASE64 = /[A-Za-z0-9+/]{8,}={0,2}/g;
const DIGEST = /\b[0-9a-f]{32}\b/g;

/** A line of an AUTH dialogue with what is base64 in it made readable. */
function decoded(text: string, nonce: string): string {
  return text.replace(BASE64, word => {
    const inner = Buffer.from(word, 'base64').toString('latin1');
    return [...inner].every(isText) ? JSON.stringify(symbolic(inner, nonce).replace(DIGEST, 'digest')) : word;
  });
}

/** Printable, or one of the separators of PLAIN and XOAUTH2. */
const isText = (character: string): boolean => /[ -~]/.test(character) || character < '\u0002';

/** Header fields by name, folded ones in one piece, then the lines of the body by number. */
function messageParts(message: string): readonly (readonly [place: string, text: string])[] {
  const [head = '', ...body] = message.split(/\r?\n\r?\n/);
  const fields = head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  return [
    ...fields.map(field => [`field ${/^[!-9;-~]*/.exec(field)?.[0].toLowerCase() ?? ''}`, field] as const),
    ...body
      .join('\n\n')
      .split(/\r?\n/)
      .map((line, at) => [`line ${at}`, line] as const),
  ];
}
