/**
 * Steps in TLS: an interrogation, built to tell states apart.
 *
 * It asks for the transaction, the greeting, the login, the extension list and the delivered name, in the order that
 * destroys least, leaves questions out at random and puts others in between. Suffixes come from a slowly growing
 * pool, each used behind many a `before`, so that fresh runs can be cached.
 */

import fc from 'fast-check';
import type { HandshakeForm, SoundHandshake, Step, StepKind } from '../scenario.ts';
import { Drawn } from './drawn.ts';
import { stepArbitraries } from './steps.ts';
import { AFTER_NAMES, BEFORE_NAMES, type Words } from './words.ts';

/** A suffix and the TLS parameters it is always used with: together they are the key of a fresh run. */
export interface Suffix {
  readonly after: readonly Step[];
  readonly handshake: SoundHandshake;
}

/** A question is a step kind; `relay` is a recipient that only a login, or nothing, makes acceptable. */
type Question = StepKind | 'relay';

const QUESTIONS: readonly Question[] = [
  'rcpt',
  'bdat',
  'data',
  'mail',
  'auth',
  'rcpt',
  'data',
  'ehlo',
  'auth',
  'rcpt',
  'mail',
  'relay',
  'rcpt',
  'data',
  'mail',
  'noop',
];

/** A session as clients have it: some servers let nothing else come far. */
const WELL_FORMED: readonly Question[] = [
  'ehlo',
  'auth',
  'mail',
  'rcpt',
  'relay',
  'data',
  'mail',
  'rcpt',
  'data',
  'auth',
];

const kindOf = (question: Question): StepKind => (question === 'relay' ? 'rcpt' : question);

const ASIDES: readonly StepKind[] = [
  'helo',
  'ehlo',
  'rset',
  'noop',
  'vrfy',
  'expn',
  'help',
  'line',
  'bytes',
  'starttls',
  'xclient',
  'xforward',
  'mail',
  'bdat',
  'auth',
  'quit',
];

/**
 * Out of a hundred suffixes, how many say values again that `before` may have said, how many are well-formed, and how many
 * wait first: a server may not be done yet with what was said in plaintext.
 */
const REUSE = 25;
const FORMAL = 30;
const WAITING = 1;

/** Out of a hundred questions, how many are malformed: what a server answers then may be what it read last. */
const MALFORMED = 3;
const MALFORMED_AS: Partial<Record<Question, string>> = {
  mail: 'MAIL FROM:',
  rcpt: 'RCPT TO:<>',
  data: 'DATA now',
  bdat: 'BDAT x',
  auth: 'AUTH',
  ehlo: 'EHLO',
};

/** `declined`: what the target completes no handshake with. */
export function suffixArbitrary(
  without: ReadonlySet<StepKind>,
  words: Omit<Words, 'names'> = {},
  declined: ReadonlySet<HandshakeForm> = new Set(),
): fc.Arbitrary<Suffix> {
  return fc.record({
    after: new Interrogation(without, words),
    handshake: handshakeArbitrary.map(drawn => completed(drawn, declined)),
  });
}

function completed(
  { version, sni, certificate }: SoundHandshake,
  declined: ReadonlySet<HandshakeForm>,
): SoundHandshake {
  return {
    kind: 'sound',
    version: declined.has('1.2') ? '1.3' : version,
    ...(sni === undefined || declined.has('sni') ? {} : { sni }),
    ...(certificate === undefined || declined.has('certificate') ? {} : { certificate }),
  };
}

const rarely = fc.constant(true as const);

const handshakeArbitrary: fc.Arbitrary<SoundHandshake> = fc.oneof(
  {
    arbitrary: fc.record({
      kind: fc.constant('sound' as const),
      version: fc.constantFrom('1.3' as const, '1.2' as const),
    }),
    weight: 4,
  },
  {
    arbitrary: fc.record(
      {
        kind: fc.constant('sound' as const),
        version: fc.constantFrom('1.3' as const, '1.2' as const),
        sni: rarely,
        certificate: rarely,
      },
      { requiredKeys: ['kind', 'version'] },
    ),
    weight: 1,
  },
);

class Interrogation extends Drawn<readonly Step[]> {
  readonly #fresh: ReturnType<typeof stepArbitraries>;
  readonly #reusing: ReturnType<typeof stepArbitraries>;
  protected override readonly plain: fc.Arbitrary<Step[]>;
  readonly #isUsable: (question: Question) => boolean;
  readonly #questions: readonly Question[];
  readonly #asides: readonly StepKind[];

  constructor(without: ReadonlySet<StepKind>, words: Omit<Words, 'names'>) {
    super();
    this.#fresh = stepArbitraries({ ...words, names: AFTER_NAMES });
    this.#reusing = stepArbitraries({
      ...words,
      names: [...BEFORE_NAMES, ...AFTER_NAMES.slice(0, 1)],
    });
    this.plain = fc.array(
      fc.oneof(
        ...[...new Set([...QUESTIONS.map(kindOf), ...ASIDES, 'pause' as const])].map(
          kind => this.#reusing[kind],
        ),
      ),
      { maxLength: 24 },
    );
    this.#isUsable = question => !without.has(kindOf(question));
    this.#questions = QUESTIONS.filter(this.#isUsable);
    this.#asides = ASIDES.filter(kind => !without.has(kind));
  }

  protected override draw(random: fc.Random, bias: number | undefined): readonly Step[] {
    const arbitraries = random.nextInt(0, 99) < REUSE ? this.#reusing : this.#fresh;
    const isFormal = random.nextInt(0, 99) < FORMAL;
    const asked = isFormal ? 80 : random.nextInt(25, 85);
    const asides = this.#asides;
    const questions = isFormal ? WELL_FORMED.filter(this.#isUsable) : this.#questions;
    const kinds = questions.flatMap(kind => {
      const aside =
        random.nextInt(0, 99) < (isFormal ? 3 : 10)
          ? [asides[random.nextInt(0, asides.length - 1)] as StepKind]
          : [];
      return random.nextInt(0, 99) < asked ? [...aside, kind] : aside;
    });
    const isWaiting = random.nextInt(0, 99) < WAITING;
    return [...(isWaiting ? (['pause'] as const) : []), ...untilQuit(kinds)].map(question => {
      const malformed = random.nextInt(0, 99) < MALFORMED ? MALFORMED_AS[question] : undefined;
      if (malformed !== undefined) return { kind: 'line', text: malformed };
      const step = settled(arbitraries[kindOf(question)].generate(random, bias).value);
      return question === 'relay' && step.kind === 'rcpt' ? { ...step, foreign: true as const } : step;
    });
  }
}

/**
 * With an end to the AUTH dialogue: one that is left open takes the next question for its response, and what a server
 * finds in a command that it decodes as base64 is chance.
 */
export const settled = (step: Step): Step =>
  step.kind === 'auth' && step.answer === 'open' ? { ...step, answer: 'cancelled' } : step;

function untilQuit(kinds: readonly Question[]): readonly Question[] {
  const quit = kinds.indexOf('quit');
  return quit < 0 ? kinds : kinds.slice(0, quit + 1);
}
