/**
 * Steps in plaintext that lead to a chosen state on the shortest way, with a run of harmless commands before or behind.
 *
 * A walk meets deep states by chance only. Here the state comes first: a phase of the machine, with or without a login,
 * something said of a proxy, messages sent already. The way to a phase is its access sequence, read off the table of
 * `smtp/machine.ts`. The harmless run is what servers should not care about, in some order and number.
 */

import fc from 'fast-check';
import { isInOrder, phaseBehind } from '../phase.ts';
import type { Step, StepKind } from '../scenario.ts';
import { PHASES, type Phase } from '../smtp/machine.ts';
import { settled } from './after.ts';
import { Drawn } from './drawn.ts';
import { plaintextSteps } from './steps.ts';
import type { Words } from './words.ts';

export interface ApproachOptions extends Words {
  /** Step kinds that may be used at all. */
  readonly kinds: readonly StepKind[];
}

/** What leaves a session as it is, whatever the phase. */
const HARMLESS: readonly StepKind[] = ['noop', 'vrfy', 'expn', 'help', 'line'];
/** What is harmless only where there is nothing to lose. */
const HARMLESS_AT_FIRST: readonly StepKind[] = [...HARMLESS, 'rset', 'helo', 'ehlo', 'mail', 'rcpt'];

/** What is refused behind a greeting: for what it says, or for want of a transaction. */
const REFUSED: readonly StepKind[] = ['auth', 'mail', 'rcpt', 'data'];
const MOST_TRIES = 4;

const MOST_KINDS = 3;
const MOST_TIMES = 3;
/** Out of a hundred approaches, how many give up a transaction on the way, and how much is said in it at most. */
const GIVEN_UP = 15;
const MOST_WITHIN = 2;
/** Out of a hundred runs, how many are a medley: long enough that many orders of three commands are in it. */
const MEDLEY = 30;
const MEDLEY_LENGTH = { min: 5, max: 9 } as const;

export function approach(options: ApproachOptions): fc.Arbitrary<readonly Step[]> {
  return new Approach(options);
}

class Approach extends Drawn<readonly Step[]> {
  readonly #kinds: ReadonlySet<StepKind>;
  readonly #phases: readonly Phase[];
  readonly #steps: ReturnType<typeof plaintextSteps>;
  protected override readonly plain: fc.Arbitrary<Step[]>;

