/** Whether a new connection still gets what it got at first, on a virtual clock. */

import { expect, test } from 'vitest';
import type { Driver } from '../../src/drivers/driver.ts';
import { Experiment } from '../../src/experiment.ts';
import { newDoor } from '../../src/limits/door.ts';
import { probe } from '../../src/probe.ts';
import { BARE } from '../../src/scenario.ts';
import { type Behaviour, SOUND } from '../../src/targets/reference/behaviour.ts';
import { ReferenceServer } from '../../src/targets/reference/server.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';

/** A target that turns connections away for so many milliseconds, with 421 or without a word, and its door. */
async function closedFor(milliseconds: number, silently = false) {
  let until = 0;
  const target = referenceInMemory({}, (options, at) => {
    const greeting: Behaviour['greeting'] = sound =>
      options.now() < until ? { code: 421, lines: ['Too many of you'], close: true } : sound;
    return new ReferenceServer({ ...options, behaviour: { ...SOUND, greeting } }, at);
  });
  const { connect, now } = target.driver;
  const driver: Driver = {
    ...target.driver,
    async connect(wait) {
      const opening = await connect(wait);
      if (opening.kind === 'open' && silently && now() < until)
        opening.connection.receive = () => ({ kind: 'ended', how: 'fin' });
      return opening;
    },
  };
  const probed = await probe({ ...target, driver });
  const experiment = new Experiment({ ...probed, baseline: 'starttls-first', claims: [], jobs: 4 });
  const door = newDoor(experiment);
  expect(await door.isOpen()).toBe(true);
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
  // Whoever only waits there, without a look, is told why.
  const waited = await closedFor(3_600_000);
  expect(await waited.door.reopens(60_000)).toBe(false);
  expect(waited.door.refusals).toEqual(closed.door.refusals);
  expect(closed.door.refusals).toEqual([
    'a new connection is turned away (421 Too many of you): a limit across connections',
  ]);
});

test('connections that are ended without a word are turned away, too', async () => {
  const { door } = await closedFor(45_000, true);
  expect(await door.isOpen()).toBe(false);
  expect(door.refusals).toEqual([
    'a new connection is turned away without a word: a limit across connections',
  ]);
  expect(await door.reopens(60_000)).toBe(true);
});

test('once it was shut, half as many runs are under way at once, whatever they are for', async () => {
  const { door, experiment } = await closedFor(1_000);
  const { driver } = experiment.options.stage;
  const mostAtOnce = async (): Promise<number> => {
    let [open, most] = [0, 0];
    const { connect } = driver;
    Object.assign(driver, {
      connect: async (wait: number) => {
        most = Math.max(most, ++open);
        await new Promise(resolve => setImmediate(resolve));
        open--;
        return connect(wait);
      },
    });
    const scenario = { before: [], upgrade: BARE, after: [] };
    await Promise.all(Array.from({ length: 8 }, () => experiment.fresh(scenario)));
    Object.assign(driver, { connect });
    return most;
  };
  expect(await mostAtOnce()).toBe(4);
  let isSlow = false;
  Object.assign(driver, {
    slowDown: () => {
      isSlow = true;
    },
  });
  await door.reopens(60_000);
  expect(await mostAtOnce()).toBe(2);
  // Whoever opens connections ahead of their use opens fewer.
  expect(isSlow).toBe(true);
});

test('a look is no part of what was examined, and is not made to wait for admission', async () => {
  const { door, experiment, waited } = await closedFor(3_600_000);
  expect(await door.isOpen()).toBe(false);
  expect(waited()).toBe(0);
  expect(experiment.counts).toMatchObject({ connections: 0, freshRuns: 0 });
});

