/** Faults of one field: kept by every STARTTLS, or only in a context. */

import type { Field, Session } from '../../../smtp/session.ts';
import { type Behaviour, hearingStarttls, NO_FIELDS, SOUND } from '../behaviour.ts';
import { digestInPlaintext, notInTransaction } from '../sound.ts';
import { type Fault, fault } from './fault.ts';
import {
  FAILED_LOGIN,
  inARow,
  inOrder,
  isFailedLogin,
  LEADING_BLANK,
  LOWER_CASE,
  MIXED_CASE,
  PIPED,
  REFUSED_STARTTLS,
  RESUMED,
  TAB,
  TLS_1_2,
  TRAILING_BLANK,
  type Trigger,
  times,
  UNKNOWN,
  UNTIMELY_STARTTLS,
  WITH_CERTIFICATE,
  WITH_SNI,
  when,
} from './triggers.ts';

const FIELD_TITLES = {
  greeting: 'the EHLO name',
  sender: 'the sender',
  recipients: 'the recipients',
  chunks: 'the BDAT chunks',
  login: 'the login',
  dialogue: 'an AUTH dialogue that was left open',
  proxy: 'what XCLIENT and XFORWARD said',
  offer: 'the extension list',
  pending: 'what stands behind STARTTLS in its segment',
} as const satisfies Partial<Record<Field, string>>;

/** The fields that faults keep. */
export type KeptField = keyof typeof FIELD_TITLES;
export const KEPT_FIELDS = Object.keys(FIELD_TITLES) as readonly KeptField[];

/** The field outlives STARTTLS; with a trigger, only where that holds. */
export function keeps(field: KeptField, trigger?: Trigger): Fault {
  const kept = new Set<Field>([field]);
  const bent: Partial<Behaviour> =
    trigger === undefined
      ? { flipped: () => kept }
      : { follow: trigger.follow, flipped: upgrading => (trigger.holds(upgrading) ? kept : NO_FIELDS) };
  const made = fault(
    trigger === undefined ? 'field' : 'context',
    trigger === undefined ? `keeps-${field}` : `keeps-${field}-${trigger.name}`,
    `keeps ${FIELD_TITLES[field]} across STARTTLS${trigger === undefined ? '' : `, ${trigger.title}`}`,
    field === 'dialogue' ? hearingStarttls({ ...SOUND, ...bent }) : bent,
  );
  return field === 'proxy' ? { ...made, options: { ...made.options, proxy: true } } : made;
}

const byHelo = when('by-helo', 'if HELO was the greeting', ({ greeting }) => greeting?.verb === 'HELO');
const withParameter = (keyword: string): Trigger =>
  when(
    `with-${keyword.toLowerCase()}`,
    `if MAIL said ${keyword}`,
    ({ sender }) => sender !== undefined && keyword in sender.parameters,
  );
const hasLongName = when(
  'long-name',
  'if its name is longer than 64 octets',
  ({ greeting }) => greeting !== undefined && greeting.name.length > 64,
);
const hasAddress = when(
  'address-literal',
  'if it is an address in brackets',
  ({ greeting }) => greeting?.name.startsWith('[') === true,
);
const isQuoted = when(
  'quoted',
  'if its local part is in quotes',
  ({ sender }) => sender?.address.startsWith('"') === true,
);
const namedTwice = when(
  'named-twice',
  'if one of them was named twice',
  ({ recipients }) => new Set(recipients.map(({ address }) => address)).size < recipients.length,
);
const inTransaction = when(
  'in-transaction',
  'if a transaction is open',
  ({ sender }) => sender !== undefined,
);
const isNull = ({ sender }: Session): boolean => sender?.address === '';

export const KEPT: readonly Fault[] = KEPT_FIELDS.map(field => keeps(field));

/** The one login that servers take in plaintext which want no password there. */
function keepsDigest(): Fault {
  const { options, ...made } = keeps('login');
  const title = `${made.title}; in plaintext it can only be made by CRAM-MD5`;
  return {
    ...made,
    family: 'context',
    name: 'keeps-login-by-digest',
    title,
    options: { ...options, mechanisms: digestInPlaintext },
  };
}

/** STARTTLS is refused in a transaction; where it was, the one that passes later forgets less. */
function keepsOnceUntimely(): Fault {
  const made = keeps('greeting', UNTIMELY_STARTTLS);
  const behaviour = { ...SOUND, ...made.options.behaviour, judge: notInTransaction };
  return { ...made, options: { ...made.options, behaviour } };
}

export const KEPT_IN_CONTEXT: readonly Fault[] = [
  keeps('greeting', byHelo),
  keeps('greeting', inTransaction),
  keeps('greeting', inOrder('rset')),
  keeps('greeting', inOrder('noop', 'vrfy', 'help')),
  keeps('greeting', inARow('rset', 'noop', 'rset')),
  keeps('greeting', UNKNOWN),
  keeps('greeting', FAILED_LOGIN),
  keeps('greeting', times(3, 'three-failed-logins', 'three logins that failed', isFailedLogin)),
  keeps('greeting', hasLongName),
  keeps('greeting', hasAddress),
  keeps('greeting', REFUSED_STARTTLS),
  keepsOnceUntimely(),
  keeps('greeting', LOWER_CASE),
  keeps('greeting', TRAILING_BLANK),
  keeps('greeting', WITH_SNI),
  keeps('greeting', RESUMED),
  keeps(
    'greeting',
    times(3, 'three-greetings', 'three greetings', ({ event }) => event === 'ehlo' || event === 'helo'),
  ),
  keeps('sender', TLS_1_2),
  keeps('sender', inOrder('rset')),
  keeps('sender', inOrder('mail', 'rset', 'helo')),
  keeps('sender', isQuoted),
  keeps('sender', when('null-sender', 'if it is the null sender', isNull)),
  keeps('sender', withParameter('SMTPUTF8')),
  keeps('sender', withParameter('BODY')),
  keeps('sender', withParameter('AUTH')),
  keeps('sender', LEADING_BLANK),
  keeps('sender', PIPED),
  keeps(
    'sender',
    when('with-recipient', 'if a recipient was named', ({ recipients }) => recipients.length > 0),
  ),
  keeps(
    'sender',
    times(
      1,
      'refused-recipient',
      'a recipient that was refused',
      ({ event, accepted }) => event === 'rcpt' && !accepted,
    ),
  ),
  keeps(
    'recipients',
    times(
      2,
      'two-messages',
      'two complete transactions',
      ({ event, accepted }) => event === 'data' && accepted,
    ),
  ),
  keeps(
    'recipients',
    when('with-three', 'if there are three of them', session => session.recipients.length > 2),
  ),
  keeps('recipients', namedTwice),
  keeps('login', FAILED_LOGIN),
  keeps('login', TLS_1_2),
  keeps('login', WITH_CERTIFICATE),
  keeps('login', TAB),
  keeps(
    'login',
    times(
      1,
      'auth-login',
      'AUTH with the mechanism LOGIN',
      ({ event, line }) => event === 'auth' && /login/i.test(line),
    ),
  ),
  keeps('login', inTransaction),
  keepsDigest(),
  keeps(
    'chunks',
    times(2, 'two-chunks', 'two chunks', ({ event }) => event === 'bdat'),
  ),
  keeps(
    'dialogue',
    when('with-user', 'once it has the user name', ({ dialogue }) => dialogue?.user !== undefined),
  ),
  keeps('proxy', inOrder('xforward')),
  keeps('proxy', MIXED_CASE),
  keeps('offer', inOrder('ehlo', 'ehlo')),
  keeps('pending', inTransaction),
  keeps('pending', TLS_1_2),
];
