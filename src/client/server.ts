/**
 * The scripted server: plays what was spelled, over real TCP and TLS on loopback, and writes down what the client
 * said. One server a run, on a port of its own, so that every connection is known to belong to it.
 *
 * It judges nothing, and knows no more SMTP than it takes to find where a command, a dialogue or a message ends. A
 * client may be hostile: everything that it can make grow has a bound.
 */

import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import { Wire } from '../drivers/wire.ts';
import { parseCommand } from '../smtp/command.ts';
import type { Event } from '../smtp/machine.ts';
import type { Authority } from './authority.ts';
import type { Verb } from './script.ts';
import type { Answers, Said, Spelled } from './spell.ts';
import type { Entry, Utterance } from './transcript.ts';

export interface ScriptedServer {
  readonly port: number;
  /** What has happened so far. */
  readonly entries: readonly Entry[];
  /** What a client that has gone sent last is still read; then all connections are cut. */
  stop(): Promise<void>;
}

/** Milliseconds that the connections of a client that has gone have to end. */
const DRAIN = 100;

/** Past any of these the connection is cut, and that is written down. */
const MAX_COMMANDS = 200;
const MAX_RECEIVED = 4 * 1024 * 1024;
const MAX_CONNECTIONS = 16;
/** Milliseconds that a client has to close its side after we closed ours. */
const LINGER = 1_000;

/**
 * `idle` is how long, in milliseconds, a client may be still when it owes the next word; then the connection is ended,
 * as any server does in the end. A server that is silent itself is a matter of the script.
 */
export async function serveScript(
  spelled: Spelled,
  authority: Authority,
  idle: number,
): Promise<ScriptedServer> {
  const entries: Entry[] = [];
  const sockets = new Set<net.Socket>();
  const began = performance.now();
  let count = 0;
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const connection = count++;
    const note: Note = (secure, what) =>
      entries.push({ at: performance.now() - began, connection, secure, ...what });
    if (connection >= MAX_CONNECTIONS) {
      note(false, { kind: 'endless' });
      socket.destroy();
    } else new Scripted(socket, spelled, authority, idle, note).begin();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    entries,
    stop: () =>
      new Promise(done => {
        const timer = setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, DRAIN);
        server.close(() => {
          clearTimeout(timer);
          done();
        });
      }),
  };
}

type What<E = Entry> = E extends Entry ? Omit<E, 'at' | 'connection' | 'secure'> : never;
type Note = (secure: boolean, what: What) => void;

/** The first byte of a TLS record (RFC 8446, section 5.1). */
const isRecord = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x14 && byte <= 0x17;

const REFUSED: Said = { send: '502 Not known here\r\n' };
const ALREADY: Said = { send: '503 TLS is on\r\n' };
const CHUNK: Said = { send: '250 Chunk taken\r\n' };

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
  XOAUTH2: [''],
  OAUTHBEARER: [''],
  EXTERNAL: [''],
};

/** One connection. Commands are taken one by one, each when the one before it has been answered. */
class Scripted {
  readonly #socket: net.Socket;
  readonly #spelled: Spelled;
  readonly #authority: Authority;
  readonly #idle: number;
  readonly #note: Note;
  #wire: Wire | undefined;
  #engine: tls.TLSSocket | undefined;
  #secure = false;
  #over = false;
  #buffer = '';
  #received = 0;
  #commands = 0;
  /** What the next bytes are: commands, answers to challenges, a message, or octets of a chunk. */
  #reading: 'command' | 'dialogue' | 'message' | number = 'command';
  #challenges: string[] = [];
  #lastChunk = false;
  /** A reply is on its way; nothing is taken until it has left. */
  #answering = false;
  /** The next utterance was there before the last reply left. */
  #early = false;
  /** STARTTLS was answered: TLS must follow, or may. */
  #tls: 'no' | 'due' | 'possible' = 'no';
  #tlsFailed = false;
  #timer: NodeJS.Timeout | undefined;
  /** Runs while the client owes the next word. */
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(socket: net.Socket, spelled: Spelled, authority: Authority, idle: number, note: Note) {
    this.#socket = socket;
    this.#spelled = spelled;
    this.#authority = authority;
    this.#idle = idle;
    this.#note = note;
    socket.on('data', (bytes: Buffer) => this.#arrived(bytes));
    socket.on('end', () => (this.#wire === undefined ? this.#clientEnded() : this.#wire.ended()));
    // A reset is followed by `close`, and needs no other answer.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(this.#timer);
      clearTimeout(this.#idleTimer);
      this.#engine?.destroy();
      this.#clientEnded();
    });
  }

  begin(): void {
    this.#answer(this.#spelled.greeting);
  }

  get #answers(): Answers {
    return this.#secure ? this.#spelled.secure : this.#spelled.plaintext;
  }

  #clientsTurn(): void {
    clearTimeout(this.#idleTimer);
    // What arrived while we were busy is read before it is called silence.
    this.#idleTimer = setTimeout(() => {
      this.#idleTimer = setTimeout(() => this.#end('fin', true), 1);
    }, this.#idle);
  }

