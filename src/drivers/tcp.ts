/**
 * Real TCP (`node:net`) and real TLS (`node:tls`).
 *
 * TLS runs over a `Wire`: only so can the ClientHello travel in the segment of STARTTLS, and only so is plaintext that a
 * server sends after its 220 seen as what it is, instead of as a handshake that failed. Where no plaintext is due, from a
 * peer that has shown to send none, TLS runs on the socket itself, which takes a third less time.
 */

import net from 'node:net';
import type tls from 'node:tls';
import type {
  Connection,
  Driver,
  Ending,
  HandlerState,
  HandshakeRequest,
  HandshakeResult,
  Opening,
  Received,
  Ticket,
} from './driver.ts';
import { type ClientIdentity, completion, type Habit, newEngine, newHabit } from './engine.ts';
import { Wire } from './wire.ts';

/** What a connection needs to begin TLS and to be recognised, whatever it was opened on. */
export interface SocketOptions extends ClientIdentity {
  /** What the application behind a connection saw, by the client's port. */
  readonly handlerStates?: (clientPort: number) => readonly HandlerState[];
}

export interface TcpOptions extends SocketOptions {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (RFC 8314): the handshake is done by `connect`. */
  readonly implicitTls?: boolean;
}

/** Bytes that a peer may have sent us and that nobody has read yet; more than this ends the connection. */
const MAX_UNREAD = 4 * 1024 * 1024;
/** Plaintext behind the 220 that is kept to be shown; what comes after that is dropped. */
const MAX_STRAY = 65_536;
/** Milliseconds that a peer has to close its side after we closed ours. */
const LINGER = 10_000;
/** What TLS from the first byte is begun with. */
const IMPLICIT: HandshakeRequest = { version: '1.3', sni: true, certificate: false };

export function tcpDriver(options: TcpOptions): Driver {
  const habit = newHabit();
  return {
    name: 'tcp',
    now: () => performance.now(),
    connect: wait => open(options, habit, wait),
  };
}

function open(options: TcpOptions, habit: Habit, wait: number): Promise<Opening> {
  return new Promise(resolve => {
    const socket = net.connect({ host: options.host, port: options.port, noDelay: true });
    const refuse = (reason: string): void => {
      socket.destroy();
      resolve({ kind: 'refused', reason });
    };
    const timer = setTimeout(() => refuse('no answer to the connection request'), wait);
    const onError = (error: NodeJS.ErrnoException): void => {
      clearTimeout(timer);
      // It was taken, and reset before we were told that it was.
      if (error.code === 'ECONNRESET' && options.implicitTls !== true)
        resolve({ kind: 'open', connection: new SocketConnection(socket, options, habit) });
      else refuse(error.code ?? error.message);
    };
    socket.once('error', onError);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', onError);
      const connection = new SocketConnection(socket, options, habit);
      if (options.implicitTls !== true) resolve({ kind: 'open', connection });
      else
        void connection.handshake(IMPLICIT, '', wait).then(({ kind }) => {
          if (kind === 'completed') resolve({ kind: 'open', connection });
          else refuse('no TLS from the first byte');
        });
    });
  });
}

/** TLS, on a wire or on the socket itself. */
interface Engine {
  readonly wire?: Wire;
  readonly tls: tls.TLSSocket;
}

/** A connection on an open socket: TCP, or one end of a socket pair, which has no port and no RST. */
export class SocketConnection implements Connection {
  readonly #socket: net.Socket;
  readonly #options: SocketOptions;
  readonly #habit: Habit;
  readonly #port: number;
  /** An engine whose ClientHello was handed out; it takes over only with `handshake`. */
  #prepared: Engine | undefined;
  #wire: Wire | undefined;
  #tls: tls.TLSSocket | undefined;
  #stray = '';
  #ticket: Ticket | undefined;
  #unread = '';
  #ended: 'fin' | 'reset' | undefined;
  /** Called when something arrives or the connection ends. */
  #wake: (() => void) | undefined;