/** The door of a target that answers by one behaviour when it is looked at first, and by the other one from then on. */
async function doorOf(first: Partial<Behaviour>, later: Partial<Behaviour>, connect?: Driver['connect']) {
  let current: Behaviour = SOUND;
  const target = referenceInMemory(
    {},
    (options, at) => new ReferenceServer({ ...options, behaviour: current }, at),
  );
  const driver = { ...target.driver };
  const probed = await probe({ ...target, driver });
  current = { ...SOUND, ...first };
  const experiment = new Experiment({ ...probed, baseline: 'starttls-first', claims: [], jobs: 1 });
  const door = newDoor(experiment);
  // Whatever it is, it is no news.
  expect(await door.isOpen()).toBe(true);
  current = { ...SOUND, ...later };
  Object.assign(driver, connect === undefined ? {} : { connect });
  return door;
}

/** A greeting that is a refusal so many times, and none from then on. */
function busy(times: number): Partial<Behaviour> {
  let left = times;
  return {
    greeting: sound => (left-- > 0 ? { code: 421, lines: [`Busy for ${left} more`], close: true } : sound),
  };
}

const answers = (event: string, code: number, close = false): Partial<Behaviour> => ({
  answer: (sound, of) => (of === event ? { code, lines: ['Not now'], close } : sound),
});

test('a server may be busy twice in a row, and no more', async () => {
  const twice = await doorOf({}, busy(2));
  expect(await twice.isOpen()).toBe(true);
  const thrice = await doorOf({}, busy(3));
  expect(await thrice.isOpen()).toBe(false);
  // Of the looks the last one counts, and is told.
  expect(thrice.refusals).toEqual([
    'a new connection is turned away (421 Busy for 0 more): a limit across connections',
  ]);
});

test('a refusal is told once, however often it is met', async () => {
  const door = await doorOf({}, answers('rcpt', 452));
  expect([await door.isOpen(), await door.isOpen()]).toEqual([false, false]);
  expect(door.refusals).toEqual([
    'RCPT is refused on a new connection (452 Not now): a limit across connections',
  ]);
});

test.each<[string, Partial<Behaviour>]>([
  ['a refusal of a command', answers('rcpt', 550)],
  ['a connection that is turned away', { greeting: () => ({ code: 421, lines: ['Never'], close: true }) }],
])('%s is no news where it was so at first', async (_, refusing) => {
  const door = await doorOf(refusing, refusing);
  expect(await door.isOpen()).toBe(true);
});

test('a command is refused, too, whose connection ends behind the answer', async () => {
  const door = await doorOf({}, answers('mail', 250, true));
  expect(await door.isOpen()).toBe(false);
  expect(door.refusals).toEqual([
    'MAIL is refused on a new connection (no answer): a limit across connections',
  ]);
});

test('where the greeting comes, and STARTTLS has no answer, nothing is shut: the target is gone', async () => {
  const door = await doorOf({}, { answer: () => undefined });
  expect(await door.isOpen()).toBe(true);
  expect(door.refusals).toEqual([]);
});

test('a target that takes no connection is waited for, since it may be started again', async () => {
  let attempts = 0;
  const target = referenceInMemory();
  const door = await doorOf({}, {}, wait =>
    ++attempts <= 5 ? { kind: 'refused', reason: 'ECONNREFUSED' } : target.driver.connect(wait),
  );
  expect(await door.isOpen()).toBe(false);
  expect(door.refusals).toEqual([
    'no connection is taken any more: the target has come down, or lets nobody in',
  ]);
  expect(await door.reopens(60_000)).toBe(true);
});

test('whoever waits at a shut door knocks ever more rarely', async () => {
  const { door, experiment, waited } = await closedFor(3_600_000);
  const knocks: number[] = [];
  const { driver } = experiment.options.stage;
  const { connect } = driver;
  Object.assign(driver, {
    connect: (wait: number) => {
      knocks.push(waited());
      return connect(wait);
    },
  });
  expect(await door.reopens(60_000)).toBe(false);
  expect(knocks).toEqual([500, 1_500, 3_500, 7_500, 15_500, 31_500, 47_500]);
});
