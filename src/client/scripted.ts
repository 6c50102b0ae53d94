/**
 * One connection of the scripted server: its socket and its TLS, and when it speaks. What an utterance is and what it is
 * answered with is told by `dialogue.ts`.
 */

import type net from 'node:net';
import tls from 'node:tls';
import { Wire } from '../drivers/wire.ts';
import { isRecord, RecordStream } from '../tls-record.ts';
import type { Authority } from './authority.ts';
import { Bounds, MAX_RECEIVED } from './bounds.ts';
import { Dialogue } from './dialogue.ts';
import { garbled } from './failing.ts';
import { Patience } from './patience.ts';
import type { Failure } from './script.ts';
import type { Said, Spelled } from './spell.ts';
import type { Log } from './transcript.ts';

const ALREADY: Said = { send: '503 TLS is on\r\n' };

/** Milliseconds that a client has to close its side after we closed ours. */
const LINGER = 1_000;
/** Milliseconds that a client has which ended TLS and not the connection, until it is taken to have ended both. */
const AFTERMATH = 100;

/** One connection. Commands are taken one by one, each when the one before it has been answered. */
export class Scripted {
  readonly #socket: net.Socket;
  readonly #spelled: Spelled;
  readonly #authority: Authority;
  readonly #log: Log;
  #wire: Wire | undefined;
  #engine: tls.TLSSocket | undefined;
  /** Of the TLS that is on or over. */
  #records: RecordStream | undefined;
  #secure = false;
  #over = false;
  readonly #dialogue = new Dialogue(MAX_RECEIVED);
  /** Past them the connection is cut, and that is written down. */
  readonly #bounds = new Bounds();
  /** A reply is on its way; nothing is taken until it has left. */
  #answering = false;
  /** The next utterance was there before the last reply left. */
  #early = false;
  /** STARTTLS was answered: TLS must follow, or may. */
  #tls: 'no' | 'due' | 'possible' = 'no';
  /** What is still to be sent behind the answer to STARTTLS. */
  #segment = '';
  #timer: NodeJS.Timeout | undefined;
  /** With the client, while it owes the next word. */
  readonly #turn: Patience;

