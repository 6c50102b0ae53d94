/**
 * A connection to a server that lives in this process as a pure machine; TLS events are simulated.
 *
 * There is no waiting: what the server has not said by the time it is asked, it will never say, and the clock is
 * a counter that waits and delays move forward.
 */

import type { Output, ReferenceServer } from '../targets/reference/server.ts';
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

/** What a connection in memory needs of its server. */
export interface MemoryServer {
  /** A new connection; `now` reads the clock, in milliseconds. */
  accept(now: () => number): { readonly server: ReferenceServer; readonly states: readonly HandlerState[] };
}

/** Stands for a ClientHello in simulated TLS; any other bytes in its place make the handshake fail. */
const CLIENT_HELLO = '\x16\x03\x01 simulated ClientHello';

export function memoryDriver(server: MemoryServer): Driver {
  const clock: Clock = { now: 0, sessions: 0 };
  return {
    name: 'memory',
    now: () => clock.now,
    pause: milliseconds => {
      clock.now += milliseconds;
    },
    connect: async (): Promise<Opening> => {
      await turn();
      return { kind: 'open', connection: new MemoryConnection(server, clock) };
    },
  };
}

/** Milliseconds that have passed, and TLS sessions that were made. */
interface Clock {
  now: number;
  sessions: number;
}

/** Milliseconds that runs may follow one another before everything else in this process gets its turn. */
const TURN = 20;
let lastTurn = performance.now();

/** Where nothing ever waits, no signal and no timer would be heard. */
function turn(): void | Promise<void> {
  if (performance.now() - lastTurn < TURN) return undefined;
  return new Promise(resolve =>
    setImmediate(() => {
      lastTurn = performance.now();
      resolve();
    }),
  );
}

class MemoryConnection implements Connection {
  readonly #server: ReferenceServer;
  readonly #states: readonly HandlerState[];
  readonly #clock: Clock;
  #unread = '';
  #stray = '';
  #closed = false;
  #awaitsHandshake = false;
  #secure = false;
  /** The ClientHello went out as plaintext behind STARTTLS, where a sound server throws it away. */
  #helloSpent = false;
  #ticket: Ticket | undefined;

  constructor(server: MemoryServer, clock: Clock) {
    const accepted = server.accept(() => clock.now);
    this.#server = accepted.server;
    this.#states = accepted.states;
    this.#clock = clock;
    this.#take(this.#server.greeting());
  }

  send(bytes: string): void {
    if (this.#closed) return;
    this.#take(this.#server.receive(bytes));
  }

  flushed(): void {}

  receive(wait: number): Received {
    if (this.#unread !== '') {
      const bytes = this.#unread;
      this.#unread = '';
      return { kind: 'bytes', bytes };
    }
    if (this.#closed) return { kind: 'ended', how: 'fin' };
    this.#clock.now += wait;
    return { kind: 'silence' };
  }

  clientHello(): string {
    this.#helloSpent = true;
    return CLIENT_HELLO;
  }

  handshake(request: HandshakeRequest): HandshakeResult {
    if (this.#closed) return { kind: 'failed', reason: 'closed during the handshake' };
    if (!this.#awaitsHandshake || this.#helloSpent) return { kind: 'silence' };
    // What nobody has read by now came in plaintext; it must not be taken for what TLS brings.
    this.#stray += this.#unread;
    this.#unread = '';
    const resumed = request.ticket !== undefined;
    const version = request.version === '1.2' ? 'TLSv1.2' : 'TLSv1.3';
    this.#awaitsHandshake = false;
    this.#secure = true;
    const session = request.ticket?.toString() ?? `${this.#clock.sessions++}`;
    this.#ticket = Buffer.from(session);
    this.#take(
      this.#server.tlsEstablished({
        version,
        resumed,
        session,
        ...(request.sni ? { sni: 'target.example' } : {}),
        ...(request.certificate ? { certificate: 'client.example' } : {}),
      }),
    );
    return { kind: 'completed', version, resumed };
  }

  leaveTls(): void {
    this.#secure = false;
    this.#take(this.#server.tlsClosed());
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
    return this.#closed;
  }

  end(_how: Ending): void {
    this.#closed = true;
  }

  handlerStates(): readonly HandlerState[] {
    return this.#states;
  }

  #take(output: Output): void {
    this.#unread += output.bytes;
    this.#clock.now += output.delay;
    this.#closed ||= output.close;
    this.#awaitsHandshake = output.startTls && !this.#secure;
  }
}
