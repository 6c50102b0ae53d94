/** Runs beside which the target comes down. */

import { describe, expect, test } from 'vitest';
import type { Driver } from '../src/drivers/driver.ts';
import { stageOf } from '../src/probe.ts';
import { newRunner, type Runner } from '../src/runner.ts';
import { BARE, type Glue, type Scenario } from '../src/scenario.ts';
import { type Behaviour, SOUND } from '../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../src/targets/reference/target.ts';
import { FATAL, mortal } from './mortal.ts';

const GREETED: Scenario = {
  before: [{ kind: 'ehlo', name: 'a' }],
  upgrade: BARE,
  after: [{ kind: 'noop' }],
};
const DEADLY: Scenario = { ...GREETED, before: [{ kind: 'line', text: FATAL }] };
const GLUE: Glue = { lines: [{ kind: 'noop' }], times: 1, ending: 'CRLF' };
const SPEECH = { nonce: 'z0', user: 'u', password: 'p', recipient: 'r@lab.example' };

/** Whatever needs no outside event has happened by then. */
const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

const runner = (): Runner => newRunner(stageOf(mortal()), 4);

test('where one session brings the target down, those beside it are played again', async () => {
  const { run, restarts } = runner();
  const seen = await Promise.all([GREETED, DEADLY, GREETED, GREETED].map(one => run(one, SPEECH)));
  expect(seen.map(({ upgrade }) => upgrade)).toEqual(['secure', 'lost', 'secure', 'secure']);
  expect(seen.map(({ connections }) => connections)).toEqual([2, 2, 2, 2]);
  // Once beside the others, and once alone, which tells whose doing it is.
  expect(restarts()).toEqual({ times: 2, fatal: DEADLY });
});

test('nothing is begun beside what is played again, so that the last word of each is its own', async () => {
  const { run, restarts } = newRunner(stageOf(mortal()), 2);
  const scenarios = [DEADLY, GREETED, DEADLY, GREETED, DEADLY, GREETED];
  const seen = await Promise.all(scenarios.map(one => run(one, SPEECH)));
  expect(seen.map(({ upgrade }) => upgrade)).toEqual(['lost', 'secure', 'lost', 'secure', 'lost', 'secure']);
  // Once beside the other job, and once alone: none of the second kind was cut off by one of the first.
  for (const { connections } of seen) expect(connections).toBeLessThanOrEqual(2);
  expect(restarts().fatal).toBe(DEADLY);
});

/** A runner, and the names by which the target was greeted so far, in order. */
function greeted(jobs: number, target = referenceInMemory()) {
  const names: string[] = [];
  const driver: Driver = {
    ...target.driver,
    async connect(wait) {
      const opening = await target.driver.connect(wait);
      if (opening.kind === 'refused') return opening;
      const { connection } = opening;
      const { receive, send } = connection;
      // What is heard takes its time, so that runs are under way beside each other.
      connection.receive = async limit => {
        await settled();
        return receive.call(connection, limit);
      };
      connection.send = bytes => {
        names.push(...(/^EHLO (z\d)/.exec(bytes)?.slice(1) ?? []));
        send.call(connection, bytes);
      };
      return opening;
    },
  };
  return { ...newRunner({ ...stageOf(target), driver }, jobs), names, driver };
}

const greetedAs = (nonce: string) => ({ ...SPEECH, nonce });

describe('a series', () => {
  test('has the target to itself, whoever comes before it and behind it', async () => {
    const { run, once, series, names } = greeted(4);
    const runs = [
      run(GREETED, SPEECH),
      once(GREETED, SPEECH),
      run(GREETED, SPEECH),
      series([GREETED, GREETED], greetedAs('z1')),
      series([GREETED, GREETED], greetedAs('z2')),
      once(GREETED, SPEECH),
    ];
    await Promise.all(runs);
    expect(names.toSorted()).toEqual(['z0', 'z0', 'z0', 'z0', 'z1', 'z1', 'z2', 'z2']);
    // Nothing of another run stands between the first and the last word of a series.
    expect(names.join(' ')).toMatch(/z1 z1/);
    expect(names.join(' ')).toMatch(/z2 z2/);
    expect(names.at(-1)).toBe('z0');
  });

  test('begins when the runs that are under way have come to their end', async () => {
    const { run, series, names } = greeted(4);
    const twice: Scenario = { ...GREETED, after: [{ kind: 'ehlo', name: 'a' }] };
    const runs = [run(twice, SPEECH), run(twice, SPEECH)];
    await settled();
    await series([twice], greetedAs('z1'));
    await Promise.all(runs);
    expect(names).toEqual(['z0', 'z0', 'z0', 'z0', 'z1', 'z1']);
  });

  test('comes before the runs that wait for another one, and they wait for it as well', async () => {
    const { run, series, names } = greeted(4);
    const first = series([GREETED, GREETED], greetedAs('z1'));
    const waiting = run(GREETED, greetedAs('z3'));
    await settled();
    const second = series([GREETED, GREETED], greetedAs('z2'));
    await first;
    await Promise.all([run(GREETED, greetedAs('z4')), waiting, second]);
    expect(names.slice(0, 4)).toEqual(['z1', 'z1', 'z2', 'z2']);
  });

  test('that fails leaves the target to the others', async () => {
    const { run, series, names, driver } = greeted(4);
    const { connect } = driver;
    Object.assign(driver, { connect: () => Promise.reject(new Error('the target is gone')) });
    const failed = series([GREETED], greetedAs('z1'));
    await expect(failed).rejects.toThrow('the target is gone');
    Object.assign(driver, { connect });
    await run(GREETED, SPEECH);
    await series([GREETED], greetedAs('z2'));
    expect(names).toEqual(['z0', 'z2']);
  });

  test('whose connection is turned away is gone on with when it is taken', async () => {
    let opened = 0;
    const greeting: Behaviour['greeting'] = sound =>
      opened++ === 1 ? { code: 421, lines: ['Later'], close: true } : sound;
    const { series } = greeted(1, referenceInMemory({ behaviour: { ...SOUND, greeting } }));
    const seen = await series([GREETED, GREETED], SPEECH);
    expect(seen.map(({ upgrade, connections }) => [upgrade, connections])).toEqual([
      ['secure', 1],
      ['secure', 2],
    ]);
  });
});

