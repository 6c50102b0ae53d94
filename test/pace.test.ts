/** Connections a second, of runs side by side of which some take their time. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newPace, type Pace } from '../src/pace.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const SECOND = 1_000;

/** Runs one after the other, of so many seconds each. */
async function played(
  ...runs: readonly { readonly seconds: number; readonly isWaiting: boolean; readonly connections?: number }[]
): Promise<Pace> {
  const pace = newPace();
  for (const { seconds, isWaiting, connections = 1 } of runs)
    await pace.timed(
      async () => {
        vi.advanceTimersByTime(seconds * SECOND);
      },
      () => ({ connections, isWaiting }),
    );
  return pace;
}

test('what waits on purpose takes no part: neither its connections nor its share of the time', async () => {
  const pace = await played(
    { seconds: 1, isWaiting: false, connections: 4 },
    { seconds: 9, isWaiting: true },
  );
  expect(pace.perSecond(10)).toBeCloseTo(4);
  // With two at once the same takes half of the time.
  expect(pace.perSecond(5)).toBeCloseTo(8);
});

test('without any wait all connections count, over all of the time', async () => {
  const pace = await played(
    { seconds: 1, isWaiting: false },
    { seconds: 2, isWaiting: false, connections: 2 },
  );
  expect(pace.perSecond(6)).toBeCloseTo(0.5);
});

test('where each one waits, they are the measure', async () => {
  const pace = await played({ seconds: 2, isWaiting: true });
  expect(pace.perSecond(2)).toBeCloseTo(0.5);
});

test('nothing played is no connection a second', () => {
  expect(newPace().perSecond(1)).toBe(0);
});

test('the outcome is handed on', async () => {
  const counted = vi.fn(() => ({ connections: 1, isWaiting: false }));
  expect(await newPace().timed(async () => 'transcript', counted)).toBe('transcript');
  expect(counted).toHaveBeenCalledWith('transcript');
});
