/** Used and fresh runs side by side, and what is learned from fresh ones. */

import { describe, expect, test } from 'vitest';
import { CLAIMS } from '../properties/index.ts';
import { pause } from '../src/drivers/driver.ts';
import { Experiment } from '../src/experiment.ts';
import { probe } from '../src/probe.ts';
import { BARE, type Scenario } from '../src/scenario.ts';
import { type Behaviour, SOUND } from '../src/targets/reference/behaviour.ts';
import { ReferenceServer } from '../src/targets/reference/server.ts';
import { referenceInMemory } from '../src/targets/reference/target.ts';
import { chance } from './chance.ts';

const experimentWith = async (target: ReturnType<typeof referenceInMemory>): Promise<Experiment> => {
  const probed = await probe(target);
  return new Experiment({ ...probed, baseline: probed.baseline ?? 'neutral-ehlo', claims: CLAIMS, jobs: 4 });
};

const server = (bent: Partial<Behaviour>) =>
  experimentWith(referenceInMemory({ behaviour: { ...SOUND, ...bent }, random: chance() }));

const GREETED: Scenario = {
  before: [{ kind: 'ehlo', name: 'a' }],
  upgrade: BARE,
  after: [{ kind: 'noop' }],
};

test('servers that take turns, as many as they are, are each met by used and by fresh runs', async () => {
  for (const servers of [2, 3, 4, 8]) {
    let opened = 0;
    const experiment = await experimentWith(
      referenceInMemory({}, (options, at) => {
        const name = `of server ${opened++ % servers}`;
        const answer: Behaviour['answer'] = (sound, event) =>
          event === 'noop' ? { ...sound, lines: [name] } : sound;
        return new ReferenceServer({ ...options, behaviour: { ...SOUND, answer } }, at);
      }),
    );
    const met = { used: new Set<string>(), fresh: new Set<string>() };
    for (let pairs = 0; pairs < 4 * servers; pairs++) {
      const examination = await experiment.examineAnew(GREETED);
      for (const run of ['used', 'fresh'] as const)
        met[run].add(
          examination[run]?.observation.facts.find(({ aspect }) => aspect === 'text')?.value ?? '',
        );
    }
    expect([met.used.size, met.fresh.size]).toEqual([servers, servers]);
  }
});

test('a fresh run whose handshake failed is no evidence, and is made anew for the next scenario', async () => {
  let opened = 0;
  let broken = 0;
  const experiment = await experimentWith(
    referenceInMemory({}, (options, at) => {
      const isFaulty = ++opened === broken;
      const judge: Behaviour['judge'] = event =>
        isFaulty && event === 'starttls' ? { code: 554, lines: ['No'] } : 'sound';
      return new ReferenceServer({ ...options, behaviour: { ...SOUND, judge } }, at);
    }),
  );
  // The used run comes first, then the fresh one.
  broken = opened + 2;
  const first = await experiment.examine(GREETED);
  const second = await experiment.examine(GREETED);
  expect([first, second].map(({ evidence }) => evidence.paired)).toEqual([false, true]);
});

test('a fresh run that is made anew and fails is no evidence for later scenarios either', async () => {
  let opened = 0;
  let broken: readonly number[] = [];
  const experiment = await experimentWith(
    referenceInMemory({}, (options, at) => {
      const isFaulty = broken.includes(++opened);
      const judge: Behaviour['judge'] = event =>
        isFaulty && event === 'starttls' ? { code: 554, lines: ['No'] } : 'sound';
      const flipped: Behaviour['flipped'] = () => new Set(['greeting']);
      return new ReferenceServer({ ...options, behaviour: { ...SOUND, judge, flipped } }, at);
    }),
  );
  const keeps: Scenario = { ...GREETED, after: [{ kind: 'mail', from: 'm' }] };
  await experiment.examine(keeps);
  // The used run comes first, then the fresh one that takes the place of the cached one.
  broken = [opened + 2];
  expect((await experiment.examine(keeps)).evidence.paired).toBe(false);
  expect((await experiment.examine(keeps)).evidence.differences).not.toEqual([]);
});

test('where nothing was said before TLS, what differs is no difference but noise', async () => {
  const experiment = await server({
    answer: (sound, _event, { random }) => ({ ...sound, lines: [`word ${random()}`] }),
  });
  const { evidence, deviations } = await experiment.examine({ ...GREETED, before: [] });
  expect(evidence.paired).toBe(true);
  expect(deviations).toEqual([]);
  expect(experiment.noise.learned()).toContain('noop text 0.250.0: word 2');
});

