/**
 * A mail server of ours that servers of the lab relay to: it takes everything, and keeps it to be looked at.
 *
 * It speaks plain SMTP on 127.0.0.1 and offers no TLS. What the relaying server said of itself, of the sender and of
 * the recipients stands in header fields at the head of the message, since a session that was mixed up shows there.
 */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Mailbox } from '../../stage.ts';
import { TargetError } from '../target.ts';
import { arrivals, KEPT_TEXT } from './arrivals.ts';

export interface Sink extends Mailbox {
  readonly port: number;
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 512;
/** Milliseconds that a connection may be idle. */
const IDLE = 60_000;
/** Milliseconds that a peer has to close its side after we closed ours; what it says by then is thrown away. */
const LINGER = 2_000;
const MAX_LINE = 4_096;
/** Bytes of replies that a peer may leave unread. */
const MAX_UNSENT = 1024 * 1024;
const MAX_RECIPIENTS = 1_000;
const MAX_CHUNK = 16 * 1024 * 1024;

/** Listens on a port of 127.0.0.1; on any that is free unless it is said. */
export async function openSink(port = 0): Promise<Sink> {
  const mail = arrivals();
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.setTimeout(IDLE, () => socket.destroy());
    const session = new SinkSession(text => mail.arrived(text));
    const say = ({ bytes, close }: Output): void => {
      if (bytes !== '') socket.write(bytes);
      if (socket.writableLength > MAX_UNSENT) socket.destroy();
      if (close && !socket.writableEnded) {
        socket.end();
        const lingering = setTimeout(() => socket.destroy(), LINGER);
        socket.once('close', () => clearTimeout(lingering));
      }
    };
    say(session.greeting());
    socket.on('data', data => say(session.receive(data.toString('latin1'))));
  });
  server.maxConnections = MAX_CONNECTIONS;
  await once(server.listen(port, '127.0.0.1'), 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new TargetError(`the sink cannot listen on port ${port} of 127.0.0.1: ${error.code}`);
  });
  return {
    port: (server.address() as AddressInfo).port,
    find: mail.find,
    async close() {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}

interface Output {
  readonly bytes: string;
  readonly close: boolean;
}

interface Envelope {
  readonly sender: string;
  readonly recipients: readonly string[];
}

/** Where the bytes that come belong. */
type Mode =
  | { readonly kind: 'commands' }
  | { readonly kind: 'message' }
  | { readonly kind: 'chunk'; readonly left: number; readonly last: boolean };

/** One session: bytes in, replies out. It does no I/O. */
class SinkSession {
  readonly #deliver: (text: string) => void;
  #mode: Mode = { kind: 'commands' };
  #greeting: string | undefined;
  #envelope: Envelope | undefined;
  #unread = '';
  #message = '';
  /** The beginning of the line that is being read has been taken already. */
  #midLine = false;
  #replies = '';
  #closed = false;

  constructor(deliver: (text: string) => void) {
    this.#deliver = deliver;
  }

  greeting(): Output {
    this.#say('220 sink.lab.example ESMTP');
    return this.#output();
  }

  receive(bytes: string): Output {
    if (this.#closed) return { bytes: '', close: true };
    this.#unread += bytes;
    while (!this.#closed && this.#step());
    return this.#output();
  }

  /** Takes one line or one piece of a chunk; false if there is none yet. */
  #step(): boolean {
    if (this.#mode.kind === 'chunk') return this.#chunk(this.#mode);
    const end = this.#unread.indexOf('\n');
    if (end < 0) {
      if (this.#unread.length > MAX_LINE) this.#lineTooLong();
      return false;
    }
    const line = this.#unread.slice(0, end + 1);
    this.#unread = this.#unread.slice(end + 1);
    if (this.#mode.kind === 'message') this.#messageLine(line);
    else this.#command(line.replace(/\r?\n$/, ''));
    return true;
  }

  /** A line of a message may be of any length, in parts; a command may not. */
  #lineTooLong(): void {
    if (this.#mode.kind === 'message') {
      this.#append(this.#unread);
      this.#unread = '';
      this.#midLine = true;
    } else {
      this.#say('500 5.5.2 line too long');
      this.#closed = true;
    }
  }

  #chunk({ left, last }: Extract<Mode, { kind: 'chunk' }>): boolean {
    const piece = this.#unread.slice(0, left);
    this.#unread = this.#unread.slice(piece.length);
    this.#append(piece);
    this.#mode = { kind: 'chunk', left: left - piece.length, last };
    if (piece.length < left) return false;
    this.#mode = { kind: 'commands' };
    if (last) this.#accept();
    else this.#say('250 2.0.0 chunk taken');
    return true;
  }

  #messageLine(line: string): void {
    if (this.#midLine) {
      this.#midLine = false;
      this.#append(line);
    } else if (line === '.\r\n') {
      this.#mode = { kind: 'commands' };
      this.#accept();
    } else {
      this.#append(line.startsWith('.') ? line.slice(1) : line);
    }
  }

  #command(line: string): void {
    const [verb = '', argument = ''] = line.split(/\s+(.*)/s, 2);
    switch (verb.toUpperCase()) {
      case 'EHLO':
      case 'HELO':
        this.#greeting = line;
        this.#reset();
        this.#say(/^e/i.test(verb) ? EHLO_REPLY : '250 sink.lab.example');
        break;
      case 'MAIL':
        if (this.#greeting === undefined || this.#envelope !== undefined) this.#say(OUT_OF_ORDER);
        else {
          this.#envelope = { sender: argument, recipients: [] };
          this.#say('250 2.1.0 sender taken');
        }
        break;
      case 'RCPT':
        this.#recipient(argument);
        break;
      case 'DATA':
        if (!this.#ready()) this.#say(OUT_OF_ORDER);
        else {
          this.#mode = { kind: 'message' };
          this.#say('354 go on');
        }
        break;
      case 'BDAT':
        this.#startChunk(argument);
        break;
      case 'RSET':
        this.#reset();
        this.#say('250 2.0.0 reset');
        break;
      case 'NOOP':
        this.#say('250 2.0.0 done');
        break;
      case 'VRFY':
        this.#say('252 2.1.5 send it and see');
        break;
      case 'QUIT':
        this.#say('221 2.0.0 bye');
        this.#closed = true;
        break;
      default:
        this.#say('500 5.5.1 unknown command');
    }
  }

  #recipient(argument: string): void {
    if (this.#envelope === undefined) this.#say(OUT_OF_ORDER);
    else if (this.#envelope.recipients.length >= MAX_RECIPIENTS) this.#say('452 4.5.3 too many recipients');
    else {
      const { sender, recipients } = this.#envelope;
      this.#envelope = { sender, recipients: [...recipients, argument] };
      this.#say('250 2.1.5 recipient taken');
    }
  }

  #startChunk(argument: string): void {
    const [, digits, last] = argument.match(/^(\d{1,9})( +LAST)?\s*$/i) ?? [];
    const left = Number(digits);
    if (digits === undefined || left > MAX_CHUNK) {
      // Where the next command begins cannot be known now.
      this.#say('501 5.5.4 chunk not understood');
      this.#closed = true;
    } else {
      this.#mode = { kind: 'chunk', left, last: last !== undefined };
    }
  }

  #ready(): boolean {
    return this.#envelope !== undefined && this.#envelope.recipients.length > 0;
  }

  #append(text: string): void {
    if (this.#message.length < KEPT_TEXT) this.#message += text;
  }

  #accept(): void {
    if (this.#envelope === undefined || !this.#ready()) this.#say(OUT_OF_ORDER);
    else {
      const head = [
        `X-Sink-Greeting: ${this.#greeting}`,
        `X-Sink-Sender: ${this.#envelope.sender}`,
        ...this.#envelope.recipients.map(recipient => `X-Sink-Recipient: ${recipient}`),
      ];
      this.#deliver(`${head.join('\r\n')}\r\n${this.#message}`);
      this.#say('250 2.0.0 message taken');
    }
    this.#reset();
  }

  #reset(): void {
    this.#envelope = undefined;
    this.#message = '';
  }

  #say(reply: string): void {
    this.#replies += `${reply}\r\n`;
  }

  #output(): Output {
    const bytes = this.#replies;
    this.#replies = '';
    return { bytes, close: this.#closed };
  }
}

const OUT_OF_ORDER = '503 5.5.1 bad sequence of commands';
const EHLO_REPLY = [
  '250-sink.lab.example',
  '250-PIPELINING',
  '250-8BITMIME',
  '250-CHUNKING',
  '250-SIZE 16777216',
  '250 ENHANCEDSTATUSCODES',
].join('\r\n');
