import { expect, test } from 'vitest';
import { newDoubts } from '../../src/client/doubts.ts';
import { CLEAN, type Script } from '../../src/client/script.ts';

const script = (): Script => ({ errand: {}, before: [], upgrade: CLEAN, after: [] });

test('a script is in doubt once, whatever casts it', () => {
  const doubts = newDoubts();
  const one = script();
  for (const claims of [['a'], ['b'], []]) doubts.add(one, claims);
  expect(doubts.count).toBe(1);
});

test('a claim is open where more than a tenth of its scripts are in doubt, unless they are one or two', () => {
  const doubts = newDoubts();
  const outweigh = () => [doubts.outweigh('a', 10), doubts.outweigh('a', 30), doubts.outweigh('b', 10)];
  doubts.add(script(), ['a']);
  doubts.add(script(), ['a']);
  expect(outweigh()).toEqual([false, false, false]);
  doubts.add(script(), ['a']);
  expect(outweigh()).toEqual([true, false, false]);
});
