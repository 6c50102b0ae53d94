import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { omit, type Pass, reduce, without, withoutPairs } from '../src/reduce.ts';

const never = { jobs: 4, expired: () => false };
const needing =
  (...needed: readonly number[]) =>
  async (items: readonly number[]): Promise<boolean> =>
    needed.every(one => items.includes(one));

describe('what is reduced', () => {
  const numbers = fc.uniqueArray(fc.nat(50), { maxLength: 20 });

  test('is what the effect needs, in its order, however many are tried at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        numbers,
        fc.infiniteStream(fc.boolean()),
        fc.integer({ min: 1, max: 9 }),
        async (items, isNeeded, jobs) => {
          const needed = items.filter(() => isNeeded.next().value);
          const reduced = await reduce<readonly number[]>(items, [without], needing(...needed), {
            ...never,
            jobs,
          });
          expect(reduced).toEqual({ value: needed, minimal: true });
        },
      ),
    );
  });

  test('is the first candidate that shows the effect, whichever answers first', async () => {
    const slowFirst = async (value: number): Promise<boolean> => {
      await new Promise(resolve => setTimeout(resolve, value === 1 ? 5 : 0));
      return value > 0;
    };
    const candidates: Pass<number> = value => (value === 0 ? [1, 2] : []);
    expect((await reduce(0, [candidates], slowFirst, never)).value).toBe(1);
  });

  test('goes through the earlier passes again when a later one has made it smaller', async () => {
    const odd: Pass<number> = value => (value % 2 === 1 ? [value - 1] : []);
    const half: Pass<number> = value => (value % 2 === 0 && value > 1 ? [value / 2] : []);
    expect(await reduce(11, [odd, half], async () => true, never)).toEqual({ value: 0, minimal: true });
  });

  test('is not minimal where time was up, and is what was reached by then', async () => {
    let left = 3;
    const countdown: Pass<number> = value => (value > 0 ? [value - 1] : []);
    const expired = (): boolean => left <= 0;
    const shows = async (): Promise<boolean> => {
      left--;
      return true;
    };
    expect(await reduce(9, [countdown], shows, { jobs: 1, expired })).toEqual({ value: 6, minimal: false });
  });

  test('tries the candidates of the next pass beside those of a pass that has few, and prefers the first', async () => {
    const batches: number[][] = [];
    let batch: number[] | undefined;
    const shows = async (value: number): Promise<boolean> => {
      if (batch === undefined) {
        batch = [];
        batches.push(batch);
      }
      batch.push(value);
      await Promise.resolve();
      batch = undefined;
      return value >= 3;
    };
    const from =
      (...candidates: readonly number[]): Pass<number> =>
      value =>
        value === 0 ? candidates : [];
    const passes = [from(1), from(2, 3), from(4, 5)];
    expect((await reduce(0, passes, shows, { ...never, jobs: 4 })).value).toBe(3);
    expect(batches).toEqual([[1, 2, 3, 4]]);
  });

  test('goes on with the pass that made it smaller, before it tries the next', async () => {
    const tried: string[] = [];
    const shows = async (value: string): Promise<boolean> => {
      tried.push(value);
      return !value.includes('!');
    };
    const shorter: Pass<string> = value => (value.length > 1 ? [value.slice(1)] : []);
    const other: Pass<string> = value => [`${value}!`];
    await reduce('abc', [shorter, other], shows, { ...never, jobs: 1 });
    expect(tried).toEqual(['bc', 'c', 'c!', 'c!']);
  });

  test('tries so many at once, and none behind the batch that has one', async () => {
    let atOnce = 0;
    let most = 0;
    const tried: number[] = [];
    const shows = async (value: number): Promise<boolean> => {
      tried.push(value);
      most = Math.max(most, ++atOnce);
      await Promise.resolve();
      atOnce--;
      return value === 3;
    };
    const all: Pass<number> = value => (value === 0 ? [1, 2, 3, 4, 5, 6] : []);
    await reduce(0, [all], shows, { ...never, jobs: 2 });
    expect([most, tried]).toEqual([2, [1, 2, 3, 4]]);
  });
});

test('chunks are left out from all of it down to single items, and nothing else is done to it', () => {
  expect(without([1, 2, 3])).toEqual([[], [2, 3], [1, 3], [1, 2]]);
  expect(without([1, 2, 3, 4]).slice(0, 3)).toEqual([[], [3, 4], [1, 2]]);
  expect(without([])).toEqual([]);
});

test('any two items are left out together, each pair once', () => {
  expect(withoutPairs([1, 2, 3])).toEqual([[3], [2], [1]]);
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(), { maxLength: 12 }), items => {
      const pairs = withoutPairs(items);
      expect(pairs).toHaveLength((items.length * (items.length - 1)) / 2);
      expect(new Set(pairs.map(String)).size).toBe(pairs.length);
      for (const pair of pairs) expect(pair).toHaveLength(items.length - 2);
    }),
  );
});

test('a value without one of its words is another one', () => {
  const value = { kind: 'mail', size: 1 };
  expect(omit(value, 'size')).toEqual({ kind: 'mail' });
  expect(value).toEqual({ kind: 'mail', size: 1 });
});
