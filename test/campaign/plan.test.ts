/** Which units of work come next. */

import { describe, expect, test } from 'vitest';
import { type Campaign, CampaignFile, campaignOf } from '../../src/campaign/file.ts';
import { isReplayedBy, type Kept, nextUnits, type Shard } from '../../src/campaign/plan.ts';
import { newState, type State, targetState } from '../../src/campaign/state.ts';
import type { Unit } from '../../src/campaign/unit.ts';
import type { Report } from '../../src/report/report.ts';
import { BARE, type Scenario, type Upgrade } from '../../src/scenario.ts';
import { finding, report } from './reports.ts';
import { newUnit } from './units.ts';

const scenario = (name: string, upgrade: Upgrade = BARE): Scenario => ({
  before: [{ kind: 'ehlo', name }],
  upgrade,
  after: [],
});
const GLUED: Upgrade = { ...BARE, glued: { lines: [{ kind: 'noop' }], times: 1, ending: 'CRLF' } };
const NOTHING: Kept = { findings: [], reached: [] };

const campaign = (budget: Campaign['budget'], ...names: readonly string[]): Campaign => ({
  ...campaignOf(CampaignFile.parse({ targets: names.map(name => ({ name, target: 'reference' })) }), '/', {
    mode: 'nightly',
  }),
  budget,
});

/** A state in which a target has come so far. */
function come(planned: Partial<Record<Unit['phase'], number>>, merged?: Report, elapsed = 0): State {
  const state = Object.assign(newState(), { run: 'r', seed: 1, elapsed });
  targetState(state, 't').merged = {
    report: merged,
    planned: { replay: 0, explore: 0, minimise: 0, ...planned },
  };
  return state;
}

const next = (budget: Campaign['budget'], state: State, kept: Kept = NOTHING, shard?: Shard) =>
  nextUnits(campaign(budget, 't'), state, () => kept, shard);
const idsOf = (units: readonly Unit[]): readonly string[] => units.map(({ id }) => id);

describe('what is kept', () => {
  const known = (fingerprint: string, upgrade?: Upgrade) => ({
    fingerprint,
    scenario: scenario('a', upgrade),
  });

  test('comes first: each scenario of a finding five times, or twenty where it may race, each reached one once', () => {
    const kept = {
      findings: [known('one'), known('other'), known('glued', GLUED)],
      reached: [scenario('b'), scenario('c')],
    };
    const [unit, ...others] = next({ time: 1_000 }, come({}), kept);
    expect(others).toEqual([]);
    expect(unit).toMatchObject({ id: 't.replay.0', phase: 'replay', scenarios: 5 + 20 + 2 });
    expect(unit?.examples).toHaveLength(5 + 20 + 2);
    expect(unit?.examples.at(-1)).toEqual(scenario('c'));
  });

  test('is cut into slices of a thousand, and played once a run', () => {
    const reached = Array.from({ length: 1_001 }, (_, at) => scenario(`${at}`));
    const units = next({ time: 1_000 }, come({}), { findings: [], reached });
    expect(units.map(unit => [unit.id, unit.scenarios])).toEqual([
      ['t.replay.0', 1_000],
      ['t.replay.1', 1],
    ]);
    expect(next({ time: 1_000 }, come({ replay: 2 }), { findings: [], reached })[0]?.phase).toBe('explore');
    expect(next({ time: 1_000 }, come({ explore: 4 }), { findings: [], reached })[0]?.phase).toBe('explore');
  });

  test('is played by one of the shards alone', () => {
    const of = (index: number, target: number) => isReplayedBy({ index, of: 3 }, target);
    expect([1, 2, 3].map(index => of(index, 4))).toEqual([false, true, false]);
    const kept = { findings: [known('one')], reached: [] };
    expect(next({ time: 1_000 }, come({}), kept, { index: 1, of: 2 })[0]?.phase).toBe('replay');
    expect(next({ time: 1_000 }, come({}), kept, { index: 2, of: 2 })[0]?.phase).toBe('explore');
  });
});

