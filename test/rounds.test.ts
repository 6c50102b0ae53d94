/** Rounds whose examinations, and whose door, do as they are told. */

import { describe, expect, test } from 'vitest';
import { inRounds, newRounds, type RoundsOptions } from '../src/rounds.ts';

/** Scenarios are numbers here, and what is told of them is their text. */
const scenarios = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** Examinations under way: each ends when it is told to. */
function bench(jobs: number, options: Partial<RoundsOptions<number, string>> = {}) {
  const begun: number[] = [];
  const underWay = new Map<number, (examination: string) => void>();
  const rounds = newRounds<number, string>({
    examine(scenario) {
      begun.push(scenario);
      return new Promise(resolve => underWay.set(scenario, resolve));
    },
    clock: { left: () => undefined, over: () => false, inTime: work => work },
    jobs,
    ...options,
  });
  const end = async (scenario = -1): Promise<void> => {
    underWay.get(scenario)?.(`${scenario}`);
    underWay.delete(scenario);
    await settled();
  };
  /** Takes a round of so many, and tells how many of it were under way at first. */
  const mostOf = async (size: number): Promise<number> => {
    const taken = rounds.begin(scenarios(size)).taken();
    await settled();
    const most = underWay.size;
    let isTaken = false;
    void taken.then(() => {
      isTaken = true;
    });
    while (!isTaken) await end([...underWay.keys()][0]);
    return most;
  };
  return { rounds, begun, underWay, end, mostOf };
}

/** Whatever needs no outside event has happened by then. */
const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

test('a round is begun as soon as a job is free, though one of the round before is still under way', async () => {
  const { rounds, begun, underWay, end } = bench(2);
  const [slow, quick, next] = [0, 1, 2];
  const first = rounds.begin([slow, quick]);
  await first.begun;
  await settled();
  const second = rounds.begin([next]);
  await end(quick);
  await second.begun;
  expect(begun).toEqual([slow, quick, next]);
  expect([...underWay.keys()]).toEqual([slow, next]);
});

test('what was examined comes in the order of the scenarios, in whatever order it ended', async () => {
  const { rounds, end } = bench(3);
  const round = rounds.begin([0, 1, 2]);
  await settled();
  for (const scenario of [2, 1, 0]) await end(scenario);
  expect(await round.taken()).toEqual(['0', '1', '2']);
});

test('no more scenarios are under way than there are jobs, whatever rounds they are of', async () => {
  const { rounds, underWay, end } = bench(3);
  rounds.begin(scenarios(10).slice(0, 5));
  rounds.begin(scenarios(10).slice(5));
  for (let ended = 0; ended < 10; ended++) {
    await settled();
    expect(underWay.size).toBe(Math.min(3, 10 - ended));
    await end([...underWay.keys()][0]);
  }
});

test('what it was too late for is left out', async () => {
  const { rounds } = bench(1, { examine: async scenario => (scenario === 1 ? undefined : `${scenario}`) });
  const round = rounds.begin([0, 1, 2]);
  await round.begun;
  expect(await round.taken()).toEqual(['0', '2']);
});

test('what fails while an earlier round is waited for fails where its own is taken, and nowhere else', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', note);
  const gone = new Error('the target is gone');
  const { rounds } = bench(2, {
    examine: scenario => (scenario === 0 ? Promise.resolve('0') : Promise.reject(gone)),
  });
  const first = rounds.begin([0]);
  const second = rounds.begin([1]);
  await second.begun;
  await settled();
  process.removeAllListeners('unhandledRejection');
  for (const other of others) process.on('unhandledRejection', other);
  expect(await first.taken()).toEqual(['0']);
  await expect(second.taken()).rejects.toThrow(gone);
  expect(unhandled).toEqual([]);
});

/** A door that is shut when it is looked at for the first time, until it is told to open. */
function shutDoor() {
  let looks = 0;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const door = { isOpen: async () => looks++ > 0, reopens: () => promise, refusals: [] };
  return { door, opens: resolve };
}

test('while a shut door is waited at nobody knocks, and one at a time when it is open again', async () => {
  const { door, opens } = shutDoor();
  const { rounds, begun, underWay, end } = bench(2, { door });
  const taken = rounds.begin([0, 1]).taken();
  await settled();
  rounds.begin([2, 3, 4, 5]);
  await Promise.all([end(0), end(1)]);
  // These two were begun before anybody knew.
  await Promise.all([end(2), end(3)]);
  expect(begun).toHaveLength(4);
  opens(true);
  await settled();
  expect(underWay.size).toBe(1);
  for (let ended = 0; ended < 4; ended++) {
    await end([...underWay.keys()][0]);
    expect(underWay.size).toBe(ended < 3 ? 1 : 0);
  }
  expect(await taken).toEqual(['0', '1']);
});

test('a round of which many were turned away met a shut door, whatever a look at it says', async () => {
  const door = { isOpen: async () => true, reopens: async () => true, refusals: [] };
  const { rounds, underWay, mostOf } = bench(8, { door, isTurnedAway: told => told === '3' });
  const most: number[] = [];
  for (const size of [8, 8, 10]) most.push(await mostOf(size));
  // One of eight is too many, one of ten is not.
  rounds.begin(scenarios(8));
  await settled();
  expect([...most, underWay.size]).toEqual([8, 4, 2, 2]);
});

test('half as many are under way behind a door that was shut, and one at a time in the end', async () => {
  const door = { isOpen: async () => false, reopens: async () => true, refusals: [] };
  const { mostOf } = bench(8, { door });
  const most: number[] = [];
  for (let round = 0; round < 5; round++) most.push(await mostOf(8));
  expect(most).toEqual([8, 4, 2, 1, 1]);
});