  constructor({ kinds, ...words }: ApproachOptions) {
    super();
    this.#kinds = new Set(kinds);
    this.#steps = plaintextSteps(words);
    this.plain = fc.array(fc.oneof(...kinds.map(kind => this.#steps[kind])));
    const isReached = (phase: Phase): boolean =>
      accessSequence(phase, 'ehlo').every(kind => this.#kinds.has(kind));
    this.#phases = PHASES.filter(phase => phase !== 'start' && isReached(phase));
  }

  protected override draw(random: fc.Random, bias: number | undefined): readonly Step[] {
    const make = (kind: StepKind): Step => this.#steps[kind].generate(random, bias).value;
    const chance = (percent: number): boolean => random.nextInt(0, 99) < percent;
    const phase = this.#phases[random.nextInt(0, this.#phases.length - 1)] ?? 'greeted';
    const way = accessSequence(phase, chance(20) ? 'helo' : 'ehlo').map(make);
    const greeted = way.slice(1).map(step => (step.kind === 'auth' ? leftOpen(step) : step));
    const extras: Step[] = [];
    for (let messages = chance(20) ? random.nextInt(1, 2) : 0; messages > 0; messages--)
      extras.push(make('mail'), make('rcpt'), make('data'));
    if (chance(15)) extras.push(...this.#tries(make, random));
    if (chance(GIVEN_UP)) extras.push(...this.#givenUp(make, random));
    // Who is logged in cannot open another dialogue.
    if (phase !== 'auth' && this.#kinds.has('auth') && chance(35)) extras.push(rightly(make('auth')));
    for (const proxy of ['xforward', 'xclient'] as const)
      if (this.#kinds.has(proxy) && chance(20)) extras.push(make(proxy), make('ehlo'));
    const [first = make('ehlo')] = way;
    const run = (kinds: readonly StepKind[]): readonly Step[] => this.#run(kinds, random, bias);
    const atFirst = chance(35) ? run(HARMLESS_AT_FIRST) : [];
    const within = chance(20) ? run(HARMLESS) : [];
    // In a dialogue the next line is a response, and ends it.
    const atLast = phase !== 'auth' && chance(45) ? run(HARMLESS) : [];
    // A server may be done with something, or tired of waiting, by the time that STARTTLS comes.
    const wait = phase !== 'auth' && chance(3) ? [make('pause')] : [];
    return [...atFirst, first, ...extras, ...within, ...greeted, ...atLast, ...wait];
  }

  /** One that is refused, and is tried again, in the same words. */
  #tries(make: (kind: StepKind) => Step, random: fc.Random): readonly Step[] {
    const kinds = REFUSED.filter(kind => this.#kinds.has(kind));
    const kind = kinds[random.nextInt(0, kinds.length - 1)];
    if (kind === undefined) return [];
    const tried = refused(make(kind));
    return Array.from({ length: random.nextInt(1, MOST_TRIES) }, () => tried);
  }

  /** A transaction in which harmless things are said, and which comes to nothing: what was put by for it may come back. */
  #givenUp(make: (kind: StepKind) => Step, random: fc.Random): readonly Step[] {
    const one = (some: readonly StepKind[]): StepKind => some[random.nextInt(0, some.length - 1)] ?? 'noop';
    const within = Array.from({ length: random.nextInt(0, MOST_WITHIN) }, () => one([...HARMLESS, 'rcpt']));
    const kinds: readonly StepKind[] = ['mail', ...within, one(['rset', 'rset', 'ehlo'])];
    return kinds.filter(kind => this.#kinds.has(kind)).map(make);
  }

  /** One to three harmless commands in a row, the row once or more; or a medley of all of them, or of a few. */
  #run(kinds: readonly StepKind[], random: fc.Random, bias: number | undefined): readonly Step[] {
    const choices = kinds.filter(kind => this.#kinds.has(kind));
    const one = (some: readonly StepKind[]): StepKind => some[random.nextInt(0, some.length - 1)] ?? 'noop';
    const few = Array.from({ length: random.nextInt(1, MOST_KINDS) }, () => one(choices));
    const make = (kind: StepKind): Step => this.#steps[kind].generate(random, bias).value;
    if (random.nextInt(0, 99) < MEDLEY) {
      const some = random.nextInt(0, 1) === 0 ? choices : few;
      const length = random.nextInt(MEDLEY_LENGTH.min, MEDLEY_LENGTH.max);
      return Array.from({ length }, () => make(one(some)));
    }
    const row = few.map(make);
    const times = random.nextInt(0, 2) === 0 ? random.nextInt(2, MOST_TIMES) : 1;
    return Array.from({ length: times }, () => row).flat();
  }
}

/** The shortest sequence of step kinds from `start` to a phase. */
export function accessSequence(phase: Phase, greeting: 'helo' | 'ehlo'): readonly StepKind[] {
  return ACCESS[greeting].get(phase) ?? [];
}

/** By breadth-first search over the table. */
function waysFromStart(greeting: 'helo' | 'ehlo'): ReadonlyMap<Phase, readonly StepKind[]> {
  const kinds: readonly StepKind[] = [greeting, 'mail', 'rcpt', 'data', 'bdat', 'auth'];
  const ways = new Map<Phase, readonly StepKind[]>([['start', []]]);
  for (const [from, way] of ways) {
    for (const kind of kinds) {
      const to = isInOrder(from, kind) ? phaseBehind(from, plainest(kind)) : from;
      if (!ways.has(to)) ways.set(to, [...way, kind]);
    }
  }
  return ways;
}

/** A step of the kind, for the machine alone: an AUTH whose dialogue is left open, a chunk that is not the last. */
function plainest(kind: StepKind): Step {
  const made: Partial<Record<StepKind, Step>> = {
    mail: { kind: 'mail', from: 'a' },
    rcpt: { kind: 'rcpt', to: 'a' },
    data: { kind: 'data', body: 'plain', token: 'a' },
    bdat: { kind: 'bdat', body: 'plain', token: 'a' },
    auth: { kind: 'auth', mechanism: 'LOGIN', answer: 'open', user: 'a' },
    helo: { kind: 'helo', name: 'a' },
  };
  return made[kind] ?? { kind: 'ehlo', name: 'a' };
}

const ACCESS = { helo: waysFromStart('helo'), ehlo: waysFromStart('ehlo') } as const;

/** For what it says, where it would not be for its place: a wrong answer or none, or a size beyond all measure. */
function refused(step: Step): Step {
  if (step.kind === 'mail') return { ...step, size: 2 ** 40 };
  const ended = settled(step);
  return ended.kind === 'auth' && ended.answer === 'right' ? { ...ended, answer: 'wrong' } : ended;
}

const leftOpen = (step: Extract<Step, { kind: 'auth' }>): Step => ({ ...step, answer: 'open' });
const rightly = (step: Step): Step => (step.kind === 'auth' ? { ...step, answer: 'right' } : step);
