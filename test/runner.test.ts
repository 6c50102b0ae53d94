/** Runs beside which the target comes down. */

import { expect, test } from 'vitest';
import type { Driver } from '../src/drivers/driver.ts';
import { stageOf } from '../src/probe.ts';
import { newRunner, type Runner } from '../src/runner.ts';
import { BARE, type Scenario } from '../src/scenario.ts';
import { referenceInMemory } from '../src/targets/reference/target.ts';
import { FATAL, mortal } from './mortal.ts';

const GREETED: Scenario = {
  before: [{ kind: 'ehlo', name: 'a' }],
  upgrade: BARE,
  after: [{ kind: 'noop' }],
};
const DEADLY: Scenario = { ...GREETED, before: [{ kind: 'line', text: FATAL }] };
const SPEECH = { nonce: 'z0', user: 'u', password: 'p', recipient: 'r@lab.example' };

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

test('a series has the target to itself, whoever comes before it and behind it', async () => {
  const target = referenceInMemory();
  const said: string[] = [];
  const driver: Driver = {
    ...target.driver,
    async connect(wait) {
      const opening = await target.driver.connect(wait);
      if (opening.kind === 'refused') return opening;
      const { connection } = opening;
      const send = connection.send.bind(connection);
      connection.send = bytes => {
        said.push(bytes);
        send(bytes);
      };
      return opening;
    },
  };
  const { run, once, series } = newRunner({ ...stageOf(target), driver }, 4);
  const greetedAs = (nonce: string) => ({ ...SPEECH, nonce });
  const runs = [
    run(GREETED, SPEECH),
    once(GREETED, SPEECH),
    run(GREETED, SPEECH),
    series([GREETED, GREETED], greetedAs('z1')),
    series([GREETED, GREETED], greetedAs('z2')),
    once(GREETED, SPEECH),
  ];
  await Promise.all(runs);
  const greeted = said.flatMap(bytes => /^EHLO (z\d)/.exec(bytes)?.[1] ?? []);
  expect(greeted.toSorted()).toEqual(['z0', 'z0', 'z0', 'z0', 'z1', 'z1', 'z2', 'z2']);
  // Nothing of another run stands between the first and the last word of a series.
  expect(greeted.join(' ')).toMatch(/z1 z1/);
  expect(greeted.join(' ')).toMatch(/z2 z2/);
  expect(greeted.at(-1)).toBe('z0');
});

test('a connection that is cut off by a server that lives is played once', async () => {
  const { run, restarts } = runner();
  const { upgrade, connections } = await run({ ...GREETED, before: [{ kind: 'quit' }] }, SPEECH);
  expect([upgrade, connections]).toEqual(['lost', 1]);
  expect(restarts()).toEqual({ times: 0 });
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
