import { expect, test, vi } from 'vitest';
import { newClock } from '../src/clock.ts';

test('what the search waits for investigations is half of the time at most; on a slow target, once something is found', async () => {
  vi.useFakeTimers();
  try {
    const [clock, slow] = [newClock(30_000, performance.now()), newClock(30_000, performance.now(), 700)];
    const work = async (milliseconds: number): Promise<void> => {
      const done = new Promise<void>(resolve => setTimeout(resolve, milliseconds));
      const waiting = Promise.all([clock.wait(done), slow.wait(done)]);
      await vi.advanceTimersByTimeAsync(milliseconds - 1);
      seen.push(clock.investigationOver(true));
      await vi.advanceTimersByTimeAsync(1);
      await waiting;
    };
    const seen: boolean[] = [];
    await work(9_000);
    // Time that is not waited for is not counted.
    await vi.advanceTimersByTimeAsync(5_000);
    expect(clock.investigationOver(true)).toBe(false);
    await work(9_000);
    // The second is known to be too long while it lasts.
    expect(seen).toEqual([false, true]);
    expect(clock.investigationOver(false)).toBe(true);
    expect([slow.investigationOver(false), slow.investigationOver(true)]).toEqual([false, true]);
    expect(clock.over()).toBe(false);
  } finally {
    vi.useRealTimers();
  }
});

test('without a time nothing is ever over', () => {
  const clock = newClock(undefined, 0);
  expect([clock.over(), clock.investigationOver(true), clock.left()]).toEqual([false, false, undefined]);
  expect([clock.refining(), clock.tooLate()]).toEqual([false, false]);
});

test('the last tenth of the time is kept for what was seen last', () => {
  vi.useFakeTimers();
  try {
    const clock = newClock(30_000, performance.now());
    vi.advanceTimersByTime(26_000);
    expect([clock.closing(), clock.over()]).toEqual([false, false]);
    vi.advanceTimersByTime(1_000);
    expect([clock.closing(), clock.over()]).toEqual([true, false]);
    vi.advanceTimersByTime(3_000);
    expect([clock.closing(), clock.over()]).toEqual([true, true]);
  } finally {
    vi.useRealTimers();
  }
});

test('after two thirds of the time what was found comes first, until nothing can be confirmed any more', () => {
  vi.useFakeTimers();
  try {
    const clock = newClock(30_000, performance.now(), 100);
    const seen = [19_000, 2_000, 8_400].map(milliseconds => {
      vi.advanceTimersByTime(milliseconds);
      return [clock.refining(), clock.tooLate()];
    });
    expect(seen).toEqual([
      [false, false],
      [true, false],
      [true, true],
    ]);
  } finally {
    vi.useRealTimers();
  }
});

test('on a slow target what must be done at the end is begun the sooner', () => {
  vi.useFakeTimers();
  try {
    const start = performance.now();
    const [quick, slow] = [newClock(30_000, start, 10), newClock(30_000, start, 1_000)];
    expect([quick.pressed, slow.pressed]).toEqual([false, true]);
    vi.advanceTimersByTime(25_000);
    expect([quick.closing(), quick.investigationOver(false), quick.over()]).toEqual([false, false, false]);
    // Nothing new is begun, and nothing is made smaller: what is left is for confirming.
    expect([slow.closing(), slow.investigationOver(false), slow.over()]).toEqual([true, true, false]);
    // A known-good session will take a second of what is left.
    vi.advanceTimersByTime(4_000);
    expect([quick.over(), slow.over()]).toEqual([false, true]);
  } finally {
    vi.useRealTimers();
  }
});

test('work that never ends is waited for until time is up, and what ends before is not cut off', async () => {
  vi.useFakeTimers();
  try {
    const clock = newClock(30_000, performance.now());
    const done = clock.inTime(Promise.resolve('done'));
    let ended: boolean | undefined;
    const never = clock.inTime(new Promise(() => {})).then(result => {
      ended = clock.over();
      return result;
    });
    await vi.advanceTimersByTimeAsync(29_000);
    expect([await done, ended]).toEqual(['done', undefined]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([await never, ended]).toEqual([undefined, true]);
    await expect(clock.inTime(Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  } finally {
    vi.useRealTimers();
  }
});

test('no time is too long to be waited for', async () => {
  const month = 30 * 24 * 3_600_000;
  const work = new Promise(resolve => setTimeout(resolve, 20, 'done'));
  expect(await newClock(month, performance.now()).inTime(work)).toBe('done');
});
