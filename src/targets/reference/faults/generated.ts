/**
 * Faults without a name of their own: field × trigger, drawn by seed, so that nobody can fit probes to a list.
 *
 * Each is called `drawn-SEED.INDEX`, and the same name is always the same fault.
 */

import fc from 'fast-check';
import type { Event } from '../../../smtp/machine.ts';
import type { Fault } from './fault.ts';
import { KEPT_FIELDS, keeps } from './kept.ts';
import {
  FAILED_LOGIN,
  inARow,
  inOrder,
  LEADING_BLANK,
  LOWER_CASE,
  MIXED_CASE,
  RESUMED,
  TAB,
  TLS_1_2,
  TLS_1_3,
  TRAILING_BLANK,
  type Trigger,
  times,
  UNKNOWN,
  WITH_CERTIFICATE,
  WITH_SNI,
} from './triggers.ts';

/** Commands that any client may say at any time, and that open nothing. */
const HARMLESS: readonly Event[] = ['noop', 'vrfy', 'help', 'rset', 'expn', 'helo', 'ehlo', 'unknown'];
/** Commands that are counted. */
const COUNTED: readonly Event[] = ['noop', 'rset', 'vrfy', 'ehlo', 'mail', 'rcpt', 'unknown'];

const harmless = fc.constantFrom(...HARMLESS);
const counted: fc.Arbitrary<Trigger> = fc
  .record({ count: fc.integer({ min: 2, max: 3 }), event: fc.constantFrom(...COUNTED) })
  .map(({ count, event }) =>
    times(count, `${count}-${event}`, `${count} times ${event.toUpperCase()}`, seen => seen.event === event),
  );

const trigger: fc.Arbitrary<Trigger> = fc.oneof(
  {
    arbitrary: fc.array(harmless, { minLength: 1, maxLength: 3 }).map(events => inOrder(...events)),
    weight: 4,
  },
  { arbitrary: fc.tuple(harmless, harmless).map(events => inARow(...events)), weight: 2 },
  { arbitrary: counted, weight: 3 },
  { arbitrary: fc.constantFrom(LOWER_CASE, MIXED_CASE, LEADING_BLANK, TRAILING_BLANK, TAB), weight: 2 },
  { arbitrary: fc.constantFrom(TLS_1_2, TLS_1_3, RESUMED, WITH_SNI, WITH_CERTIFICATE), weight: 2 },
  { arbitrary: fc.constantFrom(FAILED_LOGIN, UNKNOWN), weight: 1 },
);

const arbitrary: fc.Arbitrary<Fault> = fc
  .record({ field: fc.constantFrom(...KEPT_FIELDS), trigger: fc.noBias(trigger) })
  .map(({ field, trigger }) => keeps(field, trigger));

/** The first so many faults of a seed. */
export function drawnFaults(seed: number, count: number): readonly Fault[] {
  return fc
    .sample(arbitrary, { seed, numRuns: count })
    .map((fault, index) => ({ ...fault, name: `drawn-${seed}.${index}` }));
}

/** The fault of that name, if it is the name of one. */
export function drawnFault(name: string): Fault | undefined {
  const [, seed, index] = /^drawn-(\d{1,9})\.(\d{1,4})$/.exec(name) ?? [];
  return seed === undefined ? undefined : drawnFaults(Number(seed), Number(index) + 1).at(-1);
}
