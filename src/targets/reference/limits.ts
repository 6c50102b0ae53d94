/**
 * Planted limits: each one kept at STARTTLS, restarted, forgotten, or kept only sometimes; impostors, whose refusals
 * speak of a limit and depend on what was said; and limits that count across connections.
 *
 * The sound server keeps its limits, as `smtp/fates.ts` has it; the others flip that fate.
 */

import type { Field } from '../../smtp/session.ts';
import { type Answer, type Behaviour, type Context, type ServerLimits, SOUND } from './behaviour.ts';
import type { Variant } from './faults/fault.ts';

interface Planted {
  /** As `afresh limits` names it. */
  readonly name: string;
  readonly title: string;
  readonly limits: ServerLimits;
  readonly field: Field;
}

const PLANTED: readonly Planted[] = [
  { name: 'transactions', title: '5 transactions', limits: { transactions: 5 }, field: 'transactions' },
  { name: 'recipients', title: '8 recipients', limits: { sessionRecipients: 8 }, field: 'sessionRecipients' },
  { name: 'errors', title: '6 errors', limits: { errors: 6 }, field: 'errors' },
  { name: 'unknown', title: '5 unknown commands', limits: { unknown: 5 }, field: 'unknown' },
  { name: 'commands', title: '40 commands', limits: { commands: 40 }, field: 'commands' },
  { name: 'failed-logins', title: '3 failed logins', limits: { failedLogins: 3 }, field: 'failedLogins' },
  { name: 'messages', title: '4 messages', limits: { messages: 4 }, field: 'messages' },
  { name: 'bytes', title: '8,192 bytes', limits: { bytes: 8_192 }, field: 'bytes' },
  { name: 'time', title: '5 minutes', limits: { time: 300_000 }, field: 'openedAt' },
];

/** Milliseconds that each error beyond the fourth makes every answer slower. */
const DELAY = 500;
const delayed = ({ session }: Context): number => DELAY * Math.max(0, session.errors - 4);

/** What may become of a limit at STARTTLS, as a change of behaviour; `field` holds its count. */
const FATES = {
  kept: { title: 'counted across STARTTLS', bent: () => ({}) },
  restarted: {
    title: 'counted anew from STARTTLS on',
    bent: (field: Field) => ({ flipped: () => new Set([field]) }),
  },
  forgotten: {
    title: 'in plaintext only',
    bent: () => ({ limits: (sound, { secure }) => (secure ? {} : sound) }),
  },
  sometimes: {
    title: 'counted across STARTTLS every other time, by chance',
    bent: (field: Field) => ({ flipped: ({ random }) => new Set(random() < 0.5 ? [field] : []) }),
  },
} as const satisfies Record<string, { title: string; bent: (field: Field) => Partial<Behaviour> }>;

const FATE_NAMES = Object.keys(FATES) as readonly (keyof typeof FATES)[];

const COUNTED: readonly Variant[] = PLANTED.flatMap(({ name, title, limits, field }) =>
  FATE_NAMES.map(fate => ({
    name: `limit-${name}-${fate}`,
    title: `${title} a connection, ${FATES[fate].title}`,
    options: { limits, behaviour: { ...SOUND, ...FATES[fate].bent(field) } },
  })),
);

const DELAYED: readonly Variant[] = FATE_NAMES.map(fate => ({
  name: `limit-delays-${fate}`,
  title: `from the fifth error on each answer comes later, ${FATES[fate].title}`,
  options: {
    behaviour: {
      ...SOUND,
      ...FATES[fate].bent('errors'),
      delay: (_event, context) => (fate === 'forgotten' && context.secure ? 0 : delayed(context)),
    },
  },
}));

const no = (code: number, text: string, close = false): Answer => ({
  code,
  enhanced: code < 500 ? '4.7.0' : '5.7.0',
  lines: [text],
  close,
});

const judging = (name: string, title: string, judge: Behaviour['judge'], bent: Partial<Behaviour> = {}) => ({
  name,
  title,
  options: { behaviour: { ...SOUND, ...bent, judge } },
});

