/**
 * Arbitraries for what travels with STARTTLS, and for handshakes that fail: plain records, so that any example shrinks.
 *
 * What a line says is chosen in `steps.ts`.
 */

import fc from 'fast-check';
import {
  FAILURES,
  type Glue,
  type Name,
  SPELLINGS,
  type Step,
  type StepKind,
  type Upgrade,
} from '../scenario.ts';
import { fielded, stepArbitraries } from './steps.ts';

/** Kinds that can be glued to STARTTLS: one line each. */
const GLUABLE: readonly StepKind[] = [
  'helo',
  'ehlo',
  'mail',
  'rcpt',
  'rset',
  'noop',
  'vrfy',
  'expn',
  'help',
  'quit',
  'data',
  'line',
  'starttls',
];

function gluableSteps(names: readonly Name[]): fc.Arbitrary<Step> {
  const steps = stepArbitraries({ names });
  return fc.oneof(...GLUABLE.map(kind => steps[kind]));
}

/** How many lines a burst has: mostly one, sometimes very many, since some races need hundreds. */
const times = fc.oneof(
  { arbitrary: fc.constant(1), weight: 12 },
  { arbitrary: fc.integer({ min: 2, max: 50 }), weight: 2 },
  { arbitrary: fc.constantFrom(100, 400, 1_000, 1_500, 2_000), weight: 3 },
);

function glueArbitrary(names: readonly Name[]): fc.Arbitrary<Glue> {
  const line = gluableSteps(names);
  // A line that is begun may end in anything.
  const fragment = fc.oneof(
    { arbitrary: line, weight: 5 },
    { arbitrary: stepArbitraries({ names }).bytes, weight: 1 },
  );
  const ending = fc.oneof(
    { arbitrary: fc.constant('CRLF' as const), weight: 5 },
    { arbitrary: fc.constant('LF' as const), weight: 1 },
  );
  return fc.oneof(
    {
      arbitrary: fc.record({ lines: fc.array(line, { minLength: 1, maxLength: 3 }), times, ending }),
      weight: 5,
    },
    {
      arbitrary: fc.record({ lines: fc.constant<Step[]>([]), times: fc.constant(1), ending, fragment }),
      weight: 3,
    },
    {
      arbitrary: fc.record({
        lines: fc.array(line, { minLength: 1, maxLength: 2 }),
        times: fc.constant(1),
        ending,
        fragment,
      }),
      weight: 1,
    },
  );
}

/**
 * What travels with STARTTLS, whatever the TLS parameters: the upgrade without its handshake. Its parts are drawn one by
 * one, since a fault may need two of them.
 */
export function dirtArbitrary(names: readonly Name[]): fc.Arbitrary<Omit<Upgrade, 'handshake'>> {
  const glue = glueArbitrary(names);
  return fielded<Omit<Upgrade, 'handshake'>>(
    {},
    {
      spelling: [18, fc.constantFrom(...SPELLINGS)],
      glued: [22, glue],
      segment: [2, glue],
      eager: [3, fc.constant(true as const)],
      argument: [3, fc.constantFrom(...names)],
      split: [6, fc.constantFrom('verb' as const, 'line-end' as const)],
    },
  );
}

export const failureArbitrary = fc.record({
  kind: fc.constant('failed' as const),
  how: fc.constantFrom(...FAILURES),
});
