/**
 * The interface between the pure pipeline and the world: a driver opens connections, a connection carries bytes
 * and TLS. Whatever speaks SMTP is reached through these two, and `test/drivers/contract.ts` holds each of them
 * to the same rules.
 *
 * Bytes are strings of one character a byte. No wait is without a limit, and nothing here throws because of
 * what a peer does: that comes back as data.
 */

import { isAmbiguous, isClean, type Scenario, type SoundHandshake } from '../scenario.ts';

/** How a side ends the connection. */
export type Ending = 'fin' | 'reset' | 'close_notify';

export type Received =
  | { readonly kind: 'bytes'; readonly bytes: string }
  /** The peer ended. Node does not tell close_notify from FIN, so neither do we. */
  | { readonly kind: 'ended'; readonly how: 'fin' | 'reset' }
  | { readonly kind: 'silence' };

/** What resumes a TLS session (RFC 8446, section 2.2; RFC 5077). Its content is the driver's own affair. */
export type Ticket = Buffer;

export interface HandshakeRequest {
  /** The newest version that is offered; a server that knows no better may choose 1.2 where 1.3 is. */
  readonly version: SoundHandshake['version'];
  readonly sni: boolean;
  readonly certificate: boolean;
  readonly ticket?: Ticket;
  /** Nothing was sent that the peer could answer in plaintext between its 220 and its first TLS record. */
  readonly quiet?: true;
}

/** What the handshake of a scenario asks for. */
export function handshakeRequest(
  { before, upgrade }: Scenario,
  ticket: Ticket | undefined,
): HandshakeRequest {
  const { handshake } = upgrade;
  const sound: SoundHandshake = handshake.kind === 'sound' ? handshake : { kind: 'sound', version: '1.3' };
  return {
    version: sound.version,
    sni: sound.sni === true,
    certificate: sound.certificate === true,
    ...(ticket === undefined ? {} : { ticket }),
    // Only on a wire TLS can be left. What is piped with STARTTLS may be answered late, and the answer meet the handshake.
    ...(handshake.kind === 'sound' &&
    isClean(upgrade) &&
    upgrade.piped === undefined &&
    !before.some(isAmbiguous)
      ? { quiet: true }
      : {}),
  };
}

export type HandshakeResult =
  | { readonly kind: 'completed'; readonly version: string; readonly resumed: boolean }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'silence' };

export interface Connection {
  /** Sends the bytes in one write. Never waits; a peer that does not read is noticed by `receive`. */
  send(bytes: string): void;
  /** What arrives next, decrypted once TLS is on; `silence` after `wait` milliseconds. */
  receive(wait: number): Received | Promise<Received>;
  /** Resolves when everything sent so far has been handed to the network, so that what follows is a new segment. */
  flushed(): void | Promise<void>;
  /** Makes ready for TLS and returns the ClientHello instead of sending it. */
  clientHello(request: HandshakeRequest): string | Promise<string>;
  /**
   * Performs the handshake, sending the ClientHello unless `clientHello` has handed it out. `early` are bytes that
   * were read after the 220 and belong to TLS.
   */
  handshake(
    request: HandshakeRequest,
    early: string,
    wait: number,
  ): HandshakeResult | Promise<HandshakeResult>;
  /** Ends TLS by a close_notify, and goes on in plaintext; nothing where no wire shows what is plaintext. */
  leaveTls(): void | Promise<void>;
  /** Plaintext that arrived between the 220 and the server's first TLS record, and takes it out. */
  stray(): string;
  /** The ticket of this connection's TLS session, if the server gave one. */
  ticket(): Ticket | undefined;
  /** Whether the peer has ended; what it said before may still wait to be received. */
  isOver(): boolean;
  /** Ends the connection: TLS close_notify and FIN, FIN alone, or RST. */
  end(how: Ending): void;
  /** What the application behind the server was given, newest last, where the target lets us see it. */
  handlerStates?(): readonly HandlerState[];
}

/** The session that a hook of the application was given (an in-process or instrumented target). */
export interface HandlerState {
  readonly hook: string;
  /** Plain JSON; leaves are compared one by one. */
  readonly state: unknown;
}

export type Opening =
  | { readonly kind: 'open'; readonly connection: Connection }
  | { readonly kind: 'refused'; readonly reason: string };

export interface Driver {
  readonly name: string;
  connect(wait: number): Opening | Promise<Opening>;
  /** Milliseconds since some fixed moment; a virtual clock in memory. */
  now(): number;
  /** Lets time pass, where the clock is virtual; without it a pause is a real wait. */
  pause?(milliseconds: number): void;
  /** The server has had enough: fewer connections are to be open at once. Only where some are opened ahead of their use. */
  slowDown?(): void;
  /**
   * How often the server has ended by itself and was started again, as soon as it is known whether it lives. Only where
   * whoever opens connections also keeps the server running; `connect` then waits for it.
   */
  restarts?(): Promise<number>;
}

/** Milliseconds between two segments of one line: a server has read the first by then. */
export const APART = 20;

/** Sends each part in a segment of its own. */
export async function sendApart(
  driver: Driver,
  connection: Pick<Connection, 'flushed'>,
  parts: readonly string[],
  send: (part: string) => void,
): Promise<void> {
  for (const [at, part] of parts.entries()) {
    if (at > 0) {
      await connection.flushed();
      await pause(driver, APART);
    }
    send(part);
  }
}

/** Lets so many milliseconds pass, on the driver's clock. */
export function pause(driver: Driver, milliseconds: number): void | Promise<void> {
  if (driver.pause !== undefined) return driver.pause(milliseconds);
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}
