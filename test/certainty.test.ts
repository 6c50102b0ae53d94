/** How a rate is told, and how often is looked for what was seen at it. */

import { expect, test } from 'vitest';
import { looksFor, rateOf, roundsFor, spelledRate } from '../src/certainty.ts';

test('a rate is what was spelled, and nothing else is one', () => {
  expect(rateOf(spelledRate({ hits: 3, of: 20 }))).toEqual({ hits: 3, of: 20 });
  for (const other of ['seen twice', '', '3', '3/20 or so', '-1/3']) expect(rateOf(other)).toBeUndefined();
});

test('what shows always is looked for three times, and what shows at an unknown rate often', () => {
  expect(looksFor('5/5')).toBe(3);
  expect(looksFor('9/3')).toBe(3);
  expect(looksFor('seen twice')).toBe(60);
  expect(looksFor('0/20')).toBe(60);
});

test('a race is looked for so often that it is hardly missed by chance, however seldom it was seen', () => {
  expect(looksFor('1/3')).toBe(12);
  expect((1 - 3 / 20) ** looksFor('3/20')).toBeLessThan(0.01);
  for (const rare of ['1/999999999999999999999999', '1/1000']) expect(looksFor(rare)).toBe(200);
});

test('a script that stands alone needs one round for what shows always, however often that was tried', () => {
  expect([roundsFor('5/5'), roundsFor('10/10')]).toEqual([1, 1]);
  expect(roundsFor('1/3')).toBe(looksFor('1/3'));
  expect(roundsFor('seen twice')).toBe(looksFor('seen twice'));
});
