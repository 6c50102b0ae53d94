/**
 * One TCP connection of the reference server: the shell around the pure server.
 *
 * It moves bytes, starts TLS when it is told to and says how that went. It knows no SMTP: what is said, kept or
 * forgotten is decided in `server.ts`. A client may be hostile, so all that it can make grow has a bound.
 */

import type net from 'node:net';
import tls from 'node:tls';
import { Wire } from '../../drivers/wire.ts';
import type { TlsKnowledge } from '../../smtp/session.ts';
import type { HookRecord } from '../hook-record.ts';
import type { ServerOptions } from './options.ts';
import { type Output, ReferenceServer } from './server.ts';
import type { Tickets } from './tickets.ts';

/** Past any of these the connection is cut, without a word. */
export interface Bounds {
  /** Connections open at once, on each port. */
  readonly connections: number;
  /** Milliseconds without a byte in either direction. */
  readonly idle: number;
  /** Milliseconds that a handshake may take. */
  readonly handshake: number;
  /** Bytes that the client has not read. */
  readonly unread: number;
  /** Bytes that the client has sent. */
  readonly received: number;
  readonly commands: number;
}

export const BOUNDS: Bounds = {
  connections: 256,
  idle: 60_000,
  handshake: 10_000,
  unread: 4 * 1024 * 1024,
  received: 64 * 1024 * 1024,
  commands: 100_000,
};

/** Milliseconds that a reply is held back at most, whatever the behaviour asks for. */
const MAX_DELAY = 10_000;
/** Milliseconds that a client has to close its side after we closed ours. */
const LINGER = 2_000;

/** What all connections of one server share. */
export interface House {
  readonly options: ServerOptions;
  readonly context: tls.SecureContext;
  /** In place of `context`, where the server is told which session a ticket resumes. */
  readonly tickets?: Tickets;
  readonly bounds: Bounds;
  readonly calls: HookRecord;
}

/** Serves one connection until it ends. */
export function serve(socket: net.Socket, house: House, implicitTls: boolean): void {
  new Served(socket, house).begin(implicitTls);
}

class Served {
  readonly #socket: net.Socket;
  readonly #house: House;
  readonly #server: ReferenceServer;
  /** Set from STARTTLS on; `#secure` only when the handshake has completed. */
  #wire: Wire | undefined;
  #engine: tls.TLSSocket | undefined;
  #secure = false;
  #closing = false;
  /** Of a reply that is held back, or of a client that does not close. */
  #timer: NodeJS.Timeout | undefined;
  #handshakeTimer: NodeJS.Timeout | undefined;
  /** With implicit TLS the greeting comes behind the handshake. */
  #afterHandshake: (() => Output) | undefined;

