/**
 * How each limit is measured: events of one kind, as many as are wanted, and how far to look.
 *
 * Data alone. An event is served as long as it is answered as the first one was; `measure.ts` plays and counts them.
 */

import type { Name, Step, StepKind } from '../scenario.ts';
import type { LimitName } from './names.ts';

export interface Gauge {
  /** The limits of the policy, and one that belongs to a transaction and is no state of the session. */
  readonly limit: LimitName | 'transaction-recipients';
  /** What is counted, in words that follow a number. */
  readonly counts: string;
  /** The steps of `count` events, behind a greeting. */
  readonly steps: (count: number) => readonly Step[];
  /** The step that is the event; the others restore the session. */
  readonly event: StepKind;
  /** What answers the first event if it can be counted at all. */
  readonly answered: (code: number) => boolean;
  /** Events tried at most. */
  readonly most: number;
  /** What one event stands for, where that is not one. */
  readonly unit?: number;
}

const name = (index: number): Name => String.fromCharCode(97 + (index % 26));
const repeated =
  (event: (index: number) => readonly Step[]) =>
  (count: number): readonly Step[] =>
    Array.from({ length: count }, (_, index) => event(index)).flat();
const mail = (index: number): Step => ({ kind: 'mail', from: name(index) });
const rcpt = (index: number): Step => ({ kind: 'rcpt', to: name(index) });
const RSET: Step = { kind: 'rset' };
const accepted = (code: number): boolean => code < 400;
const refused = (code: number): boolean => code >= 400;

/** Recipients that one transaction is given when those of a session are counted: every server takes so many. */
const TOGETHER = 3;
/** Bytes in one line, its end included; RFC 5321, section 4.5.3.1.4, allows 512. */
const LINE = 512;
/** Seconds of one event of `time`. */
const TICK = 10;

/** The more general first: what one of them finds may be what a later one meets, too. */
export const GAUGES: readonly Gauge[] = [
  {
    limit: 'commands',
    counts: 'NOOP',
    steps: repeated(() => [{ kind: 'noop' }]),
    event: 'noop',
    answered: accepted,
    most: 1_100,
  },
  {
    limit: 'bytes',
    counts: 'bytes',
    steps: repeated(() => [{ kind: 'line', text: `NOOP ${'x'.repeat(LINE - 'NOOP \r\n'.length)}` }]),
    event: 'line',
    answered: accepted,
    most: 128,
    unit: LINE,
  },
  {
    limit: 'errors',
    counts: 'syntax errors',
    steps: repeated(() => [{ kind: 'line', text: 'MAIL' }]),
    event: 'line',
    answered: refused,
    most: 128,
  },
  {
    limit: 'errors',
    counts: 'recipients refused',
    steps: repeated(index => [
      ...(index === 0 ? [mail(25)] : []),
      { kind: 'rcpt', to: name(index), foreign: true },
    ]),
    event: 'rcpt',
    answered: refused,
    most: 128,
  },
  {
    limit: 'unknown',
    counts: 'unrecognised commands',
    steps: repeated(() => [{ kind: 'line', text: 'XAFRESH' }]),
    event: 'line',
    answered: refused,
    most: 128,
  },
  {
    limit: 'failed-logins',
    counts: 'AUTH with a wrong password',
    steps: repeated(index => [
      { kind: 'auth', mechanism: 'PLAIN', answer: 'wrong', user: name(index), initial: true },
    ]),
    event: 'auth',
    answered: code => code === 535 || code === 454 || code === 550 || code === 554,
    most: 24,
  },
  {
    limit: 'transactions',
    counts: 'MAIL',
    steps: repeated(index => [mail(index), RSET]),
    event: 'mail',
    answered: accepted,
    most: 128,
  },
  {
    limit: 'transaction-recipients',
    counts: 'RCPT in one transaction',
    steps: count => [mail(25), ...repeated(index => [rcpt(index)])(count), RSET],
    event: 'rcpt',
    answered: accepted,
    most: 1_100,
  },
  {
    limit: 'recipients',
    counts: `RCPT, ${TOGETHER} in a transaction`,
    steps: repeated(index => [
      ...(index % TOGETHER === 0 ? [...(index === 0 ? [] : [RSET]), mail(25)] : []),
      rcpt(index),
    ]),
    event: 'rcpt',
    answered: accepted,
    most: 256,
  },
  {
    limit: 'messages',
    counts: 'messages',
    steps: repeated(index => [mail(index), rcpt(index + 1), { kind: 'data', body: 'plain', token: 'm' }]),
    event: 'data',
    answered: accepted,
    most: 110,
  },
];

/** How long a session may last; each event is a wait. `seconds` is how long to look. */
export const timeGauge = (seconds: number): Gauge => ({
  limit: 'time',
  counts: 'seconds',
  steps: repeated(() => [{ kind: 'pause', ms: TICK * 1_000 }, { kind: 'noop' }]),
  event: 'noop',
  answered: accepted,
  most: Math.ceil(seconds / TICK),
  unit: TICK,
});
