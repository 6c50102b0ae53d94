/**
 * One connection of the scripted server: its socket and its TLS, and when it speaks. What an utterance is and what it is
 * answered with is told by `dialogue.ts`.
 */

import type net from 'node:net';
import tls from 'node:tls';
import { Wire } from '../drivers/wire.ts';
import { isRecord } from '../tls-record.ts';
import type { Authority } from './authority.ts';
import { Dialogue } from './dialogue.ts';
import type { Failure } from './script.ts';
import type { Said, Spelled } from './spell.ts';
import type { Entry } from './transcript.ts';

type What<E = Entry> = E extends Entry ? Omit<E, 'at' | 'connection' | 'secure'> : never;
export type Log = (secure: boolean, what: What) => void;

const ALREADY: Said = { send: '503 TLS is on\r\n' };

/** Fatal alerts: handshake_failure, protocol_version, internal_error, unrecognized_name (RFC 8446, section 6.2). */
const ALERTS = {
  alert: '\u0028',
  'alert-version': '\u0046',
  'alert-internal': '\u0050',
  'alert-name': '\u0070',
} as const;

/** Past any of these the connection is cut, and that is written down. A list of recipients may be long; a circle says the same. */
const MAX_SAID_AGAIN = 200;
const MAX_COMMANDS = 4_000;
const MAX_RECEIVED = 4 * 1024 * 1024;
/** Milliseconds that a client has to close its side after we closed ours. */
const LINGER = 1_000;