  constructor(socket: net.Socket, options: SocketOptions, habit: Habit) {
    this.#socket = socket;
    this.#options = options;
    this.#habit = habit;
    this.#port = socket.localPort ?? 0;
    socket.on('data', (bytes: Buffer) =>
      this.#wire === undefined ? this.#arrived(bytes) : this.#wire.arrived(bytes),
    );
    // Behind a TLS engine the end is the engine's to tell: it may still hold bytes to decrypt.
    const end = (how: 'fin' | 'reset'): void => {
      if (this.#tls === undefined) this.#end(how);
      else this.#wire?.ended();
    };
    socket.on('end', () => end('fin'));
    socket.on('error', () => end('reset'));
    socket.on('close', () => end('reset'));
  }

  send(bytes: string): void {
    const target = this.#tls ?? this.#socket;
    if (target.writable) target.write(bytes, 'latin1');
  }

  flushed(): Promise<void> {
    return new Promise(resolve => {
      if (!this.#socket.writable) resolve();
      else this.#socket.write('', () => setImmediate(resolve));
    });
  }

  receive(wait: number): Received | Promise<Received> {
    return this.#available() ?? this.#waited(wait, () => this.#available() ?? { kind: 'silence' });
  }

  /** The engine writes its ClientHello while it is made, so that it is held from the start. */
  clientHello(request: HandshakeRequest): string {
    const wire = this.#newWire();
    const held: Buffer[] = [];
    wire.held = held;
    this.#prepared = { wire, tls: this.#engine(request, wire) };
    wire.held = undefined;
    return Buffer.concat(held).toString('latin1');
  }

  async handshake(request: HandshakeRequest, early: string, wait: number): Promise<HandshakeResult> {
    if (this.#ended !== undefined) return { kind: 'failed', reason: 'closed during the handshake' };
    // What nobody has read by now came in plaintext; it must not be taken for what TLS brings.
    const unread = early + this.#unread;
    this.#unread = '';
    const { wire, tls: engine } = this.#prepared ?? this.#started(request, unread);
    this.#wire = wire;
    this.#tls = engine;
    const outcome = completion(engine, wait);
    if (unread !== '') wire?.arrived(Buffer.from(unread, 'latin1'));
    const result = await outcome;
    if (request.quiet === true) this.#learn(result);
    return result;
  }

  /** The engine says it on its wire, and is heard no more. */
  async leaveTls(): Promise<void> {
    const [engine, wire] = [this.#tls, this.#wire];
    if (engine === undefined || wire === undefined) return;
    wire.isLeft = true;
    const isSaid = new Promise<void>(resolve => wire.once('finish', resolve).once('close', resolve));
    engine.removeAllListeners('data').end();
    await isSaid;
    this.#wire = undefined;
    this.#tls = undefined;
  }

  stray(): string {
    const stray = this.#stray;
    this.#stray = '';
    return stray;
  }

  ticket(): Ticket | undefined {
    return this.#ticket;
  }

  isOver(): boolean {
    return this.#ended !== undefined;
  }

  end(how: Ending): void {
    const timer = setTimeout(() => this.#socket.destroy(), LINGER).unref();
    this.#socket.once('close', () => clearTimeout(timer));
    if (how === 'reset') {
      this.#tls?.destroy();
      if (this.#port === 0) this.#socket.destroy();
      else this.#socket.resetAndDestroy();
    } else if (how === 'close_notify' && this.#tls !== undefined) {
      this.#tls.end();
    } else {
      this.#socket.end();
    }
  }

  handlerStates(): readonly HandlerState[] {
    return this.#options.handlerStates?.(this.#port) ?? [];
  }

  /** Nothing but a wire shows plaintext in place of the handshake. */
  #started(request: HandshakeRequest, unread: string): Engine {
    if (request.quiet === true && this.#habit.strays === 'no' && unread === '')
      return { tls: this.#engine(request, this.#socket) };
    const wire = this.#newWire();
    return { wire, tls: this.#engine(request, wire) };
  }

  #learn({ kind }: HandshakeResult): void {
    if (this.#stray !== '' || (this.#wire === undefined && kind !== 'completed'))
      this.#habit.strays = 'perhaps';
    else if (this.#habit.strays === 'unknown' && kind === 'completed') this.#habit.strays = 'no';
  }

  #newWire(): Wire {
    return new Wire(this.#socket, bytes => {
      if (this.#stray.length < MAX_STRAY) this.#stray += bytes;
    });
  }

  #engine(request: HandshakeRequest, stream: Wire | net.Socket): tls.TLSSocket {
    const engine = newEngine(request, stream, this.#options);
    engine.on('session', ticket => {
      this.#ticket = ticket;
    });
    engine.on('data', (bytes: Buffer) => this.#arrived(bytes));
    // What becomes of an engine that was left is not heard.
    const isLeft = (): boolean => stream instanceof Wire && stream.isLeft;
    engine.on('end', () => isLeft() || this.#end('fin'));
    engine.on('error', () => isLeft() || this.#end('reset'));
    engine.on('close', () => isLeft() || this.#end('reset'));
    return engine;
  }

  #available(): Received | undefined {
    if (this.#unread !== '') {
      const bytes = this.#unread;
      this.#unread = '';
      return { kind: 'bytes', bytes };
    }
    return this.#ended === undefined ? undefined : { kind: 'ended', how: this.#ended };
  }

  #waited<T>(wait: number, then: () => T): Promise<T> {
    return new Promise(resolve => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve(then());
      };
      const timer = setTimeout(settle, wait);
      this.#wake = settle;
    });
  }

  #arrived(bytes: Buffer): void {
    this.#unread += bytes.toString('latin1');
    if (this.#unread.length > MAX_UNREAD) {
      this.end('reset');
      this.#end('reset');
    }
    this.#wake?.();
  }

  #end(how: 'fin' | 'reset'): void {
    this.#ended ??= how;
    this.#wake?.();
  }
}
