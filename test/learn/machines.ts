/** Machines and teachers for the tests of learning: any complete machine, drawn, and one that answers like it. */

import fc from 'fast-check';
import type { Teacher } from '../../src/learn/learner.ts';
import { type Mealy, outputsOf } from '../../src/learn/mealy.ts';

export const INPUTS = ['a', 'b', 'c'];

/** Any machine over the inputs, not all of whose states need be reached, or different. */
export const machines = (mostStates: number): fc.Arbitrary<Mealy> =>
  fc.integer({ min: 1, max: mostStates }).chain(count =>
    fc
      .array(
        fc.tuple(
          ...INPUTS.map(() => fc.record({ output: fc.constantFrom('0', '1'), to: fc.nat(count - 1) })),
        ),
        { minLength: count, maxLength: count },
      )
      .map(rows => ({
        inputs: INPUTS,
        states: rows.map(moves => ({
          access: [],
          moves: Object.fromEntries(INPUTS.map((input, at) => [input, moves[at] as (typeof moves)[number]])),
        })),
      })),
  );

/** Answers as the machine does; counts what it is asked. */
export function teacherOf(machine: Mealy): Teacher & { asked: number } {
  const teacher = {
    asked: 0,
    answer: async (word: readonly string[]) => {
      teacher.asked++;
      return outputsOf(machine, word);
    },
  };
  return teacher;
}

/** A shortest word that tells the initial states of two machines apart. */
export function difference(one: Mealy, other: Mealy): readonly string[] | undefined {
  const seen = new Set<string>();
  const waiting: { readonly left: number; readonly right: number; readonly word: readonly string[] }[] = [
    { left: 0, right: 0, word: [] },
  ];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { left, right, word } = next;
    if (seen.has(`${left} ${right}`)) continue;
    seen.add(`${left} ${right}`);
    for (const input of one.inputs) {
      const [move, opposite] = [one.states[left]?.moves[input], other.states[right]?.moves[input]];
      if (move === undefined || opposite === undefined || move.output !== opposite.output)
        return [...word, input];
      waiting.push({ left: move.to, right: opposite.to, word: [...word, input] });
    }
  }
  return undefined;
}
