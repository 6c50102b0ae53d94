/** What a reference server is given: its name and its account, what it offers, and where its mail and its hooks go. Data. */

import type { Event } from '../../smtp/machine.ts';
import { type Mechanism, SAYING_PASSWORD } from '../../smtp/sasl.ts';
import type { Session } from '../../smtp/session.ts';
import { type Behaviour, type ServerLimits, SOUND } from './behaviour.ts';

export interface DeliveredMessage {
  readonly text: string;
  readonly secure: boolean;
}

export interface ServerOptions {
  readonly name: string;
  readonly user: string;
  readonly password: string;
  /** The domain it accepts mail for. */
  readonly domain: string;
  /** LMTP (RFC 2033): LHLO in place of EHLO, and an answer for each recipient behind a message. */
  readonly lmtp: boolean;
  /** XCLIENT and XFORWARD are taken from anyone. */
  readonly proxy: boolean;
  /** STARTTLSDOMAIN: STARTTLS may name the domain whose certificate the client wants. */
  readonly domains: boolean;
  /** What AUTH is offered with, in plaintext and in TLS. */
  readonly mechanisms: (secure: boolean) => readonly Mechanism[];
  /** Over real TLS, too, it is told which session a ticket resumes. */
  readonly namesTickets: boolean;
  readonly limits: ServerLimits;
  readonly behaviour: Behaviour;
  /** Shared by all connections of one server. */
  readonly memory: Map<string, unknown>;
  readonly random: () => number;
  /** Milliseconds of the server's clock. */
  readonly now: () => number;
  /** A message was accepted. */
  readonly deliver: (message: DeliveredMessage) => void;
  /** An application hook is called with the session. */
  readonly hook: (name: Event, session: Session) => void;
}

export function serverOptions(options: Partial<ServerOptions> = {}): ServerOptions {
  return {
    name: 'mx.reference.example',
    user: 'tester',
    password: 'secret',
    domain: 'lab.example',
    lmtp: false,
    proxy: false,
    domains: false,
    mechanisms: () => SAYING_PASSWORD,
    namesTickets: false,
    limits: {},
    behaviour: SOUND,
    memory: new Map(),
    random: Math.random,
    now: () => performance.now(),
    deliver: () => {},
    hook: () => {},
    ...options,
  };
}

/** LMTP has a name of its own in greetings and traces (RFC 3848). */
export const protocolOf = ({ lmtp }: ServerOptions): 'LMTP' | 'ESMTP' => (lmtp ? 'LMTP' : 'ESMTP');