/** Refusals that read like a limit and are none: they depend on what was said before STARTTLS. */
export const IMPOSTORS: readonly Variant[] = [
  judging(
    'impostor-recipient',
    'a recipient that was named in plaintext is refused in TLS as one too many',
    (event, argument, { beforeTls }) =>
      event === 'rcpt' && beforeTls?.recipients.some(({ address }) => argument.includes(`<${address}>`))
        ? no(452, 'Too many recipients')
        : 'sound',
  ),
  judging(
    'impostor-sender',
    'a sender that was named in plaintext is refused in TLS as one too many',
    (event, argument, { beforeTls, session }) =>
      event === 'mail' &&
      session.greeting !== undefined &&
      beforeTls?.sender !== undefined &&
      argument.includes(`<${beforeTls.sender.address}>`)
        ? no(450, 'Too many messages from this sender')
        : 'sound',
  ),
  judging(
    'impostor-name',
    'whoever greets in TLS by the name of the plaintext greeting may send nothing',
    (event, _argument, { beforeTls, session }) =>
      event === 'mail' &&
      beforeTls?.greeting !== undefined &&
      session.greeting?.name === beforeTls.greeting.name
        ? no(421, 'Too many sessions of this name', true)
        : 'sound',
  ),
  judging(
    'impostor-helo',
    'whoever said HELO in plaintext may send one message in TLS',
    (event, _argument, { beforeTls, session }) =>
      event === 'mail' && beforeTls?.greeting?.verb === 'HELO' && session.transactions > 0
        ? no(421, 'Too many transactions', true)
        : 'sound',
  ),
  judging(
    'impostor-transaction',
    'a transaction outlives STARTTLS, and MAIL in it is refused as one too many',
    (event, _argument, { session, secure }) =>
      secure && event === 'mail' && session.sender !== undefined
        ? no(421, 'Too many transactions', true)
        : 'sound',
    { flipped: () => new Set(['sender', 'greeting']) },
  ),
];

/** Counts one more in the memory that all connections share. */
function counted(memory: Map<string, unknown>, key: string): number {
  const count = Number(memory.get(key) ?? 0) + 1;
  memory.set(key, count);
  return count;
}

/** Limits that count across connections. Nothing of them outlives STARTTLS, since nothing of them is the session's. */
const ACROSS: readonly Variant[] = [
  {
    name: 'across-connections',
    title: 'of each thousand connections the last hundred are turned away with 421',
    options: {
      behaviour: {
        ...SOUND,
        greeting: (sound, { memory }) =>
          counted(memory, 'connections') % 1_000 >= 900 ? no(421, 'Too many connections', true) : sound,
      },
    },
  },
  {
    name: 'across-transactions',
    title: '300 transactions for all connections together, and none for ever after',
    options: {
      behaviour: {
        ...SOUND,
        judge: (event, _argument, { memory, session }) =>
          event === 'mail' && session.greeting !== undefined && counted(memory, 'transactions') > 300
            ? no(450, 'Too much mail from your address')
            : 'sound',
      },
    },
  },
];

const ANNOUNCED: readonly Variant[] = [
  {
    name: 'limit-announced',
    title: 'says RCPTMAX=5 MAILMAX=3 as RFC 9422 has it, and takes 4 recipients and 3 transactions',
    options: {
      limits: { transactions: 3 },
      behaviour: {
        ...SOUND,
        offer: sound => [...sound, 'LIMITS RCPTMAX=5 MAILMAX=3'],
        judge: (event, _argument, { session }) =>
          event === 'rcpt' && session.recipients.length >= 4 ? no(452, 'Too many recipients') : 'sound',
      },
    },
  },
];

export const LIMIT_VARIANTS: readonly Variant[] = [
  ...COUNTED,
  ...DELAYED,
  ...IMPOSTORS,
  ...ACROSS,
  ...ANNOUNCED,
];
