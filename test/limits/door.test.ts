/** Whether a new connection still gets what it got at first, on a virtual clock. */

import { expect, test } from 'vitest';
import { Experiment } from '../../src/experiment.ts';
import { newDoor } from '../../src/limits/door.ts';
import { probe } from '../../src/probe.ts';
import { type Behaviour, SOUND } from '../../src/targets/reference/behaviour.ts';
import { ReferenceServer } from '../../src/targets/reference/server.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';

/** A target that turns connections away for so many milliseconds, and its door. */
async function closedFor(milliseconds: number) {
  let until = 0;
  const target = referenceInMemory({}, (options, at) => {
    const greeting: Behaviour['greeting'] = sound =>
      options.now() < until ? { code: 421, lines: ['Too many of you'], close: true } : sound;
    return new ReferenceServer({ ...options, behaviour: { ...SOUND, greeting } }, at);
  });
  const probed = await probe(target);
  const experiment = new Experiment({ ...probed, baseline: 'starttls-first', claims: [], jobs: 1 });
  const door = newDoor(experiment);
  expect(await door.isOpen()).toBe(true);
  const now = (): number => target.driver.now();
  until = now() + milliseconds;
  const began = now();
  return { door, experiment, waited: () => now() - began };
}

test('a target is waited for as long as is said, and no longer', async () => {
  const { door } = await closedFor(45_000);
  expect(await door.isOpen()).toBe(false);
  expect(await door.reopens(60_000)).toBe(true);
  expect(await door.isOpen()).toBe(true);
  const closed = await closedFor(3_600_000);
  expect(await closed.door.isOpen()).toBe(false);
  expect(await closed.door.reopens(60_000)).toBe(false);
  expect(closed.waited()).toBeGreaterThan(40_000);
  expect(closed.waited()).toBeLessThan(61_000);
  expect(closed.door.refusals).toEqual(['a new connection is turned away (421 Too many of you)']);
});

test('a look is no part of what was examined, and is not made to wait for admission', async () => {
  const { door, experiment, waited } = await closedFor(3_600_000);
  expect(await door.isOpen()).toBe(false);
  expect(waited()).toBe(0);
  expect(experiment.counts).toMatchObject({ connections: 0, freshRuns: 0 });
});
