/** Learning machines from their answers alone. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newLearner } from '../../src/learn/learner.ts';
import { type Mealy, outputsOf, reached, separating, type Word } from '../../src/learn/mealy.ts';
import { suite } from '../../src/learn/suite.ts';
import { difference, INPUTS, machines, teacherOf } from './machines.ts';

const never = (): boolean => false;

/** Learned with counterexamples from whoever knows the machine. */
async function learned(machine: Mealy, padding: Word = []): Promise<{ result: Mealy; asked: number }> {
  const teacher = teacherOf(machine);
  const learner = newLearner(INPUTS, teacher);
  for (;;) {
    const result = await learner.hypothesis();
    const word = difference(result, machine);
    if (word === undefined) return { result, asked: teacher.asked };
    await learner.refuted(result, [[...word, ...padding]]);
    await learner.refine(result, word);
  }
}

test('any machine is learned, with no state too many, each at the end of its access sequence', async () => {
  await fc.assert(
    fc.asyncProperty(machines(12), async machine => {
      const { result } = await learned(machine);
      expect(difference(result, machine)).toBeUndefined();
      for (const [index, { access }] of result.states.entries()) {
        expect(reached(result, access)).toBe(index);
        for (let other = 0; other < index; other++) expect(separating(result, index, other)).toBeDefined();
      }
    }),
    { numRuns: 150 },
  );
});

test('counterexamples that are much too long are halved', async () => {
  await fc.assert(
    fc.asyncProperty(
      machines(8),
      fc.array(fc.constantFrom(...INPUTS), { maxLength: 40 }),
      async (machine, detour) => {
        const teacher = teacherOf(machine);
        const learner = newLearner(INPUTS, teacher);
        const result = await learner.hypothesis();
        const refuted = await learner.refuted(result, [detour]);
        if (refuted === undefined) return;
        const [before, known] = [teacher.asked, learner.known];
        await learner.refine(result, refuted);
        // Halving a word of n inputs takes no more questions than n has binary digits.
        expect(teacher.asked - before).toBeLessThanOrEqual(Math.ceil(Math.log2(detour.length + 1)));
        await learner.hypothesis();
        expect(learner.known).toBeGreaterThan(known - 1);
      },
    ),
    { numRuns: 100 },
  );
});

test('a suite finds any machine that differs, and has at most so many states more', async () => {
  await fc.assert(
    fc.asyncProperty(machines(4), machines(5), async (machine, other) => {
      const { result } = await learned(machine);
      const reachedStates = (await learned(other)).result.states.length;
      const extra = Math.max(0, reachedStates - result.states.length);
      const words = Array.from({ length: extra + 1 }, (_, more) => [...suite(result, more, never)]).flat();
      const isToldApart = words.some(
        word => outputsOf(result, word).join() !== outputsOf(other, word).join(),
      );
      expect(isToldApart).toBe(difference(result, other) !== undefined);
    }),
    { numRuns: 100 },
  );
});

test('what is put out by chance is a contradiction, with the word that it came to', async () => {
  let times = 0;
  const learner = newLearner(['a', 'b'], {
    answer: async word => word.map(input => (input === 'b' ? `${times++}` : '0')),
  });
  const machine = await learner.hypothesis();
  await expect(
    learner.refuted(machine, [
      ['a', 'a'],
      ['b', 'a'],
    ]),
  ).rejects.toThrow(expect.objectContaining({ why: { kind: 'contradiction', word: ['b'] } }));
});

test('a slip is asked again, and is no contradiction where it does not come again', async () => {
  let slips = 1;
  const learner = newLearner(['a', 'b'], {
    answer: async word => word.map(() => (word.length === 2 && slips-- > 0 ? '1' : '0')),
  });
  const machine = await learner.hypothesis();
  expect(await learner.refuted(machine, [['a', 'a']])).toBeUndefined();
  expect(slips).toBeLessThan(0);
});

test('of what lies behind an end nothing is in a suite', () => {
  fc.assert(
    fc.property(machines(5), fc.integer({ min: 0, max: 1 }), (machine, extra) => {
      const isOver = (output: string): boolean => output === '1';
      // All its states are at the end of the empty word here, so that what is tried begins the word.
      for (const word of suite(machine, extra, isOver))
        expect(outputsOf(machine, word.slice(0, extra)).some(isOver)).toBe(false);
    }),
  );
});

test('what was answered when time is up is known', async () => {
  const [machine] = fc.sample(machines(6), { seed: 2, numRuns: 1 }) as [Mealy];
  const asked: string[] = [];
  const learner = newLearner(INPUTS, {
    answer: async word => {
      asked.push(word.join());
      if (asked.length === 2) throw new Error('time is up');
      return outputsOf(machine, word);
    },
  });
  await expect(learner.hypothesis()).rejects.toThrow('time is up');
  const [first, second, third] = asked;
  await learner.hypothesis();
  expect(asked.filter(word => word === first || word === third)).toHaveLength(2);
  expect(asked.filter(word => word === second)).toHaveLength(2);
});

test('nothing is asked twice', async () => {
  const asked = new Set<string>();
  const [machine] = fc.sample(machines(6), { seed: 1, numRuns: 1 }) as [Mealy];
  const learner = newLearner(INPUTS, {
    answer: async word => {
      expect(asked.has(word.join())).toBe(false);
      asked.add(word.join());
      return outputsOf(machine, word);
    },
  });
  const result = await learner.hypothesis();
  await learner.refuted(result, [...suite(result, 1, never)]);
  await learner.refuted(result, [...suite(result, 1, never)]);
  expect(asked.size).toBeGreaterThan(0);
});