  #arrived(bytes: Buffer): void {
    this.#clientsTurn();
    if (this.#wire !== undefined) this.#wire.arrived(bytes);
    else if (this.#tls !== 'no' && isRecord(bytes[0])) this.#beginTls(bytes);
    else if (this.#tls === 'due') this.#strayed(bytes.toString('latin1'));
    // The rest of a handshake that has failed is no plaintext.
    else if (!this.#tlsFailed || !isRecord(bytes[0])) this.#read(bytes.toString('latin1'));
  }

  #read(bytes: string): void {
    if (this.#over) return;
    this.#received += bytes.length;
    this.#buffer += bytes;
    if (this.#received > MAX_RECEIVED) this.#cut();
    else this.#take();
  }

  /** Takes the next utterance, if it is complete and the last one has been answered. */
  #take(): void {
    if (this.#answering || this.#over) return;
    const text = this.#next();
    if (text === undefined) return;
    if (++this.#commands > MAX_COMMANDS) {
      this.#cut();
      return;
    }
    if (typeof this.#reading === 'number') this.#chunk(text);
    else if (this.#reading === 'message') this.#message(text);
    else if (this.#reading === 'dialogue') this.#dialogue(text);
    else this.#command(text);
  }

  #next(): string | undefined {
    if (typeof this.#reading === 'number') return this.#cutOff(this.#reading, this.#reading);
    const end =
      this.#reading === 'message' ? /(?:^|\r?\n)\.\r?\n/.exec(this.#buffer) : /\r?\n/.exec(this.#buffer);
    return end === null ? undefined : this.#cutOff(end.index, end.index + end[0].length);
  }

  /** The buffer up to `length`; what lies before `next` is gone. */
  #cutOff(length: number, next: number): string | undefined {
    if (this.#buffer.length < next) return undefined;
    const text = this.#buffer.slice(0, length);
    this.#buffer = this.#buffer.slice(next);
    return text;
  }

  #say(verb: Utterance, text: string): void {
    this.#note(this.#secure, { kind: 'said', verb, text, early: this.#early });
  }

  #command(line: string): void {
    const { event, argument } = parseCommand(line);
    this.#say(event, line);
    const answeredBy = ANSWERED_BY[event];
    if (event === 'starttls') this.#startTls();
    else if (event === 'auth') this.#authenticate(argument);
    else if (event === 'bdat' || event === 'bdat-last') {
      this.#reading = Math.min(Number.parseInt(argument, 10) || 0, MAX_RECEIVED);
      this.#lastChunk = event === 'bdat-last';
      this.#take();
    } else if (event === 'data') {
      if (this.#answers.data.send.startsWith('3')) this.#reading = 'message';
      this.#answer(this.#answers.data);
    } else this.#answer(answeredBy === undefined ? REFUSED : this.#answers[answeredBy], event === 'quit');
  }

  #authenticate(argument: string): void {
    const [mechanism = '', initial] = argument.split(/\s+/);
    const challenges = CHALLENGES[mechanism.toUpperCase()];
    const { auth } = this.#answers;
    if (challenges === undefined) this.#answer(REFUSED);
    else if (!auth.send.startsWith('334') || auth.close !== undefined) this.#answer(auth);
    else this.#challenge(challenges.slice(initial === undefined ? 0 : 1), auth.hold);
  }

  #challenge(left: readonly string[], hold?: number): void {
    const [next, ...others] = left;
    this.#challenges = others;
    this.#reading = next === undefined ? 'command' : 'dialogue';
    if (next === undefined) this.#answer(this.#answers.credentials);
    else this.#answer({ send: `334 ${next}\r\n`, ...(hold === undefined ? {} : { hold }) });
  }

  #dialogue(line: string): void {
    this.#say('dialogue', line);
    if (line !== '*') {
      this.#challenge(this.#challenges);
      return;
    }
    this.#reading = 'command';
    this.#answer({ send: '501 Cancelled\r\n' });
  }

  #message(text: string): void {
    this.#say('message', text);
    this.#reading = 'command';
    this.#answer(this.#answers.message);
  }

  #chunk(octets: string): void {
    this.#say('message', octets);
    this.#reading = 'command';
    this.#answer(this.#lastChunk ? this.#answers.message : CHUNK);
  }

  /** Held back for a turn at least, so that what the client has already sent is seen to be early. */
  #answer(said: Said, last = false): void {
    this.#answering = true;
    clearTimeout(this.#idleTimer);
    const speak = (): void => {
      if (this.#over) return;
      this.#answering = false;
      this.#early = this.#buffer.includes('\n');
      if (said.close !== undefined) this.#end(said.close);
      else {
        this.#send(said.send);
        if (last) this.#end('fin');
        else this.#take();
      }
    };
    if (said.hold === undefined) setImmediate(speak);
    else this.#timer = setTimeout(speak, said.hold);
  }

  #send(bytes: string): void {
    if (bytes === '') return;
    this.#note(this.#secure, { kind: 'replied', bytes });
    this.#clientsTurn();
    const transport = this.#secure && this.#engine !== undefined ? this.#engine : this.#socket;
    if (transport.writable) transport.write(bytes, 'latin1');
  }

  #startTls(): void {
    if (this.#secure) {
      this.#answer(ALREADY);
      return;
    }
    const { code, send, segment } = this.#spelled.upgrade;
    this.#answering = true;
    this.#note(false, { kind: 'replied', bytes: send });
    this.#tls = code === 220 ? 'due' : 'possible';
    this.#socket.write(send, 'latin1', () => {
      if (segment === '') return;
      this.#note(false, { kind: 'replied', bytes: segment });
      setImmediate(() => this.#socket.writable && this.#socket.write(segment, 'latin1'));
    });
    this.#answering = false;
    const behind = Buffer.from(this.#buffer, 'latin1');
    if (behind.length === 0) return;
    // A client that took something else for the answer may have begun already.
    if (isRecord(behind[0])) {
      this.#buffer = '';
      this.#beginTls(behind);
    } else if (this.#tls === 'due') this.#strayed(this.#buffer);
    else this.#take();
  }

  /** Dropped, as RFC 3207 wants it, and not answered. */
  #strayed(bytes: string): void {
    this.#buffer = '';
    this.#note(false, { kind: 'stray', bytes: bytes.slice(0, 1_024) });
  }

