/**
 * Arbitraries for single steps: plain records, so that any example shrinks.
 *
 * Every choice of the alphabet is made here; what travels with STARTTLS stands in `upgrades.ts`, and how steps are put in an
 * order in `walk.ts` and `after.ts`.
 */

import fc from 'fast-check';
import { BODIES, SPELLINGS, type Step, type StepKind } from '../scenario.ts';
import { SAYING_PASSWORD } from '../smtp/sasl.ts';
import { Drawn } from './drawn.ts';
import type { Words } from './words.ts';

type Of<K extends StepKind> = Extract<Step, { kind: K }>;

const kind = <K extends StepKind>(value: K) => fc.constant(value);
const yes = fc.constant(true as const);
const sometimes = { freq: 5 };

/** Names of the fields that no record may lack. */
type Needed<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];
type Fields<T> = { readonly [K in Needed<T>]: fc.Arbitrary<T[K]> };
/** Fields that are absent as a rule, with how often out of a hundred times they are there. */
type RareFields<T> = { readonly [K in keyof T]?: readonly [percent: number, fc.Arbitrary<T[K]>] };

/** A record of required fields and rare ones. It shrinks as fast-check's own records do, and draws far faster. */
class Fielded<T extends object> extends Drawn<T> {
  readonly #required: readonly (readonly [string, fc.Arbitrary<unknown>])[];
  readonly #rare: readonly (readonly [string, readonly [number, fc.Arbitrary<unknown>]])[];
  readonly #adorned: number;
  protected override readonly plain: fc.Arbitrary<T>;