/** One connection. Commands are taken one by one, each when the one before it has been answered. */
export class Scripted {
  readonly #socket: net.Socket;
  readonly #spelled: Spelled;
  readonly #authority: Authority;
  readonly #idle: number;
  readonly #log: Log;
  #wire: Wire | undefined;
  #engine: tls.TLSSocket | undefined;
  #secure = false;
  #over = false;
  readonly #dialogue = new Dialogue(MAX_RECEIVED);
  #received = 0;
  #commands = 0;
  #saidAgain = 0;
  readonly #lines = new Set<string>();
  /** A reply is on its way; nothing is taken until it has left. */
  #answering = false;
  /** The next utterance was there before the last reply left. */
  #early = false;
  /** STARTTLS was answered: TLS must follow, or may. */
  #tls: 'no' | 'due' | 'possible' = 'no';
  #tlsFailed = false;
  /** What is still to be sent behind the answer to STARTTLS. */
  #segment = '';
  #timer: NodeJS.Timeout | undefined;
  /** Runs while the client owes the next word. */
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(socket: net.Socket, spelled: Spelled, authority: Authority, idle: number, log: Log) {
    this.#socket = socket;
    this.#spelled = spelled;
    this.#authority = authority;
    this.#idle = idle;
    this.#log = log;
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
    this.#dialogue.feed(bytes);
    if (this.#received > MAX_RECEIVED || this.#dialogue.isOverlong) this.#cut();
    else this.#take();
  }

  /** Takes the next utterance, if it is complete and the last one has been answered. */
  #take(): void {
    if (this.#answering || this.#over) return;
    const turn = this.#dialogue.next(this.#secure ? this.#spelled.secure : this.#spelled.plaintext);
    if (turn === undefined) return;
    const { verb, text, answer } = turn;
    if (this.#isTooMuch(text)) {
      this.#cut();
      return;
    }
    this.#log(this.#secure, { kind: 'said', verb, text, early: this.#early });
    if (answer === 'none') this.#take();
    else if (answer === 'STARTTLS') this.#startTls();
    else this.#answer(answer, verb === 'quit');
  }

  #isTooMuch(text: string): boolean {
    this.#commands++;
    if (this.#lines.has(text)) this.#saidAgain++;
    this.#lines.add(text);
    return this.#commands > MAX_COMMANDS || this.#saidAgain > MAX_SAID_AGAIN;
  }

  /** Held back for a turn at least, so that what the client has already sent is seen to be early. */
  #answer(said: Said, last = false): void {
    this.#answering = true;
    clearTimeout(this.#idleTimer);
    const speak = (): void => {
      if (this.#over) return;
      this.#answering = false;
      this.#early = this.#dialogue.ahead;
      // Whatever the client says after a long silence is answered: some go on.
      if (said.close === 'silence') clearTimeout(this.#idleTimer);
      else if (said.close !== undefined) this.#end(said.close);
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
    this.#log(this.#secure, { kind: 'replied', bytes });
    this.#clientsTurn();
    const transport = this.#secure && this.#engine !== undefined ? this.#engine : this.#socket;
    if (transport.writable) transport.write(bytes, 'latin1');
  }

  #startTls(): void {
    if (this.#secure) {
      this.#answer(ALREADY);
      return;
    }
    const { code, send, segment, pause, unanswered } = this.#spelled.upgrade;
    if (unanswered !== undefined) {
      this.#tls = 'possible';
      this.#answer({ send: '', close: unanswered });
      return;
    }
    this.#answering = true;
    this.#log(false, { kind: 'replied', bytes: send });
    this.#tls = code === 220 ? 'due' : 'possible';
    this.#segment = segment;
    this.#socket.write(send, 'latin1', () => {
      if (pause === 0) setImmediate(() => this.#sendSegment());
      else this.#timer = setTimeout(() => this.#sendSegment(), pause);
    });
    this.#answering = false;
    const behind = Buffer.from(this.#dialogue.rest(), 'latin1');
    if (behind.length === 0) return;
    // A client that took something else for the answer may have begun already.
    if (isRecord(behind[0])) this.#beginTls(behind);
    else if (this.#tls === 'due') this.#strayed(behind.toString('latin1'), true);
    else {
      this.#early = true;
      this.#dialogue.feed(behind.toString('latin1'));
      this.#take();
    }
  }

  /** Once, and at the latest before the server's part of the handshake. */
  #sendSegment(): void {
    const bytes = this.#segment;
    this.#segment = '';
    if (bytes === '' || !this.#socket.writable) return;
    this.#log(false, { kind: 'replied', bytes });
    this.#socket.write(bytes, 'latin1');
  }

  /** Dropped, as RFC 3207 wants it, and not answered. */
  #strayed(bytes: string, early = false): void {
    if (this.#over) return;
    this.#received += bytes.length;
    if (this.#received > MAX_RECEIVED || ++this.#commands > MAX_COMMANDS) this.#cut();
    else this.#log(false, { kind: 'stray', bytes: bytes.slice(0, 1_024), ...(early ? { early } : {}) });
  }

  #beginTls(hello: Buffer): void {
    this.#tls = 'no';
    this.#sendSegment();
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
      this.#dialogue.rest();
      this.#early = false;
      const detail = `${engine.getProtocol()}, certificate: ${handshake.certificate}`;
      this.#log(true, { kind: 'handshake', result: 'completed', detail });
      this.#send(this.#spelled.secondGreeting);
    });
    engine.on('data', (bytes: Buffer) => this.#read(bytes.toString('latin1')));
    engine.on('end', () => this.#clientEnded());
    engine.on('error', (error: NodeJS.ErrnoException) => this.#engineGone(error.code ?? error.message));
    engine.on('close', () => this.#engineGone('closed'));
    wire.arrived(hello);
  }

  #failOnPurpose(how: Failure): void {
    this.#tlsFailed = true;
    this.#log(false, { kind: 'handshake', result: 'failed', detail: `made to fail: ${how}` });
    if (how === 'silence') clearTimeout(this.#idleTimer);
    if (how === 'fin' || how === 'rst') this.#end(how);
    else if (how === 'reply') this.#send('454 TLS not available\r\n');
    else if (how === 'garbage') this.#socket.write('\u0001\u0002\u0003\u0004 no TLS\r\n', 'latin1');
    else if (how !== 'silence')
      this.#socket.write(`\u0015\u0003\u0003\u0000\u0002\u0002${ALERTS[how]}`, 'latin1');
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
    this.#log(false, { kind: 'handshake', result: 'failed', detail: reason });
    if (this.#socket.readableEnded) this.#clientEnded();
    else this.#socket.resume();
  }

  #clientEnded(): void {
    if (this.#over) return;
    this.#log(this.#secure, { kind: 'ended', by: 'client' });
    this.#finish('fin');
  }

  #end(how: 'fin' | 'rst', idle = false): void {
    if (this.#over) return;
    this.#log(this.#secure, { kind: 'ended', by: 'server', ...(idle ? { idle } : {}) });
    this.#finish(how);
  }

  #cut(): void {
    this.#log(this.#secure, { kind: 'endless' });
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
