/**
 * Real TCP (`node:net`) and real TLS (`node:tls`).
 *
 * TLS runs over a `Wire`, and not over the socket itself: only so can the ClientHello travel in the segment of
 * STARTTLS, and only so is plaintext that a server sends after its 220 seen as what it is, instead of as a handshake
 * that failed.
 */

import net from 'node:net';
import tls from 'node:tls';
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
import { Wire } from './wire.ts';

/** What a connection needs to begin TLS and to be recognised, whatever it was opened on. */
export interface SocketOptions {
  /** The name sent as SNI where a scenario asks for it. */
  readonly serverName?: string;
  readonly clientCertificate?: { readonly key: string; readonly cert: string };
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
  return {
    name: 'tcp',
    now: () => performance.now(),
    connect: wait => open(options, wait),
  };
}

function open(options: TcpOptions, wait: number): Promise<Opening> {
  return new Promise(resolve => {
    const socket = net.connect({ host: options.host, port: options.port, noDelay: true });
    const refuse = (reason: string): void => {
      socket.destroy();
      resolve({ kind: 'refused', reason });
    };
    const timer = setTimeout(() => refuse('no answer to the connection request'), wait);
    const onError = (error: NodeJS.ErrnoException): void => {
      clearTimeout(timer);
      refuse(error.code ?? error.message);
    };
    socket.once('error', onError);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', onError);
      const connection = new SocketConnection(socket, options);
      if (options.implicitTls !== true) resolve({ kind: 'open', connection });
      else
        void connection.handshake(IMPLICIT, '', wait).then(({ kind }) => {
          if (kind === 'completed') resolve({ kind: 'open', connection });
          else refuse('no TLS from the first byte');
        });
    });
  });
}

const contexts = new WeakMap<SocketOptions, Map<string, tls.SecureContext>>();

/**
 * What is the same for all connections of a kind, made once. It holds no session: those are handed to each engine. Made
 * for each connection anew it would hold native memory, which the collector does not see, until it is collected.
 */
function secureContext(
  { version, certificate }: HandshakeRequest,
  options: SocketOptions,
): tls.SecureContext {
  const made = contexts.get(options) ?? new Map<string, tls.SecureContext>();
  contexts.set(options, made);
  const kind = `${version} ${certificate}`;
  const context =
    made.get(kind) ??
    tls.createSecureContext({
      minVersion: 'TLSv1.2',
      maxVersion: `TLSv${version}`,
      ...(certificate ? options.clientCertificate : {}),
    });
  made.set(kind, context);
  return context;
}

interface Engine {
  readonly wire: Wire;
  readonly tls: tls.TLSSocket;
}

/** A connection on an open socket: TCP, or one end of a socket pair, which has no port and no RST. */
export class SocketConnection implements Connection {
  readonly #socket: net.Socket;
  readonly #options: SocketOptions;
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

  constructor(socket: net.Socket, options: SocketOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#port = socket.localPort ?? 0;
    socket.on('data', (bytes: Buffer) =>
      this.#wire === undefined ? this.#arrived(bytes) : this.#wire.arrived(bytes),
    );
    // Behind a TLS engine the end is the engine's to tell: it may still hold bytes to decrypt.
    socket.on('end', () => (this.#wire === undefined ? this.#end('fin') : this.#wire.ended()));
    socket.on('error', () => this.#wire === undefined && this.#end('reset'));
    socket.on('close', () => (this.#wire === undefined ? this.#end('reset') : this.#wire.ended()));
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
    this.#prepared = this.#engine(request, []);
    const { wire } = this.#prepared;
    const hello = Buffer.concat(wire.held ?? []).toString('latin1');
    wire.held = undefined;
    return hello;
  }

  handshake(request: HandshakeRequest, early: string, wait: number): Promise<HandshakeResult> {
    if (this.#ended !== undefined)
      return Promise.resolve({ kind: 'failed', reason: 'closed during the handshake' });
    const { wire, tls: engine } = this.#prepared ?? this.#engine(request);
    this.#wire = wire;
    this.#tls = engine;
    return new Promise(resolve => {
      let settled = false;
      const settle = (result: HandshakeResult): void => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        resolve(result);
      };
      const timer = setTimeout(() => settle({ kind: 'silence' }), wait);
      engine.once('secureConnect', () =>
        settle({ kind: 'completed', version: engine.getProtocol() ?? '', resumed: engine.isSessionReused() }),
      );
      engine.once('error', (error: NodeJS.ErrnoException) =>
        settle({ kind: 'failed', reason: error.code ?? error.message }),
      );
      engine.once('close', () => settle({ kind: 'failed', reason: 'closed during the handshake' }));
      // What nobody has read by now came in plaintext; it must not be taken for what TLS brings.
      const unread = early + this.#unread;
      this.#unread = '';
      if (unread !== '') wire.arrived(Buffer.from(unread, 'latin1'));
    });
  }

  stray(): string {
    const stray = this.#stray;
    this.#stray = '';
    return stray;
  }

  ticket(): Ticket | undefined {
    return this.#ticket;
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

  /** A TLS engine on a wire of its own, which collects its ClientHello in `held`, if given. */
  #engine(request: HandshakeRequest, held?: Buffer[]): Engine {
    const wire = new Wire(this.#socket, bytes => {
      if (this.#stray.length < MAX_STRAY) this.#stray += bytes;
    });
    wire.held = held;
    const { serverName } = this.#options;
    const engine = tls.connect({
      socket: wire,
      // What the certificate says is no business of this property; the target is untrusted anyway.
      rejectUnauthorized: false,
      secureContext: secureContext(request, this.#options),
      ...(request.sni && serverName !== undefined ? { servername: serverName } : {}),
      ...(request.ticket === undefined ? {} : { session: request.ticket }),
    });
    engine.on('session', ticket => {
      this.#ticket = ticket;
    });
    engine.on('data', (bytes: Buffer) => this.#arrived(bytes));
    engine.on('end', () => this.#end('fin'));
    engine.on('error', () => this.#end('reset'));
    engine.on('close', () => this.#end('reset'));
    return { wire, tls: engine };
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