describe('exploring', () => {
  test('goes on in waves of four slices, each with a seed of its own', () => {
    const units = next({}, come({ explore: 4 }));
    expect(idsOf(units)).toEqual(['t.explore.4', 't.explore.5', 't.explore.6', 't.explore.7']);
    expect(new Set(units.map(({ seed }) => seed)).size).toBe(4);
    expect(units.map(({ scenarios }) => scenarios)).toEqual([1_000, 1_000, 1_000, 1_000]);
    expect(next({}, come({ explore: 4 }))).toEqual(units);
  });

  test('is shared out among the shards', () => {
    const of = (index: number) => idsOf(next({}, come({}), NOTHING, { index, of: 2 }));
    expect(of(1)).toEqual(['t.explore.0', 't.explore.2', 't.explore.4', 't.explore.6']);
    expect(of(2)).toEqual(['t.explore.1', 't.explore.3', 't.explore.5', 't.explore.7']);
  });

  test('ends with the scenarios of the budget', () => {
    const units = next({ scenarios: 2_500 }, come({}));
    expect(units.map(({ scenarios }) => scenarios)).toEqual([1_000, 1_000, 500]);
    expect(next({ scenarios: 2_500 }, come({ explore: 3 }))).toEqual([]);
  });

  test('takes half of the share of a target at most, or half a minute', () => {
    const timeOf = (time: number, ...names: readonly string[]) =>
      nextUnits(campaign({ time }, ...names), newState(), () => NOTHING)[0]?.time;
    expect(timeOf(40_000, 't')).toBe(20_000);
    expect(timeOf(40_000, 't', 'u')).toBe(10_000);
    expect(timeOf(3_600_000, 't')).toBe(30_000);
    expect(next({ scenarios: 1 }, come({}))[0]).not.toHaveProperty('time');
  });

  test('begins with what is known and small, and varies all that was reached', () => {
    const reached = [{ scenario: scenario('b'), transitions: ['x'] }];
    const findings = [finding('small', { scenario: scenario('a') }), finding('rough', { minimal: false })];
    const [unit] = next({}, come({ explore: 4 }, report(findings, { reached })));
    expect(unit).toMatchObject({ examples: [scenario('a')], seeds: [scenario('b')], scenarios: 1_001 });
  });

  test('ends with the time, sooner where something is left to be made small', () => {
    const phaseAt = (elapsed: number, minimal: boolean) =>
      next({ time: 1_000 }, come({ explore: 4 }, report([finding('x', { minimal })]), elapsed))[0]?.phase;
    expect([phaseAt(849, false), phaseAt(850, false)]).toEqual(['explore', 'minimise']);
    expect([phaseAt(999, true), phaseAt(1_000, true)]).toEqual(['explore', undefined]);
  });
});

describe('making small', () => {
  const rough = Array.from({ length: 60 }, (_, at) =>
    finding(`${at}`, { minimal: at === 0, scenario: scenario(`${at}`, at === 1 ? GLUED : BARE) }),
  );

  test('is done last and once, for each finding that is not, and for fifty at most', () => {
    const units = next({ scenarios: 0 }, come({ explore: 4 }, report(rough)));
    expect(units).toHaveLength(50);
    expect(units[0]).toMatchObject({ id: 't.minimise.0', scenarios: 20 });
    expect(units[1]).toMatchObject({
      id: 't.minimise.1',
      scenarios: 5,
      examples: Array(5).fill(scenario('2')),
    });
    expect(next({ scenarios: 0 }, come({ explore: 4, minimise: 1 }, report(rough)))).toEqual([]);
  });

  test('has names that tell the shards apart', () => {
    const [unit] = next({ scenarios: 0 }, come({ explore: 4 }, report(rough)), NOTHING, { index: 2, of: 2 });
    expect(unit?.id).toBe('t.minimise.2.0');
  });
});

test('nothing more is planned for a target whose wave is not done, or of which nothing could be played', () => {
  const busy = come({ explore: 1 });
  const unit = newUnit('t.explore.0');
  targetState(busy, 't').wave.set(unit.id, { unit });
  expect(next({}, busy)).toEqual([]);
  const { stats } = report();
  expect(next({}, come({ explore: 4 }, report([], { stats: { ...stats, scenarios: 0 } })))).toEqual([]);
  expect(next({}, come({ explore: 4 }, report()))).toHaveLength(4);
});
