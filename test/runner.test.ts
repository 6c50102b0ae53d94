/** Runs beside which the target comes down. */

import { expect, test } from 'vitest';
import { stageOf } from '../src/probe.ts';
import { newRunner, type Runner } from '../src/runner.ts';
import { BARE, type Scenario } from '../src/scenario.ts';
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

test('a connection that is cut off by a server that lives is played once', async () => {
  const { run, restarts } = runner();
  const { upgrade, connections } = await run({ ...GREETED, before: [{ kind: 'quit' }] }, SPEECH);
  expect([upgrade, connections]).toEqual(['lost', 1]);
  expect(restarts()).toEqual({ times: 0 });
});
