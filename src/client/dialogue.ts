/**
 * What a client says, cut into utterances, and what each is answered with: no more SMTP than it takes to find where a
 * command, a login or a message ends. Bytes go in, turns come out; no sockets, no time.
 */

import { parseCommand } from '../smtp/command.ts';
import type { Event } from '../smtp/machine.ts';
import type { Verb } from './script.ts';
import type { Answers, Said } from './spell.ts';
import type { Utterance } from './transcript.ts';

/** One utterance. It is answered, or it is STARTTLS, or more of it is to come. */
export interface Turn {
  readonly verb: Utterance;
  /** The line without its end, or the whole message. */
  readonly text: string;
  readonly answer: Said | 'STARTTLS' | 'none';
}

const REFUSED: Said = { send: '502 Not known here\r\n' };
const CHUNK: Said = { send: '250 Chunk taken\r\n' };
const CANCELLED: Said = { send: '501 Cancelled\r\n' };

/** Replies to commands that only say that all is well. */
const ANSWERED_BY: { readonly [E in Event]?: Verb } = {
  ehlo: 'ehlo',
  lhlo: 'ehlo',
  helo: 'helo',
  mail: 'mail',
  rcpt: 'rcpt',
  data: 'data',
  rset: 'rset',
  noop: 'noop',
  vrfy: 'noop',
  expn: 'noop',
  help: 'noop',
  quit: 'quit',
};

/** Challenges of an AUTH dialogue, in base64; the first is left out where the command brings an answer to it. */
const CHALLENGES: Readonly<Record<string, readonly string[]>> = {
  PLAIN: [''],
  LOGIN: ['VXNlcm5hbWU6', 'UGFzc3dvcmQ6'],
  'CRAM-MD5': [btoa('<1896.697170952@server.example>')],
  // What it answers with holds the name of the server as the client knows it. Few look at what the server proves then.
  'DIGEST-MD5': [
    btoa('realm="server.example",nonce="OA6MG9tEQGm2hh",qop="auth",algorithm=md5-sess,charset=utf-8'),
    btoa('rspauth=ea40f60335c427b5527b84dbabcdfffd'),
  ],
  XOAUTH2: [''],
  OAUTHBEARER: [''],
  EXTERNAL: [''],
};

/** What the next bytes are. */
type Reading =
  | { readonly kind: 'command' | 'message' }
  | { readonly kind: 'login'; readonly challenges: readonly string[] }
  | { readonly kind: 'chunk'; readonly octets: number; readonly last: boolean };

const COMMAND: Reading = { kind: 'command' };

/** Octets of a line; a command has 512 (RFC 5321, section 4.5.3.1.4), a ticket in an AUTH dialogue many more. */
const MAX_LINE = 256 * 1024;

export class Dialogue {
  #buffer = '';
  #reading: Reading = COMMAND;
  /** Answers that are for the first time, and were given. */
  readonly #given = new Set<Said>();
  readonly #maxChunk: number;

  constructor(maxChunk: number) {
    this.#maxChunk = maxChunk;
  }

  feed(bytes: string): void {
    this.#buffer += bytes;
  }

  /** Whether the next utterance, or a line of it, is there already. */
  get ahead(): boolean {
    return this.#buffer.includes('\n');
  }

  /** Whether what has come of a line is more than any is. */
  get isOverlong(): boolean {
    const { kind } = this.#reading;
    return (kind === 'command' || kind === 'login') && this.#buffer.length > MAX_LINE && !this.ahead;
  }

  /** What has not been taken is taken out. */
  rest(): string {
    const rest = this.#buffer;
    this.#buffer = '';
    return rest;
  }

  /** The next utterance, if it is complete. */
  next(answers: Answers): Turn | undefined {
    const reading = this.#reading;
    const text = this.#cut(reading);
    if (text === undefined) return undefined;
    switch (reading.kind) {
      case 'command':
        return this.#command(text, answers);
      case 'login':
        return { verb: 'dialogue', text, answer: this.#respond(text, reading.challenges, answers) };
      case 'message':
        this.#reading = COMMAND;
        return { verb: 'message', text, answer: this.#due(answers.message) };
      case 'chunk':
        this.#reading = COMMAND;
        return { verb: 'message', text, answer: reading.last ? this.#due(answers.message) : CHUNK };
    }
  }

  /** What is due of an answer that may be another from the second time on. */
  #due(said: Said): Said {
    if (said.next !== undefined && this.#given.has(said)) return said.next;
    this.#given.add(said);
    return said;
  }

  /** An utterance and what ends it, cut off the buffer. */
  #cut(reading: Reading): string | undefined {
    if (reading.kind === 'chunk') return this.#cutAt(reading.octets, reading.octets);
    const end = (reading.kind === 'message' ? /(?:^|\r?\n)\.\r?\n/ : /\r?\n/).exec(this.#buffer);
    return end === null ? undefined : this.#cutAt(end.index, end.index + end[0].length);
  }

  #cutAt(length: number, next: number): string | undefined {
    if (this.#buffer.length < next) return undefined;
    const text = this.#buffer.slice(0, length);
    this.#buffer = this.#buffer.slice(next);
    return text;
  }

  #command(text: string, answers: Answers): Turn {
    const { event, argument } = parseCommand(text);
    const answeredBy = ANSWERED_BY[event];
    const turn = (answer: Turn['answer']): Turn => ({ verb: event, text, answer });
    if (event === 'starttls') return turn('STARTTLS');
    if (event === 'auth') return turn(this.#login(argument, answers));
    if (event === 'bdat' || event === 'bdat-last') {
      const octets = Math.min(Number.parseInt(argument, 10) || 0, this.#maxChunk);
      this.#reading = { kind: 'chunk', octets, last: event === 'bdat-last' };
      return turn('none');
    }
    const answer = answeredBy === undefined ? REFUSED : this.#due(answers[answeredBy]);
    if (event === 'data' && answer.send.startsWith('3')) this.#reading = { kind: 'message' };
    return turn(answer);
  }

  #login(argument: string, answers: Answers): Said {
    const [mechanism = '', initial] = argument.split(/\s+/);
    const challenges = CHALLENGES[mechanism.toUpperCase()];
    if (challenges === undefined) return REFUSED;
    const auth = this.#due(answers.auth);
    if (!auth.send.startsWith('334') || auth.close !== undefined) return auth;
    return this.#challenge(challenges.slice(initial === undefined ? 0 : 1), answers, auth.hold);
  }

  #challenge([next, ...challenges]: readonly string[], answers: Answers, hold?: number): Said {
    this.#reading = next === undefined ? COMMAND : { kind: 'login', challenges };
    if (next === undefined) return this.#due(answers.credentials);
    return { send: `334 ${next}\r\n`, ...(hold === undefined ? {} : { hold }) };
  }

  #respond(line: string, challenges: readonly string[], answers: Answers): Said {
    if (line !== '*') return this.#challenge(challenges, answers);
    this.#reading = COMMAND;
    return CANCELLED;
  }
}
