/**
 * Arbitraries for single steps, glue and upgrades: plain records, so that any example shrinks.
 *
 * Every choice of the alphabet is made here; how steps are put in an order stands in `walk.ts` and `after.ts`.
 */

import fc from 'fast-check';
import {
  BODIES,
  FAILURES,
  type Glue,
  type Name,
  SPELLINGS,
  type Step,
  type StepKind,
  type Upgrade,
} from '../scenario.ts';

type Of<K extends StepKind> = Extract<Step, { kind: K }>;

/** Names for what is said before TLS, and after it; a step of `after` that takes one of the former reuses it. */
export const BEFORE_NAMES: readonly Name[] = ['a', 'b', 'c', 'd'];
export const AFTER_NAMES: readonly Name[] = ['p', 'q', 'r', 's'];

const kind = <K extends StepKind>(value: K) => fc.constant(value);
const yes = fc.constant(true as const);
const sometimes = { freq: 5 };

/** A record of which all but the required keys are mostly absent. */
function step<T extends object>(
  required: { [K in keyof T]?: fc.Arbitrary<T[K]> },
  rare: { [K in keyof T]?: fc.Arbitrary<T[K]> } = {},
): fc.Arbitrary<T> {
  const optional = { ...rare, spelling: fc.constantFrom(...SPELLINGS), piped: yes };
  const requiredKeys = Object.keys(required);
  const full = fc.record({ ...required, ...optional }, {
    requiredKeys,
  } as never) as unknown as fc.Arbitrary<T>;
  const bare = fc.record(required as never) as unknown as fc.Arbitrary<T>;
  return fc.oneof({ arbitrary: bare, weight: 3 }, { arbitrary: full, weight: 1 });
}

/** One arbitrary a step kind, over the given names. */
export function stepArbitraries(names: readonly Name[]): { readonly [K in StepKind]: fc.Arbitrary<Step> } {
  const name = fc.constantFrom(...names);
  const body = fc.constantFrom(...BODIES);
  const greeting = <K extends 'helo' | 'ehlo' | 'lhlo'>(verb: K) =>
    step<Of<K>>({ kind: kind(verb), name } as never);
  const bare = <K extends 'rset' | 'noop' | 'vrfy' | 'expn' | 'help' | 'quit' | 'starttls'>(verb: K) =>
    step<Of<K>>({ kind: kind(verb) } as never, { argument: name } as never);
  const proxy = <K extends 'xclient' | 'xforward'>(verb: K) =>
    step<Of<K>>({
      kind: kind(verb),
      attribute: fc.constantFrom('NAME', 'HELO', 'LOGIN', 'ADDR', 'PROTO'),
      value: name,
    } as never);
  return {
    helo: greeting('helo'),
    ehlo: greeting('ehlo'),
    lhlo: greeting('lhlo'),
    mail: step<Of<'mail'>>(
      { kind: kind('mail'), from: fc.option(name, sometimes) },
      {
        size: fc.constantFrom(0, 1, 1_000, 100_000_000),
        body: fc.constantFrom('7BIT', '8BITMIME', 'BINARYMIME'),
        smtputf8: yes,
        ret: fc.constantFrom('FULL', 'HDRS'),
        envid: name,
        auth: name,
        requiretls: yes,
      },
    ),
    rcpt: step<Of<'rcpt'>>(
      { kind: kind('rcpt'), to: name },
      { foreign: yes, notify: fc.constantFrom('NEVER', 'SUCCESS', 'FAILURE,DELAY'), orcpt: name },
    ),
    data: step<Of<'data'>>({ kind: kind('data'), body, token: name }),
    bdat: step<Of<'bdat'>>({ kind: kind('bdat'), body, token: name }, { last: yes }),
    rset: bare('rset'),
    noop: bare('noop'),
    vrfy: bare('vrfy'),
    expn: bare('expn'),
    help: bare('help'),
    quit: bare('quit'),
    auth: step<Of<'auth'>>(
      {
        kind: kind('auth'),
        mechanism: fc.constantFrom('PLAIN', 'LOGIN'),
        answer: fc.constantFrom('right', 'wrong', 'right', 'cancelled', 'open'),
        user: name,
      },
      { initial: yes },
    ),
    xclient: proxy('xclient'),
    xforward: proxy('xforward'),
    starttls: bare('starttls'),
    line: fc.oneof(
      step<Of<'line'>>({ kind: kind('line'), text: fc.constantFrom(...ODD_LINES) }),
      fc.record({
        kind: kind('line'),
        text: fc.constantFrom('X', 'NOOP '),
        times: fc.constantFrom(200, 600, 1_100, 2_100),
      }),
    ),
    bytes: fc.record({
      kind: kind('bytes'),
      bytes: fc.constantFrom('NOOP\n', 'X', '\0', '\xff', 'RSET\r', '\n'),
    }),
    pause: fc.record({ kind: kind('pause'), ms: fc.constantFrom(0, 5, 50) }),
    close: fc.record({ kind: kind('close'), how: fc.constantFrom('close_notify', 'fin') }),
  };
}

/** Unknown and malformed command lines; no CRLF in them. */
const ODD_LINES = [
  'XAFRESH',
  '',
  'MAIL',
  'MAIL FROM:',
  'MAIL FROM:<a@b',
  'RCPT TO:<>',
  'EHLO',
  'HELO',
  'BDAT',
  'BDAT x',
  'AUTH',
  'AUTH XNONE',
  'DATA now',
  'RSET now',
  'GET / HTTP/1.1',
  'caf\xe9',
];

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

export function gluableSteps(names: readonly Name[]): fc.Arbitrary<Step> {
  const steps = stepArbitraries(names);
  return fc.oneof(...GLUABLE.map(kind => steps[kind]));
}

/** How many lines a burst has: mostly one, sometimes very many, since some races need hundreds. */
const times = fc.oneof(
  { arbitrary: fc.constant(1), weight: 12 },
  { arbitrary: fc.integer({ min: 2, max: 50 }), weight: 2 },
  { arbitrary: fc.constantFrom(100, 300, 500, 700, 1_000, 1_500, 2_000), weight: 2 },
);

export function glueArbitrary(names: readonly Name[]): fc.Arbitrary<Glue> {
  const line = gluableSteps(names);
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
      arbitrary: fc.record({ lines: fc.constant<Step[]>([]), times: fc.constant(1), ending, fragment: line }),
      weight: 3,
    },
    {
      arbitrary: fc.record({
        lines: fc.array(line, { minLength: 1, maxLength: 2 }),
        times: fc.constant(1),
        ending,
        fragment: line,
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
  return fc
    .record({
      spelling: seldom(18, fc.constantFrom(...SPELLINGS)),
      glued: seldom(22, glue),
      segment: seldom(2, glue),
      eager: seldom(3, yes),
      argument: seldom(3, fc.constantFrom(...names)),
    })
    .map(parts => Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined)));
}

const seldom = <T>(percent: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 100 - percent }, { arbitrary, weight: percent });

export const failureArbitrary = fc.record({
  kind: fc.constant('failed' as const),
  how: fc.constantFrom(...FAILURES),
});
