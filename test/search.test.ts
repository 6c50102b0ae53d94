/** What a search draws and plays, and what it makes of what comes of it. */

import { expect, test } from 'vitest';
import { CLAIMS } from '../properties/index.ts';
import { newClock } from '../src/clock.ts';
import { newCoverage } from '../src/coverage.ts';
import { type Examination, Experiment } from '../src/experiment.ts';
import type { Investigator } from '../src/investigate/suspicions.ts';
import { NOT_MEASURED } from '../src/limits/beforehand.ts';
import type { Door } from '../src/limits/door.ts';
import { probe } from '../src/probe.ts';
import { BARE, type Scenario } from '../src/scenario.ts';
import { type Search, search, unofferedParameters, unsupportedKinds } from '../src/search.ts';
import { emptyTally } from '../src/tally.ts';
import { SOUND } from '../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../src/targets/reference/target.ts';

test('a parameter is offered by the list of either side of STARTTLS that has its extension', async () => {
  const target = referenceInMemory({
    behaviour: { ...SOUND, offer: (_, { secure }) => ['STARTTLS', secure ? 'DSN' : 'SIZE 1000'] },
  });
  const unoffered = unofferedParameters(await probe(target));
  expect([...unoffered].sort()).toEqual([
    'auth',
    'body',
    'by',
    'holdFor',
    'international',
    'priority',
    'requiretls',
    'smtputf8',
  ]);
});

/** A search of so many scenarios, of which some come out as told, and what became of it. */
async function searched(scenarios: number, isAway: (nth: number) => boolean, options: Partial<Search> = {}) {
  const target = referenceInMemory();
  const probed = await probe(target);
  const experiment = new Experiment({ ...probed, baseline: 'starttls-first', claims: CLAIMS, jobs: 4 });
  const { examine } = experiment;
  const [played, considered]: [Scenario[], number[]] = [[], []];
  const patient = new Set<boolean>();
  experiment.examine = async (scenario, isPatient = false) => {
    patient.add(isPatient);
    const nth = played.push(scenario) - 1;
    const examination = await examine.call(experiment, scenario);
    if (!isAway(nth)) return examination;
    const transcript = { ...examination.used.transcript, upgrade: 'unreachable', entries: [] } as const;
    return { ...examination, used: { ...examination.used, transcript } };
  };
  const waits: number[] = [];
  const door: Door = {
    isOpen: async () => true,
    reopens: async () => waits.push(played.length) > 0,
    refusals: [],
  };
  const investigator = {
    unstable: new Set(),
    findings: [],
    consider: async (all: readonly Examination[]) => void considered.push(all.length),
    refine: async () => {},
  } as unknown as Investigator;
  const tally = emptyTally();
  const end = await search({
    experiment,
    investigator,
    tally,
    coverage: newCoverage(),
    clock: newClock(undefined, performance.now()),
    options: { seed: 1, jobs: 4, claims: CLAIMS, scenarios },
    probed,
    enough: () => false,
    limited: NOT_MEASURED,
    door,
    ...options,
  });
  return { end, played, considered, tally, waits, patient };
}

test('a round of which many were turned away is waited behind, and played again', async () => {
  const { end, played, considered, waits } = await searched(8, nth => nth === 3);
  expect(waits).toEqual([8]);
  expect(played).toHaveLength(16);
  expect(played.slice(8)).toEqual(played.slice(0, 8));
  expect(considered).toEqual([8]);
  expect(end.closed).toBe(false);
});

test('a search plays as many scenarios as it is told to, examples first, and takes up each once', async () => {
  const examples: Scenario[] = [{ before: [], upgrade: BARE, after: [{ kind: 'help' }] }];
  const options = { seed: 1, jobs: 4, claims: CLAIMS, scenarios: 30, examples };
  const { played, considered, tally, waits } = await searched(30, () => false, { options });
  expect(played[0]).toEqual(examples[0]);
  expect(played).toHaveLength(30);
  expect(considered.reduce((sum, count) => sum + count, 0)).toBe(30);
  expect(tally.scenarios).toBe(30);
  expect(waits).toEqual([]);
  expect(examples).toHaveLength(1);
});

test('what a search plays was trimmed to what the target can take', async () => {
  const taken: Scenario = { before: [], upgrade: BARE, after: [{ kind: 'noop' }] };
  const limited = { ...NOT_MEASURED, trim: async () => taken };
  const { played } = await searched(8, () => false, { limited });
  expect(played).toEqual(Array.from({ length: 8 }, () => taken));
});

test('once all is found that was asked for, nothing more is counted or looked into', async () => {
  let looked = 0;
  const { played, considered, tally } = await searched(100, () => false, { enough: () => looked++ > 4 });
  expect(played.length).toBeLessThan(100);
  expect([considered, tally.scenarios]).toEqual([[], 0]);
});

test('steps of extensions that no list offers are not played', async () => {
  const kinds = async (...offer: readonly string[]) => {
    const target = referenceInMemory({ behaviour: { ...SOUND, offer: () => ['STARTTLS', ...offer] } });
    return [...unsupportedKinds(await probe(target))].sort();
  };
  expect(await kinds()).toEqual(['auth', 'bdat', 'xclient', 'xforward']);
  expect(await kinds('CHUNKING', 'AUTH PLAIN')).toEqual(['xclient', 'xforward']);
  expect(await kinds('XCLIENT NAME', 'XFORWARD NAME')).toEqual(['auth', 'bdat']);
});

test.each([
  ['a slow target', 5_000, true],
  ['any other', 10, false],
])('what is searched on %s waits until nothing else is due: %s ms, %s', async (_what, pace, isPatient) => {
  const { patient } = await searched(8, () => false, { clock: newClock(60_000, performance.now(), pace) });
  expect([...patient]).toEqual([isPatient]);
});