  constructor(socket: net.Socket, spelled: Spelled, authority: Authority, idle: number, log: Log) {
    this.#socket = socket;
    this.#spelled = spelled;
    this.#authority = authority;
    this.#turn = new Patience(idle, () => this.#end('fin', true));
    this.#log = log;
    socket.on('data', (bytes: Buffer) => this.#arrived(bytes));
    socket.on('end', () => (this.#wire?.isLeft === false ? this.#wire.ended() : this.#clientEnded()));
    // A reset is followed by `close`, and needs no other answer.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(this.#timer);
      this.#turn.stop();
      this.#engine?.destroy();
      this.#clientEnded();
    });
  }

  begin(): void {
    this.#answer(this.#spelled.greeting);
  }

  #arrived(bytes: Buffer): void {
    this.#turn.start();
    if (this.#wire !== undefined) this.#arrivedInTls(bytes, this.#wire);
    else if (this.#tls !== 'no' && isRecord(bytes[0])) this.#beginTls(bytes);
    else if (this.#tls === 'due') this.#strayed(bytes.toString('latin1'));
    else {
      // The rest of a TLS that is over is no plaintext, nor is the alert by which the client's engine ends it.
      const start = this.#records?.strayIn(bytes) ?? 0;
      if (start >= 0) this.#read(bytes.toString('latin1', start));
    }
  }

  /** A client may go back to plaintext, with a close_notify or without; in the midst of the handshake that fails it. */
  #arrivedInTls(bytes: Buffer, wire: Wire): void {
    const stray = this.#records?.strayIn(bytes) ?? 0;
    const isBack = this.#secure && stray >= 0;
    if (!this.#secure && stray >= 0) this.#strayed(bytes.toString('latin1', stray));
    if (!isBack || stray > 0) wire.arrived(isBack ? bytes.subarray(0, stray) : bytes);
    // The engine tells in a moment what came before.
    if (isBack) setImmediate(() => this.#backInPlaintext(bytes.toString('latin1', stray), wire));
  }

  #backInPlaintext(bytes: string, wire: Wire): void {
    if (wire === this.#wire) {
      this.#dropEngine();
      this.#secure = false;
      this.#answering = false;
      this.#dialogue.rest();
    }
    this.#read(bytes);
  }

  #dropEngine(): void {
    const engine = this.#engine;
    this.#wire?.cut();
    this.#wire = undefined;
    this.#engine = undefined;
    engine?.destroy();
  }

  /** TLS is over, and what is on its way in it with it; the connection may go on. */
  #tlsEnded(wire: Wire): void {
    wire.isLeft = !this.#socket.readableEnded && !this.#over;
    if (!wire.isLeft) return void this.#clientEnded();
    this.#engine?.end();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => wire === this.#wire && this.#clientEnded(), AFTERMATH);
  }

  #read(bytes: string): void {
    if (this.#over) return;
    this.#dialogue.feed(bytes);
    if (this.#bounds.receive(bytes.length) || this.#dialogue.isOverlong) this.#cut();
    else this.#take();
  }

  /** Takes the next utterance, if it is complete and the last one has been answered. */
  #take(): void {
    if (this.#answering || this.#over) return;
    const turn = this.#dialogue.next(this.#secure ? this.#spelled.secure : this.#spelled.plaintext);
    if (turn === undefined) return;
    const { verb, text, answer } = turn;
    if (this.#bounds.countLine(text)) {
      this.#cut();
      return;
    }
    this.#log(this.#secure, { kind: 'said', verb, text, early: this.#early });
    if (answer === 'none') this.#take();
    else if (answer === 'STARTTLS') this.#startTls();
    else this.#answer(answer, verb === 'quit');
  }

  /** Held back for a turn at least, so that what the client has already sent is seen to be early. */
  #answer(said: Said, last = false): void {
    this.#answering = true;
    this.#turn.stop();
    const speak = (): void => {
      if (this.#over || this.#wire?.isLeft === true) return;
      this.#answering = false;
      this.#early = this.#dialogue.ahead;
      // Whatever the client says after a long silence is answered: some go on.
      if (said.close === 'silence') this.#turn.stop();
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
    this.#turn.start();
    const transport = this.#secure && this.#engine !== undefined ? this.#engine : this.#socket;
    if (transport.writable) transport.write(bytes, 'latin1');
  }

  #startTls(): void {
    if (this.#secure) return void this.#answer(ALREADY);
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
    if (this.#bounds.receive(bytes.length) || this.#bounds.count()) this.#cut();
    else this.#log(false, { kind: 'stray', bytes: bytes.slice(0, 1_024), ...(early ? { early } : {}) });
  }

  #beginTls(hello: Buffer): void {
    this.#tls = 'no';
    this.#records = new RecordStream();
    this.#sendSegment();
    const { handshake } = this.#spelled.upgrade;
    if (handshake.kind === 'failed') {
      this.#records.strayIn(hello);
      this.#failOnPurpose(handshake.how);
      return;
    }
    const wire = new Wire(this.#socket);
    const engine = new tls.TLSSocket(wire, {
      isServer: true,
      secureContext: this.#authority.context(handshake.certificate, handshake.version),
    });
    [this.#wire, this.#engine] = [wire, engine];
    engine.once('secure', () => {
      this.#secure = true;
      this.#dialogue.rest();
      this.#early = false;
      const detail = `${engine.getProtocol()}, certificate: ${handshake.certificate}`;
      this.#log(true, { kind: 'handshake', result: 'completed', detail });
      this.#send(this.#spelled.secondGreeting);
    });
    engine.on('data', (bytes: Buffer) => this.#read(bytes.toString('latin1')));
    engine.on('end', () => this.#tlsEnded(wire));
    engine.on('error', (error: NodeJS.ErrnoException) => this.#engineGone(error.code ?? error.message));
    engine.on('close', () => wire.isLeft || this.#engineGone('closed'));
    this.#arrivedInTls(hello, wire);
  }

  #failOnPurpose(how: Failure): void {
    this.#log(false, { kind: 'handshake', result: 'failed', detail: `made to fail: ${how}` });
    if (how === 'silence') this.#turn.stop();
    if (how === 'fin' || how === 'rst') this.#end(how);
    else if (how === 'reply') this.#send('454 TLS not available\r\n');
    else this.#socket.write(garbled(how) ?? '', 'latin1');
  }

  /** Behind a failed handshake the socket lives on: some clients go on in plaintext. */
  #engineGone(reason: string): void {
    if (this.#engine === undefined) return;
    this.#dropEngine();
    if (this.#secure) {
      this.#clientEnded();
      return;
    }
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
    this.#turn.stop();
    if (how === 'rst') this.#socket.resetAndDestroy();
    else {
      (this.#wire?.isLeft === true ? this.#socket : (this.#engine ?? this.#socket)).end();
      this.#timer = setTimeout(() => this.#socket.destroy(), LINGER).unref();
    }
  }
}
