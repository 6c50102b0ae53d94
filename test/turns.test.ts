/** Work side by side, and work that wants to be alone. */

import { expect, test } from 'vitest';
import { newTurns } from '../src/turns.ts';

/** Work that ends when it is told to, and writes down when it began. */
function work(name: string, begun: string[]) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const begin = (): Promise<string> => {
    begun.push(name);
    return promise;
  };
  return { begin, end: () => resolve(name), fail: () => reject(new Error(name)) };
}

/** Lets everything go on that need not wait. */
const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

test('those who are among others are not waited for', async () => {
  const begun: string[] = [];
  const { among } = newTurns();
  const [one, other] = [work('one', begun), work('other', begun)];
  const ended = [among(one.begin), among(other.begin)];
  await settled();
  expect(begun).toEqual(['one', 'other']);
  other.end();
  one.end();
  expect(await Promise.all(ended)).toEqual(['one', 'other']);
});

test('who is alone begins when all before it have ended, and nobody begins meanwhile', async () => {
  const begun: string[] = [];
  const { among, alone } = newTurns();
  const [first, second] = [work('first', begun), work('second', begun)];
  const [single, later] = [work('single', begun), work('later', begun)];
  const ended = [among(first.begin), among(second.begin), alone(single.begin), among(later.begin)];
  await settled();
  first.end();
  await settled();
  expect(begun).toEqual(['first', 'second']);
  second.end();
  await settled();
  expect(begun).toEqual(['first', 'second', 'single']);
  single.end();
  await settled();
  expect(begun).toEqual(['first', 'second', 'single', 'later']);
  later.end();
  expect(await Promise.all(ended)).toEqual(['first', 'second', 'single', 'later']);
});

test('of several who are alone one comes behind the other', async () => {
  const begun: string[] = [];
  const { alone } = newTurns();
  const [one, other] = [work('one', begun), work('other', begun)];
  const ended = [alone(one.begin), alone(other.begin)];
  await settled();
  expect(begun).toEqual(['one']);
  one.end();
  await settled();
  expect(begun).toEqual(['one', 'other']);
  other.end();
  await Promise.all(ended);
});

test('work that fails gives its place to the next, and fails for whoever asked for it', async () => {
  const begun: string[] = [];
  const { among, alone } = newTurns();
  const [one, single, last] = [work('one', begun), work('single', begun), work('last', begun)];
  const failing = [among(one.begin), alone(single.begin)];
  const ended = among(last.begin);
  one.fail();
  single.fail();
  last.end();
  expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await ended).toBe('last');
});
