/** Which suspicions are investigated side by side. */

import { expect, test } from 'vitest';
import { nextWave, type Suspected } from '../../src/investigate/wave.ts';

const suspected = (semblance: string, isBehind = false): Suspected =>
  ({ semblance, isBehind }) as unknown as Suspected;
const waveOf = (...all: readonly Suspected[]): readonly string[] =>
  nextWave(all).map(({ semblance }) => semblance);

test('four suspicions are investigated side by side, in their order', () => {
  expect(waveOf(...['a', 'b', 'c', 'd', 'e'].map(one => suspected(one)))).toEqual(['a', 'b', 'c', 'd']);
  expect(waveOf()).toEqual([]);
});

test('where time is short it is one at a time, and still the first that is no consequence', () => {
  const [behind, first, second] = [suspected('x', true), suspected('a'), suspected('b')];
  expect(nextWave([behind, first, second], true)).toEqual([first]);
  expect(nextWave([behind], true)).toEqual([behind]);
});

test('of those that seem to be the same the first is', () => {
  const [first, second] = [suspected('a'), suspected('a')];
  expect(nextWave([first, second, suspected('b')])).toEqual([first, suspected('b')]);
  expect(nextWave([first, second])[0]).toBe(first);
});

test('what may be a consequence comes last, and only if there is room', () => {
  const behind = suspected('x', true);
  expect(waveOf(behind, suspected('a'))).toEqual(['a', 'x']);
  expect(waveOf(behind, ...['a', 'b', 'c', 'd'].map(one => suspected(one)))).toEqual(['a', 'b', 'c', 'd']);
  // The same behind something known, and not behind it, is looked into where it is not.
  expect(nextWave([suspected('a', true), suspected('a')])).toEqual([suspected('a')]);
});
