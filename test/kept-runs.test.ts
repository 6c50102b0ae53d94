/** Which fresh runs are kept, and for how long. */

import { expect, test } from 'vitest';
import { newKeptRuns } from '../src/kept-runs.ts';

const one = (run: number): Promise<number> => Promise.resolve(run);
const isEven = (run: number): boolean => run % 2 === 0;

test('a run is kept from the moment it is begun, for whoever asks meanwhile', async () => {
  const runs = newKeptRuns(isEven);
  const begun = one(2);
  const kept = runs.keep('a', begun);
  expect(runs.get('a')).toBe(begun);
  expect(await kept).toBe(2);
  expect(runs.get('a')).toBe(begun);
});

test('a run that is no measure, or fails, is kept by nobody', async () => {
  const runs = newKeptRuns(isEven);
  expect(await runs.keep('odd', one(3))).toBe(3);
  await expect(runs.keep('failed', Promise.reject(new Error('gone')))).rejects.toThrow('gone');
  expect(runs.all()).toEqual([]);
});

test('a run that failed takes none away that was kept in its place', async () => {
  const runs = newKeptRuns(isEven);
  const failing = runs.keep('a', one(1));
  const good = one(2);
  await runs.keep('a', good);
  await failing;
  expect(runs.get('a')).toBe(good);
});

test('the oldest go first, and what is renewed is young again', async () => {
  const runs = newKeptRuns(isEven, 2);
  for (const key of ['a', 'b']) await runs.keep(key, one(2));
  await runs.keep('a', one(4));
  await runs.keep('c', one(6));
  expect(runs.get('b')).toBeUndefined();
  expect(await Promise.all(runs.all())).toEqual([4, 6]);
});
