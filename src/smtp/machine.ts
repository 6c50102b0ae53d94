/**
 * The server's half of SMTP as one table: phase × event → what the RFCs say.
 *
 * Theory. The *phase* is derived from the session, never stored, so it cannot disagree with it. A cell says
 * whether the event is in order; `next` is the phase that success leads to. An event that is out of order is
 * refused with `refuse` and changes nothing. Success is never owed: a server may refuse for reasons of its own
 * policy whatever is in order, and the session then stays as it was. Every phase has a cell for every event;
 * an omission would not compile.
 *
 * Whether TLS is on is no phase but a fact beside it: the table is the same on both sides, and STARTTLS leads
 * from any phase of the plain side to `start` on the other. That is the sentence this project is about.
 */

import type { Session } from './session.ts';

export const PHASES = ['start', 'greeted', 'mail', 'rcpt', 'bdat', 'auth'] as const;
export type Phase = (typeof PHASES)[number];

export const EVENTS = [
  'helo',
  'ehlo',
  'lhlo',
  'mail',
  'rcpt',
  'data',
  'bdat',
  'bdat-last',
  'rset',
  'noop',
  'vrfy',
  'expn',
  'help',
  'quit',
  'auth',
  'auth-response',
  'starttls',
  'xclient',
  'xforward',
  'unknown',
] as const;
export type Event = (typeof EVENTS)[number];

export type Cell =
  | { readonly kind: 'in-order'; readonly next: Phase; readonly codes: readonly number[] }
  | { readonly kind: 'out-of-order'; readonly refuse: number };

const to = (next: Phase, ...codes: number[]): Cell => ({ kind: 'in-order', next, codes });
const refuse = (code: number): Cell => ({ kind: 'out-of-order', refuse: code });

/** RFC 5321, section 4.1.4: these may be used at any time, and none of them moves the session. */
const anywhere = (phase: Phase) => ({
  noop: to(phase, 250),
  vrfy: to(phase, 250, 251, 252),
  expn: to(phase, 250, 252),
  help: to(phase, 211, 214),
  quit: to(phase, 221),
  unknown: refuse(500),
  'auth-response': refuse(500),
});

/** A greeting is in order in every phase but an AUTH dialogue, and ends an open transaction. */
const greetings = {
  helo: to('greeted', 250),
  ehlo: to('greeted', 250),
  lhlo: refuse(500),
};

const proxied = { xclient: to('start', 220), xforward: to('greeted', 250) };
const notProxied = { xclient: refuse(503), xforward: refuse(503) };

const start: Record<Event, Cell> = {
  ...anywhere('start'),
  ...greetings,
  mail: refuse(503),
  rcpt: refuse(503),
  data: refuse(503),
  bdat: refuse(503),
  'bdat-last': refuse(503),
  rset: to('start', 250),
  auth: refuse(503),
  starttls: to('start', 220),
  xclient: to('start', 220),
  xforward: refuse(503),
};

const greeted: Record<Event, Cell> = {
  ...anywhere('greeted'),
  ...greetings,
  mail: to('mail', 250),
  rcpt: refuse(503),
  data: refuse(503),
  bdat: refuse(503),
  'bdat-last': refuse(503),
  rset: to('greeted', 250),
  auth: to('greeted', 235, 334),
  starttls: to('start', 220),
  ...proxied,
};

const mail: Record<Event, Cell> = {
  ...anywhere('mail'),
  ...greetings,
  mail: refuse(503),
  rcpt: to('rcpt', 250, 251),
  data: refuse(503),
  bdat: refuse(503),
  'bdat-last': refuse(503),
  rset: to('greeted', 250),
  auth: refuse(503),
  starttls: to('start', 220),
  ...notProxied,
};

const rcpt: Record<Event, Cell> = {
  ...mail,
  ...anywhere('rcpt'),
  rcpt: to('rcpt', 250, 251),
  data: to('greeted', 354),
  bdat: to('bdat', 250),
  'bdat-last': to('greeted', 250),
};

/** RFC 3030, section 2: between chunks only BDAT and what ends the transaction is in order. */
const bdat: Record<Event, Cell> = {
  ...mail,
  ...anywhere('bdat'),
  rcpt: refuse(503),
  data: refuse(503),
  bdat: to('bdat', 250),
  'bdat-last': to('greeted', 250),
};

/** RFC 4954, section 4: while the dialogue is open every line is a response, `*` included. */
const auth: Record<Event, Cell> = {
  ...(Object.fromEntries(EVENTS.map(event => [event, refuse(501)])) as Record<Event, Cell>),
  'auth-response': to('greeted', 235, 334),
};

export const MACHINE: Readonly<Record<Phase, Readonly<Record<Event, Cell>>>> = {
  start,
  greeted,
  mail,
  rcpt,
  bdat,
  auth,
};

/** The phase that the session is in. */
export function phaseOf(session: Session): Phase {
  if (session.dialogue !== undefined) return 'auth';
  if (session.chunks !== undefined) return 'bdat';
  if (session.recipients.length > 0) return 'rcpt';
  if (session.sender !== undefined) return 'mail';
  return session.greeting === undefined ? 'start' : 'greeted';
}
