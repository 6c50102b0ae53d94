/** Which connections are handed out, and how many wait. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ahead } from '../../src/drivers/ahead.ts';
import type { Connection, Driver } from '../../src/drivers/driver.ts';

/** A driver whose connections do nothing but end; numbered in the order in which they were opened. */
function numbered(refused: ReadonlySet<number> = new Set()): {
  readonly driver: Driver;
  readonly over: Set<number>;
  readonly ended: Set<number>;
  readonly opened: () => number;
} {
  let opened = 0;
  const over = new Set<number>();
  const ended = new Set<number>();
  const driver: Driver = {
    name: 'numbered',
    now: () => 0,
    connect: () => {
      const number = ++opened;
      if (refused.has(number)) return { kind: 'refused', reason: 'no' };
      const connection = {
        number,
        isOver: () => over.has(number),
        end: () => ended.add(number),
      };
      return { kind: 'open', connection: connection as unknown as Connection };
    },
  };
  return { driver, over, ended, opened: () => opened };
}

async function numberOf(opening: ReturnType<Driver['connect']>): Promise<number | undefined> {
  const opened = await opening;
  return opened.kind === 'open'
    ? (opened.connection as unknown as { readonly number: number }).number
    : undefined;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('the connection that waits longest is handed out, each of them once', async () => {
  const { driver } = numbered();
  const early = ahead(driver, 2, 100);
  const taken = [];
  for (let i = 0; i < 6; i++) taken.push(await numberOf(early.connect(1)));
  // The first is one that nobody had to wait for: 1 and 2 were begun for it, and it had to have its own.
  expect(taken).toEqual([3, 1, 2, 4, 5, 6]);
  early.close();
});

test('no more wait than were asked for', async () => {
  const { driver, opened } = numbered();
  const early = ahead(driver, 3, 100);
  for (let i = 0; i < 10; i++) await early.connect(1);
  expect(opened()).toBe(13);
  early.close();
});

test('one that the server ended, or refused, is passed over', async () => {
  const { driver, over } = numbered(new Set([2]));
  const early = ahead(driver, 3, 100);
  await early.connect(1);
  over.add(1);
  // 3 was for the first; of 1 and 2, which waited, neither is any good.
  expect(await numberOf(early.connect(1))).toBeGreaterThan(3);
  early.close();
});

test('a server that ends those that wait is asked for fewer, and for more again once it bears them', async () => {
  const { driver, over, opened } = numbered();
  const early = ahead(driver, 4, 100);
  /** Connections begun for so many that were asked for. */
  const begun = async (asked: number, spoil: boolean): Promise<number> => {
    const before = opened();
    for (let i = 0; i < asked; i++) {
      await early.connect(1);
      if (spoil) for (let number = 1; number <= opened(); number++) over.add(number);
    }
    return opened() - before;
  };
  await begun(8, true);
  // Nothing is opened ahead any more but what is tried now and then.
  expect(await begun(8, true)).toBeLessThanOrEqual(10);
  await begun(64, false);
  await vi.advanceTimersByTimeAsync(2_100);
  expect(await begun(4, false)).toBe(8);
  early.close();
});

test('one that nobody takes is given up after a while', async () => {
  const { driver, ended } = numbered();
  const early = ahead(driver, 2, 100);
  await early.connect(1);
  // As long as the greeting takes, nobody has waited in vain.
  await vi.advanceTimersByTimeAsync(2_000);
  expect([...ended]).toEqual([]);
  await vi.advanceTimersByTimeAsync(100);
  expect([...ended]).toEqual([1, 2]);
  expect(await numberOf(early.connect(1))).toBeGreaterThan(3);
  early.close();
});

test.each([
  ['make room for others, and more are opened with the next one', 'rest', 3],
  ['end when it is closed, and no more are opened ahead', 'close', 1],
] as const)('those that wait %s', async (_, leave, then) => {
  const { driver, ended, opened } = numbered();
  const early = ahead(driver, 2, 100);
  await early.connect(1);
  void early[leave]();
  await vi.advanceTimersByTimeAsync(0);
  expect([...ended]).toEqual([1, 2]);
  const before = opened();
  await early.connect(1);
  expect(opened()).toBe(before + then);
  early.close();
});

test('once slowed down, half as many wait, and those beyond are ended', async () => {
  const { driver, opened, ended } = numbered();
  const early = ahead(driver, 4, 100);
  for (let i = 0; i < 8; i++) await early.connect(1);
  expect(opened()).toBe(12);
  early.slowDown?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(ended.size).toBe(2);
  for (let i = 0; i < 64; i++) await early.connect(1);
  expect(opened()).toBe(12 + 64);
  early.close();
});

test('slowed down again and again, none waits at all', async () => {
  const { driver, ended } = numbered();
  const early = ahead(driver, 3, 100);
  for (let i = 0; i < 8; i++) await early.connect(1);
  // Of three one is left, and of one none.
  early.slowDown?.();
  early.slowDown?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(ended.size).toBe(3);
  for (let i = 0; i < 64; i++) await early.connect(1);
  await early.rest();
  expect(ended.size).toBe(3);
});

test('one that is passed over is ended by us, too', async () => {
  const { driver, over, ended } = numbered();
  const early = ahead(driver, 2, 100);
  await early.connect(1);
  over.add(1);
  await early.connect(1);
  expect([...ended]).toEqual([1]);
  early.close();
});

test('however many were no good, one is opened ahead again when sixteen more were asked for', async () => {
  const { driver, over, opened } = numbered();
  const early = ahead(driver, 4, 100);
  const ask = async (): Promise<void> => void (await early.connect(1));
  await ask();
  await ask();
  for (let number = 1; number <= 100; number++) over.add(number);
  for (let i = 0; i < 3; i++) await ask();
  const before = opened();
  for (let i = 0; i < 16; i++) await ask();
  expect(opened() - before).toBeGreaterThan(16);
  early.close();
});