test('what was examined against a shut door, or begun before it was seen to be, is examined again', async () => {
  const { door, opens } = shutDoor();
  const { rounds, begun, underWay, end } = bench(1, { door });
  const first = rounds.begin([0]);
  const second = rounds.begin([1]);
  const taken = [first.taken(), second.taken()];
  opens(true);
  for (let ended = 0; ended < 4; ended++) {
    await settled();
    await end([...underWay.keys()][0]);
  }
  expect(await Promise.all(taken)).toEqual([['0'], ['1']]);
  expect(begun.toSorted()).toEqual([0, 0, 1, 1]);
});

test('behind a door that stays shut nothing more is begun', async () => {
  const { door, opens } = shutDoor();
  const { rounds, begun, end } = bench(1, { door });
  const taken = rounds.begin([0]).taken();
  await settled();
  await end(0);
  rounds.begin([1, 2]);
  opens(false);
  expect(await taken).toEqual([]);
  expect(rounds.isShut()).toBe(true);
  await settled();
  expect(begun).toEqual([0]);
});

test('a door that stayed shut for so long is not waited at again, though it may open then', async () => {
  const reopens = [false, true];
  const door = { isOpen: async () => false, reopens: async () => reopens.shift() ?? false, refusals: [] };
  const { rounds } = bench(1, { door, examine: async scenario => `${scenario}` });
  const [first, second] = [rounds.begin([0]), rounds.begin([1])];
  expect([await first.taken(), await second.taken()]).toEqual([[], []]);
  expect(rounds.isShut()).toBe(true);
  expect(reopens).toEqual([true]);
});

test.each([
  ['a minute where there is no end of time', undefined, 60_000],
  ['no longer than there is time', 5_000, 5_000],
  ['no longer than a minute', 3_600_000, 60_000],
])('a shut door is waited at for %s', async (_, left, patience) => {
  const waits: number[] = [];
  const reopens = async (wait: number): Promise<boolean> => waits.push(wait) > 0;
  const door = { isOpen: async () => false, reopens, refusals: [] };
  const { rounds } = bench(1, {
    door,
    examine: async scenario => `${scenario}`,
    clock: { left: () => left, over: () => false, inTime: work => work },
  });
  await rounds.begin([0]).taken();
  expect(waits).toEqual([patience]);
});

describe('when time is up', () => {
  /** Rounds of which each scenario is turned away, and the doors that were asked for something. */
  function pressed(clock: Partial<RoundsOptions<number, string>['clock']>) {
    const asked: string[] = [];
    const answer = async (what: string): Promise<boolean> => {
      asked.push(what);
      return what === 'isOpen';
    };
    const door = { isOpen: () => answer('isOpen'), reopens: () => answer('reopens'), refusals: [] };
    const { rounds } = bench(1, {
      door,
      examine: async scenario => {
        asked.push(`${scenario}`);
        return `${scenario}`;
      },
      isTurnedAway: told => told === '1',
      clock: { left: () => 0, over: () => false, inTime: async () => undefined, ...clock },
    });
    return { rounds, asked };
  }

  test('nobody looks at the door any more, though many were turned away', async () => {
    const { rounds, asked } = pressed({ over: () => true });
    expect(await rounds.begin([1]).taken()).toEqual(['1']);
    expect(asked).toEqual(['1']);
  });

  test('a look at the door that did not come to its end does not say that it is shut', async () => {
    const { rounds, asked } = pressed({});
    expect(await rounds.begin([0]).taken()).toEqual(['0']);
    expect(asked).toEqual(['0', 'isOpen']);
  });

  test('whoever waits at the door takes what was examined, once, and does not call it shut', async () => {
    const { rounds, asked } = pressed({});
    expect(await rounds.begin([1]).taken()).toEqual(['1']);
    expect(asked).toEqual(['1', 'reopens']);
    expect(rounds.isShut()).toBe(false);
  });
});

test('no round is drawn before the last scenario of the one before is begun', async () => {
  const { rounds, begun, underWay, end } = bench(2);
  const drawn: number[] = [];
  void inRounds(rounds, {
    largest: 8,
    isOver: () => drawn.length === 2,
    draw(size) {
      drawn.push(begun.length);
      return scenarios(size);
    },
    takeUp: async () => {},
  });
  for (let ended = 0; ended < 16; ended++) {
    await settled();
    await end([...underWay.keys()][0]);
  }
  expect(drawn).toEqual([0, 8]);
});

test('a round of no scenarios is over at once, and the next one comes', async () => {
  const { rounds } = bench(1, { examine: async scenario => `${scenario}` });
  const taken: (readonly string[])[] = [];
  const draws: (readonly number[])[] = [[], [0]];
  await inRounds(rounds, {
    largest: 8,
    isOver: () => draws.length === 0,
    draw: () => draws.shift() ?? [],
    takeUp: async examined => void taken.push(examined),
  });
  expect(taken).toEqual([[], ['0']]);
});

test('rounds grow up to the largest, and one is taken up while the next is under way', async () => {
  const { rounds, begun } = bench(100, {
    examine: async scenario => {
      begun.push(scenario);
      return `${scenario}`;
    },
  });
  const taken: number[] = [];
  const begunBy: number[] = [];
  await inRounds(rounds, {
    largest: 20,
    isOver: () => begun.length >= 50,
    draw: scenarios,
    async takeUp(examined) {
      taken.push(examined.length);
      begunBy.push(begun.length);
    },
  });
  expect(taken).toEqual([8, 16, 20, 20]);
  expect(begunBy).toEqual([24, 44, 64, 64]);
});
