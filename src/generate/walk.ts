/**
 * Steps in plaintext: a walk through the machine that goes deep, and leaves the path on purpose.
 *
 * A fast-check arbitrary of its own. It generates by following the table of `smtp/machine.ts`, and shrinks as a plain
 * array of plain records does, so that hand-written examples and corpus files shrink just as well.
 */

import fc from 'fast-check';
import { isInOrder, phaseAfter, phaseBehind } from '../phase.ts';
import type { Step, StepKind } from '../scenario.ts';
import type { Phase } from '../smtp/machine.ts';
import { Drawn } from './drawn.ts';
import { plaintextSteps } from './steps.ts';
import type { Words } from './words.ts';

/** How much a command is wanted where it is in order; what is not named has the weight 1. */
const PROGRESS: Readonly<Record<Phase, Partial<Record<StepKind, number>>>> = {
  start: { ehlo: 12, helo: 4 },
  greeted: { mail: 9, auth: 4, ehlo: 1, rset: 2 },
  mail: { rcpt: 12, rset: 2 },
  rcpt: { data: 8, bdat: 4, rcpt: 3, rset: 2 },
  bdat: { bdat: 8, rset: 2 },
  auth: { line: 4, auth: 2 },
};

export interface WalkOptions extends Words {
  /** The step kinds that may be used at all: swarm testing switches some off. */
  readonly kinds: readonly StepKind[];
  readonly maxLength: number;
  /** Out of a hundred steps, how many are chosen without regard to the machine. */
  readonly astray: number;
}

export function walk(options: WalkOptions): fc.Arbitrary<readonly Step[]> {
  return new Walk(options);
}

/** Out of a hundred steps, how often the last ones are said once more: some faults count. */
const REPEATED = 7;
const LONGEST_REPEATED = 4;

class Walk extends Drawn<readonly Step[]> {
  readonly #options: WalkOptions;
  readonly #steps: ReturnType<typeof plaintextSteps>;
  protected override readonly plain: fc.Arbitrary<Step[]>;

  constructor(options: WalkOptions) {
    super();
    this.#options = options;
    this.#steps = plaintextSteps(options);
    this.plain = fc.array(fc.oneof(...options.kinds.map(kind => this.#steps[kind])), {
      maxLength: options.maxLength,
    });
  }

  protected override draw(random: fc.Random, bias: number | undefined): readonly Step[] {
    const { kinds, maxLength, astray } = this.#options;
    const steps: Step[] = [];
    let phase: Phase = 'start';
    // Short walks are cheap and many faults are shallow; a long one now and then goes deep.
    const length = Math.min(maxLength, random.nextInt(0, random.nextInt(0, 3) === 0 ? maxLength : 6));
    while (steps.length < length) {
      if (steps.length > 0 && random.nextInt(0, 99) < REPEATED) {
        const again = steps.slice(-random.nextInt(1, LONGEST_REPEATED));
        steps.push(...again);
        phase = phaseAfter(again, phase);
        continue;
      }
      const kind =
        random.nextInt(0, 99) < astray ? pick(kinds, () => 1, random) : this.#onPath(phase, random);
      const step = this.#steps[kind].generate(random, bias).value;
      steps.push(step);
      phase = phaseBehind(phase, step);
    }
    return steps.slice(0, maxLength);
  }

  #onPath(phase: Phase, random: fc.Random): StepKind {
    const wanted = PROGRESS[phase];
    const weight = (kind: StepKind): number => (isInOrder(phase, kind) ? (wanted[kind] ?? 1) : 0);
    return pick(this.#options.kinds, weight, random);
  }
}

function pick<T>(choices: readonly T[], weight: (choice: T) => number, random: fc.Random): T {
  const total = choices.reduce((sum, choice) => sum + weight(choice), 0);
  let left = random.nextInt(0, Math.max(0, total - 1));
  for (const choice of choices) {
    left -= weight(choice);
    if (left < 0 && (total === 0 || weight(choice) > 0)) return choice;
  }
  return choices[0] as T;
}