  constructor(required: Fields<T>, rare: RareFields<T>, adorned: number) {
    super();
    this.#required = Object.entries(required);
    this.#rare = Object.entries(rare);
    this.#adorned = adorned;
    const optional = Object.fromEntries(this.#rare.map(([name, [, arbitrary]]) => [name, arbitrary]));
    const constraints = { requiredKeys: Object.keys(required), noNullPrototype: true };
    this.plain = fc.record({ ...required, ...optional } as never, constraints as never) as fc.Arbitrary<T>;
  }

  protected override draw(random: fc.Random, bias: number | undefined): T {
    const fields: Record<string, unknown> = {};
    for (const [name, arbitrary] of this.#required) fields[name] = arbitrary.generate(random, bias).value;
    if (random.nextInt(0, 99) < this.#adorned)
      for (const [name, [percent, arbitrary]] of this.#rare)
        if (random.nextInt(0, 99) < percent) fields[name] = arbitrary.generate(random, bias).value;
    return fields as T;
  }
}

/** `adorned`: out of a hundred records, how many may have rare fields at all. */
export const fielded = <T extends object>(
  required: Fields<T>,
  rare: RareFields<T> = {},
  adorned = 100,
): fc.Arbitrary<T> => new Fielded(required, rare, adorned);

/** Out of a hundred steps, how many are more than bare; and of those, how often each rare field is there. */
const ADORNED = 25;
const PRESENT = 50;
/** What few servers offer, or most refuse, spoils whatever stands beside it; what a target does not offer is refused. */
const SELDOM: Readonly<Record<string, number>> = {
  requiretls: 15,
  size: 30,
  international: 20,
  long: 20,
  literal: 10,
  quoted: 10,
  local: 30,
  postmaster: 10,
};
const NOT_OFFERED = 4;

/** A step with these fields; now and then with these rare ones, an odd spelling, or in one segment with the next. */
function step<T extends object>(
  required: Fields<T>,
  rare: { readonly [K in keyof T]?: fc.Arbitrary<T[K]> } = {},
  unoffered: ReadonlySet<string> = new Set(),
): fc.Arbitrary<T> {
  const adornments = { ...rare, spelling: fc.constantFrom(...SPELLINGS), piped: yes };
  const optional = Object.entries(adornments).map(([name, arbitrary]) => [
    name,
    [unoffered.has(name) ? NOT_OFFERED : (SELDOM[name] ?? PRESENT), arbitrary],
  ]);
  return fielded(required, Object.fromEntries(optional), ADORNED);
}

/** One arbitrary a step kind, over the given words. */
export function stepArbitraries({ names, mechanisms = SAYING_PASSWORD, unoffered = new Set() }: Words): {
  readonly [K in StepKind]: fc.Arbitrary<Step>;
} {
  const name = fc.constantFrom(...names);
  const body = fc.constantFrom(...BODIES);
  const greeting = <K extends 'helo' | 'ehlo' | 'lhlo'>(verb: K) =>
    step<Of<K>>({ kind: kind(verb), name } as never, { long: yes, literal: yes } as never);
  const bare = <K extends 'rset' | 'noop' | 'vrfy' | 'expn' | 'help' | 'quit' | 'starttls'>(verb: K) =>
    step<Of<K>>({ kind: kind(verb) } as never, { argument: name } as never);
  // Without a name they are malformed, and nothing is asked.
  const asking = <K extends 'vrfy' | 'expn'>(verb: K) =>
    fc.oneof(
      { arbitrary: step<Of<K>>({ kind: kind(verb), argument: name } as never), weight: 4 },
      { arbitrary: bare(verb), weight: 1 },
    );
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
        local: yes,
        size: fc.constantFrom(0, 1, 1_000, 500_000, 100_000_000),
        body: fc.constantFrom('7BIT', '8BITMIME', 'BINARYMIME'),
        smtputf8: yes,
        ret: fc.constantFrom('FULL', 'HDRS'),
        envid: name,
        auth: name,
        requiretls: yes,
        by: fc.constantFrom('120;R', '120;N'),
        holdFor: fc.constant(300),
        priority: fc.constantFrom(-3, 3),
        international: yes,
        long: yes,
        quoted: yes,
      },
      unoffered,
    ),
    rcpt: step<Of<'rcpt'>>(
      { kind: kind('rcpt'), to: name },
      {
        foreign: yes,
        international: yes,
        long: yes,
        quoted: yes,
        postmaster: yes,
        notify: fc.constantFrom('NEVER', 'SUCCESS', 'FAILURE,DELAY'),
        orcpt: name,
      },
      unoffered,
    ),
    data: step<Of<'data'>>({ kind: kind('data'), body, token: name }),
    bdat: step<Of<'bdat'>>({ kind: kind('bdat'), body, token: name }, { last: yes }),
    rset: bare('rset'),
    noop: bare('noop'),
    vrfy: asking('vrfy'),
    expn: asking('expn'),
    help: bare('help'),
    quit: bare('quit'),
    auth: step<Of<'auth'>>(
      {
        kind: kind('auth'),
        mechanism: fc.constantFrom(...mechanisms),
        answer: fc.constantFrom('right', 'wrong', 'right', 'cancelled', 'open'),
        user: name,
      },
      { initial: yes, named: yes },
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
      bytes: fc.constantFrom('NOOP\n', 'X', '\0', '\xff', 'RSET\r', '\r', '\n'),
    }),
    pause: fc.record({ kind: kind('pause'), ms: fc.constantFrom(20, 250) }),
    close: fc.record({ kind: kind('close'), how: fc.constantFrom('close_notify', 'fin') }),
  };
}

/**
 * The same for what is said before STARTTLS: an earlier one of its kind is to be refused, for its parameter, and a login may
 * be broken off between the name and the password.
 */
export function plaintextSteps(words: Words): ReturnType<typeof stepArbitraries> {
  const argument = fc.constantFrom(...words.names);
  const steps = stepArbitraries(words);
  const left = fc.record<Of<'auth'>>({
    kind: kind('auth'),
    mechanism: fc.constant('LOGIN'),
    answer: fc.constant('cancelled'),
    user: argument,
    named: yes,
  });
  const isAsked = (words.mechanisms ?? SAYING_PASSWORD).includes('LOGIN');
  return {
    ...steps,
    auth: isAsked
      ? fc.oneof({ arbitrary: steps.auth, weight: 9 }, { arbitrary: left, weight: 1 })
      : steps.auth,
    starttls: step<Of<'starttls'>>({ kind: kind('starttls'), argument } as never),
  };
}

/**
 * Unknown and malformed command lines, parameters that nobody knows, and commands of extensions that no step says; no CRLF
 * in them.
 */
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
  'MAIL FROM:<a@b> XAFRESH=1',
  'RCPT TO:<a@b> XAFRESH',
  'ETRN lab.example',
  'ATRN',
  'SOML FROM:<a@b>',
  'BURL imap://lab.example LAST',
];