  #beginTls(hello: Buffer): void {
    this.#tls = 'no';
    const { handshake } = this.#spelled.upgrade;
    if (handshake.kind === 'failed') {
      this.#failOnPurpose(handshake.how);
      return;
    }
    const wire = new Wire(this.#socket);
    const engine = new tls.TLSSocket(wire, {
      isServer: true,
      secureContext: this.#authority.context(handshake.certificate, handshake.version),
    });
    this.#wire = wire;
    this.#engine = engine;
    engine.once('secure', () => {
      this.#secure = true;
      this.#buffer = '';
      this.#early = false;
      this.#note(true, { kind: 'handshake', result: 'completed', detail: handshake.certificate });
      this.#send(this.#spelled.secondGreeting);
    });
    engine.on('data', (bytes: Buffer) => this.#read(bytes.toString('latin1')));
    engine.on('end', () => this.#clientEnded());
    engine.on('error', (error: NodeJS.ErrnoException) => this.#engineGone(error.code ?? error.message));
    engine.on('close', () => this.#engineGone('closed'));
    wire.arrived(hello);
  }

  #failOnPurpose(how: 'garbage' | 'reply' | 'alert' | 'fin' | 'rst' | 'silence'): void {
    this.#tlsFailed = true;
    this.#note(false, { kind: 'handshake', result: 'failed', detail: `made to fail: ${how}` });
    if (how === 'silence') clearTimeout(this.#idleTimer);
    if (how === 'fin' || how === 'rst') this.#end(how);
    else if (how === 'reply') this.#send('454 TLS not available\r\n');
    else if (how === 'garbage') this.#socket.write('\u0001\u0002\u0003\u0004 no TLS\r\n', 'latin1');
    // A fatal alert: handshake_failure (RFC 8446, section 6.2).
    else if (how === 'alert') this.#socket.write('\u0015\u0003\u0003\u0000\u0002\u0002\u0028', 'latin1');
  }

  /** Behind a failed handshake the socket lives on: some clients go on in plaintext. */
  #engineGone(reason: string): void {
    if (this.#engine === undefined) return;
    const engine = this.#engine;
    this.#wire?.cut();
    this.#wire = undefined;
    this.#engine = undefined;
    engine.destroy();
    if (this.#secure) {
      this.#clientEnded();
      return;
    }
    this.#tlsFailed = true;
    this.#note(false, { kind: 'handshake', result: 'failed', detail: reason });
    if (this.#socket.readableEnded) this.#clientEnded();
    else this.#socket.resume();
  }

  #clientEnded(): void {
    if (this.#over) return;
    this.#note(this.#secure, { kind: 'ended', by: 'client' });
    this.#finish('fin');
  }

  #end(how: 'fin' | 'rst', idle = false): void {
    if (this.#over) return;
    this.#note(this.#secure, { kind: 'ended', by: 'server', ...(idle ? { idle } : {}) });
    this.#finish(how);
  }

  #cut(): void {
    this.#note(this.#secure, { kind: 'endless' });
    this.#finish('rst');
  }

  #finish(how: 'fin' | 'rst'): void {
    this.#over = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#idleTimer);
    if (how === 'rst') this.#socket.resetAndDestroy();
    else {
      (this.#engine ?? this.#socket).end();
      this.#timer = setTimeout(() => this.#socket.destroy(), LINGER).unref();
    }
  }
}