test('where nothing was said before TLS, not even another code is a difference', async () => {
  let asked = 0;
  const experiment = await server({
    judge: event => (event === 'noop' && asked++ % 2 === 0 ? { code: 450, lines: ['Later'] } : 'sound'),
  });
  const differing = await experiment.examineAnew(GREETED);
  expect(differing.deviations.map(({ used, fresh }) => [used, fresh].sort())).toEqual([['250', '450']]);
  const alike = await experiment.examineAnew({ ...GREETED, before: [] });
  expect(alike.evidence.paired).toBe(true);
  expect(alike.deviations).toEqual([]);
});

test('words of a line that only some fresh runs have are learned from any two that have it', async () => {
  const says = [['one'], ['one', 'two'], ['one', 'three']];
  let said = 0;
  const experiment = await server({
    answer: (sound, event) =>
      event === 'noop' ? { ...sound, lines: says[said++ % says.length] ?? [] } : sound,
  });
  experiment.learnFrom(await Promise.all([1, 2, 3].map(() => experiment.fresh(GREETED))));
  expect(experiment.noise.learned()).toEqual(
    expect.arrayContaining(['noop text 0.250.1: word 1', 'noop text 0.250.1: not always there']),
  );
});

describe('a fresh run whose STARTTLS is put off', () => {
  /** An experiment whose next STARTTLS is refused. */
  const busy = async (code: number): Promise<Experiment> => {
    let isBusy = false;
    const experiment = await server({
      judge: (event, _argument, { secure }) => {
        if (event !== 'starttls' || secure || !isBusy) return 'sound';
        isBusy = false;
        return { code, lines: ['Not now'] };
      },
    });
    isBusy = true;
    return experiment;
  };

  test.each([
    ['', (experiment: Experiment) => experiment.fresh(GREETED)],
    [', and waits again', (experiment: Experiment) => experiment.freshAfter(GREETED, 500)],
  ])('is played again%s', async (_, played) => {
    const experiment = await busy(454);
    expect((await played(experiment)).transcript.upgrade).toBe('secure');
    expect(experiment.counts.repeats).toBe(1);
  });

  test('is not, where it is refused for good', async () => {
    const experiment = await busy(502);
    expect((await experiment.fresh(GREETED)).transcript.upgrade).toBe('refused');
  });
});

describe('a connection that is turned away', () => {
  const full = { code: 421, lines: ['Too many connections'], close: true };
  /** The experiment on a server that turns some connections away, and how many were opened since the probe. */
  async function turningAway(isFull: (nth: number) => boolean) {
    let opened: number | undefined;
    const experiment = await server({
      greeting: sound => (opened !== undefined && isFull(opened++) ? full : sound),
    });
    opened = 0;
    return { experiment, opened: () => opened };
  }

  test('is opened again a little later, and says nothing of the scenario', async () => {
    const { experiment, opened } = await turningAway(nth => nth < 2);
    const began = experiment.options.stage.driver.now();
    expect((await experiment.used(GREETED)).transcript.upgrade).toBe('secure');
    expect(opened()).toBe(3);
    expect(experiment.options.stage.driver.now() - began).toBe(750);
    expect(experiment.counts).toMatchObject({ connections: 3, repeats: 2 });
  });

  test('is left alone where the door stays shut, until it is open once more', async () => {
    const { experiment, opened } = await turningAway(nth => nth < 6 || nth === 7);
    for (const connections of [4, 5, 6, 7]) {
      await experiment.used(GREETED);
      expect(opened()).toBe(connections);
    }
    expect((await experiment.used(GREETED)).transcript.upgrade).toBe('secure');
  });
});

test('a fresh run that is kept is held against a new one now and then, also while others are under way', async () => {
  const experiment = await server({});
  const before = experiment.counts.freshRuns;
  await Promise.all(Array.from({ length: 301 }, () => experiment.examine(GREETED)));
  // The first is made, and of each hundred that find it kept one makes another.
  expect(experiment.counts.freshRuns - before).toBe(1 + 3);
});

test('what tells the time of day, alike in runs that begin at once, varies from a fresh run that was kept', async () => {
  let now = (): number => 0;
  const experiment = await server({
    answer: (answer, event) =>
      event === 'noop'
        ? { ...answer, lines: [`It is ${new Date(now() - (now() % 1_000)).toISOString()}`] }
        : answer,
  });
  const { driver } = experiment.options.stage;
  now = driver.now;
  await experiment.examine(GREETED);
  await experiment.examineAnew(GREETED);
  expect(experiment.noise.learned()).toEqual([]);
  await pause(driver, 1_000);
  const { deviations } = await experiment.examineAnew(GREETED);
  expect(deviations).toEqual([]);
  expect(experiment.noise.learned()).toEqual([expect.stringMatching(/^noop text .*: word 3$/)]);
});