test('a run that is taken as it comes is under way like any other, and is not opened again', async () => {
  let open = 0;
  const greeting: Behaviour['greeting'] = () => ({ code: 421, lines: [`${++open}`], close: true });
  const { once, run, driver } = greeted(1, referenceInMemory({ behaviour: { ...SOUND, greeting } }));
  const { connect } = driver;
  const held: (() => void)[] = [];
  Object.assign(driver, {
    connect: async (wait: number) => {
      await new Promise<void>(resolve => held.push(resolve));
      return connect(wait);
    },
  });
  const runs = [once(GREETED, SPEECH), once(GREETED, SPEECH), run(GREETED, SPEECH)];
  await settled();
  expect(held).toHaveLength(1);
  held[0]?.();
  expect((await runs[0])?.connections).toBe(1);
  await settled();
  expect(held).toHaveLength(2);
  held[1]?.();
  await runs[1];
  expect(open).toBe(2);
});

test('of several scenarios that bring the target down the first is told', async () => {
  const { run, restarts } = runner();
  const other: Scenario = { ...DEADLY, after: [] };
  await run(DEADLY, SPEECH);
  await run(other, SPEECH);
  expect(restarts()).toEqual({ times: 4, fatal: DEADLY });
});

test('a connection that is cut off by a server that lives is played once', async () => {
  const { run, restarts } = runner();
  const { upgrade, connections } = await run({ ...GREETED, before: [{ kind: 'quit' }] }, SPEECH);
  expect([upgrade, connections]).toEqual(['lost', 1]);
  expect(restarts()).toEqual({ times: 0 });
});

test.each<[string, Scenario, boolean]>([
  ['a bare upgrade', GREETED, false],
  ['lines glued to STARTTLS', { ...GREETED, upgrade: { ...BARE, glued: GLUE } }, false],
  ['a pause before TLS', { ...GREETED, before: [{ kind: 'pause', ms: 20 }] }, true],
  ['bytes in TLS that may be no command', { ...GREETED, after: [{ kind: 'bytes', bytes: '\n' }] }, true],
  ['STARTTLS in two segments', { ...GREETED, upgrade: { ...BARE, split: 'verb' } }, true],
  ['a ClientHello that may be thrown away', { ...GREETED, upgrade: { ...BARE, eager: true } }, true],
  ['a segment before the ClientHello', { ...GREETED, upgrade: { ...BARE, segment: GLUE } }, true],
  ['a handshake that fails', { ...GREETED, upgrade: { handshake: { kind: 'failed', how: 'alert' } } }, true],
])('of %s the pace is told as of what waits on purpose, or not', async (_, scenario, isWaiting) => {
  const { run, pace } = newRunner(stageOf(referenceInMemory()), 1);
  await run(scenario, SPEECH);
  const alone = pace.perSecond(1);
  await run(GREETED, SPEECH);
  // What waits is left out as soon as there is anything else; else both count, over the whole second.
  expect({ alone, isLeftOut: pace.perSecond(1) !== 2 }).toEqual({ alone: 1, isLeftOut: isWaiting });
});

test('on a server that serves one at a time, whoever is not greeted in time is played again among fewer', async () => {
  const target = referenceInMemory();
  let served: unknown;
  let heard = 0;
  const driver: Driver = {
    ...target.driver,
    async connect(wait) {
      const opening = await target.driver.connect(wait);
      if (opening.kind === 'refused') return opening;
      const { connection } = opening;
      const { receive, end } = connection;
      connection.receive = async limit => {
        await new Promise(resolve => setImmediate(resolve));
        served ??= connection;
        if (served !== connection) return { kind: 'silence' };
        heard++;
        return receive.call(connection, limit);
      };
      connection.end = how => {
        if (served === connection) served = undefined;
        end.call(connection, how);
      };
      return opening;
    },
  };
  const { run } = newRunner({ ...stageOf(target), driver }, 8);
  const seen = await Promise.all(Array.from({ length: 16 }, () => run(GREETED, SPEECH)));
  expect(new Set(seen.map(({ upgrade }) => upgrade))).toEqual(new Set(['secure']));
  expect(Math.max(...seen.map(({ connections }) => connections))).toBeLessThanOrEqual(4);
  expect(heard).toBeGreaterThan(16);
});

test('a patient run waits until no other is due, in whatever order they were asked for', async () => {
  const { run, names } = greeted(1);
  const runs = [
    run(GREETED, greetedAs('z1'), true),
    run(GREETED, greetedAs('z2'), true),
    run(GREETED, greetedAs('z3')),
    run(GREETED, greetedAs('z4'), true),
    run(GREETED, greetedAs('z5')),
  ];
  await Promise.all(runs);
  // What is under way is not cut off.
  expect(names).toEqual(['z1', 'z3', 'z5', 'z2', 'z4']);
});