  constructor(socket: net.Socket, house: House) {
    this.#socket = socket;
    this.#house = house;
    const { options, calls, bounds } = house;
    const client = socket.remotePort ?? 0;
    calls.begin(client);
    const hook: ServerOptions['hook'] = (name, session) => {
      options.hook(name, session);
      const { greeting, sender, recipients, login, proxy } = session;
      const state = { greeting, sender, recipients, login, proxy };
      calls.keep(client, { hook: name, state, secure: this.#secure });
    };
    this.#server = new ReferenceServer({ ...options, hook }, performance.now());
    socket.on('data', (bytes: Buffer) => {
      if (this.#wire === undefined) this.#received(bytes.toString('latin1'));
      else this.#arrived(this.#wire, bytes);
    });
    socket.on('end', () => (this.#engine === undefined ? this.#close() : this.#wire?.ended()));
    // A reset is followed by `close`, and needs no other answer.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(this.#timer);
      clearTimeout(this.#handshakeTimer);
      this.#engine?.destroy();
    });
    socket.setTimeout(bounds.idle, () => socket.destroy());
  }

  begin(implicitTls: boolean): void {
    if (implicitTls) this.#startTls(() => this.#server.greeting());
    else this.#obey(this.#server.greeting());
  }

  get #transport(): net.Socket {
    return this.#secure && this.#engine !== undefined ? this.#engine : this.#socket;
  }

  #received(bytes: string): void {
    if (this.#closing) return;
    this.#obey(this.#server.receive(bytes));
    const { bytesRead, writableLength } = this.#socket;
    const { received, unread, commands } = this.#house.bounds;
    if (bytesRead > received || writableLength > unread || this.#server.session.commands > commands)
      this.#socket.destroy();
  }

  /** Nothing is read while a reply is held back, so replies stay in order and STARTTLS ends the plaintext. */
  #obey(output: Output): void {
    if (output.delay <= 0) {
      this.#perform(output);
      return;
    }
    const reader = this.#transport;
    reader.pause();
    this.#timer = setTimeout(
      () => {
        reader.resume();
        this.#perform(output);
      },
      Math.min(output.delay, MAX_DELAY),
    );
  }

  #perform(output: Output): void {
    const transport = this.#transport;
    if (output.bytes !== '' && transport.writable) transport.write(output.bytes, 'latin1');
    if (output.close) this.#close();
    else if (output.startTls && this.#wire === undefined) this.#startTls();
  }

  /** The raw socket stays ours: behind a failed handshake some behaviours go on in plaintext. */
  #startTls(greeting?: () => Output): void {
    const { behaviour } = this.#house.options;
    const takesPlaintext = behaviour.afterReady !== 'fail' && greeting === undefined;
    const wire = new Wire(this.#socket, takesPlaintext ? bytes => this.#received(bytes) : undefined);
    this.#wire = wire;
    this.#afterHandshake = greeting;
    this.#handshakeTimer = setTimeout(() => this.#engineGone(this.#engine), this.#house.bounds.handshake);
    // Which session is resumed, only the first bytes tell.
    if (this.#house.tickets === undefined) this.#engage(wire, this.#house.context);
  }

  #arrived(wire: Wire, bytes: Buffer): void {
    if (this.#engine === undefined && this.#house.tickets !== undefined) {
      const { context, session } = this.#house.tickets.forHello(bytes);
      this.#engage(wire, context, session);
    }
    wire.arrived(bytes);
  }

  #engage(wire: Wire, secureContext: tls.SecureContext, session?: string): void {
    const engine = new tls.TLSSocket(wire, {
      isServer: true,
      secureContext,
      requestCert: true,
      rejectUnauthorized: false,
    });
    this.#engine = engine;
    engine.once('secure', () => {
      clearTimeout(this.#handshakeTimer);
      this.#secure = true;
      this.#obey(this.#server.tlsEstablished(knowledgeOf(engine, session)));
      if (this.#afterHandshake !== undefined) this.#obey(this.#afterHandshake());
    });
    engine.on('data', (bytes: Buffer) => this.#received(bytes.toString('latin1')));
    engine.on('end', () => (this.#socket.readableEnded ? this.#close() : this.#tlsEnded()));
    engine.on('error', () => this.#engineGone(engine));
    engine.on('close', () => this.#engineGone(engine));
  }

  /** By a close_notify, with which the socket has not ended. */
  #tlsEnded(): void {
    if (this.#closing) return;
    const output = this.#server.tlsClosed();
    if (!output.close && this.#wire !== undefined) {
      this.#wire.isLeft = true;
      this.#engine?.end();
      this.#wire = undefined;
      this.#engine = undefined;
      this.#secure = false;
      this.#socket.resume();
    }
    this.#obey(output);
  }

  #engineGone(engine: tls.TLSSocket | undefined): void {
    clearTimeout(this.#handshakeTimer);
    if (this.#engine !== engine || this.#closing) return;
    this.#wire?.cut();
    this.#wire = undefined;
    this.#engine = undefined;
    engine?.destroy();
    if (this.#secure) this.#socket.destroy();
    else if (this.#socket.readableEnded) this.#close();
    else {
      this.#socket.resume();
      this.#obey(this.#server.tlsFailed());
    }
  }

  #close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#transport.end();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#socket.destroy(), LINGER);
  }
}

/** What the handshake told the server. */
function knowledgeOf(engine: tls.TLSSocket, session: string | undefined): TlsKnowledge {
  const subject = engine.getPeerX509Certificate()?.subject;
  return {
    version: engine.getProtocol() ?? '',
    resumed: engine.isSessionReused(),
    ...(session === undefined ? {} : { session }),
    ...(typeof engine.servername === 'string' ? { sni: engine.servername } : {}),
    ...(subject === undefined ? {} : { certificate: subject }),
  };
}
