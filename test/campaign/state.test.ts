/** What the events of a journal come to, and what is known of a target while some of its units are under way. */

import { describe, expect, test } from 'vitest';
import {
  apply,
  type Event,
  newState,
  reportSoFar,
  type State,
  shortest,
  type TargetState,
  targetState,
} from '../../src/campaign/state.ts';
import type { Unit } from '../../src/campaign/unit.ts';
import { MOST_FINDINGS } from '../../src/report/merge.ts';
import type { Report, ReportedFinding } from '../../src/report/report.ts';
import { BARE, type Scenario } from '../../src/scenario.ts';
import { countedAt, exitCode } from '../../src/verdict.ts';
import { finding, report } from './reports.ts';
import { newUnit } from './units.ts';

/** A state whose merged report is this, and in which a unit under way has found that. */
function underWay(merged: Report | undefined, ...found: readonly ReportedFinding[]): State {
  const state = newState();
  targetState(state, 't').merged = { report: merged, planned: { replay: 0, explore: 0, minimise: 0 } };
  apply(state, { kind: 'planned', unit: newUnit('t.explore.0'), elapsed: 1 });
  for (const one of found) apply(state, { kind: 'finding', target: 't', finding: one, elapsed: 2 });
  return state;
}
const soFar = (...of: Parameters<typeof underWay>): Report =>
  reportSoFar(targetState(underWay(...of), 't')) as Report;

const SHOULD = finding('early data', { level: 'should' });
const OPEN = report([], { verdict: 'inconclusive', reason: 'it died' });

test('a finding of a unit under way makes a target violated, and keeps what is in doubt besides', () => {
  expect(soFar(report(), SHOULD)).toMatchObject({ verdict: 'violated', findings: [SHOULD] });
  expect(soFar(report(), SHOULD)).not.toHaveProperty('otherwise');
  const open = soFar(OPEN, SHOULD);
  expect(open).toMatchObject({
    verdict: 'violated',
    otherwise: { verdict: 'inconclusive', reason: 'it died' },
  });
  expect(open).not.toHaveProperty('reason');
  // One that does not count makes no target conclusive.
  expect([exitCode(open, countedAt('should')), exitCode(open, countedAt('must'))]).toEqual([1, 3]);
  const otherwise = { verdict: 'inconclusive', reason: 'it died' } as const;
  expect(soFar(report([finding('x')], { otherwise }), SHOULD)).toMatchObject({ otherwise });
});

test('where nothing was found yet it stands as the merged report says, or as one of which nothing is known', () => {
  expect(soFar(OPEN)).toEqual(OPEN);
  expect(soFar(undefined)).toMatchObject({
    verdict: 'inconclusive',
    reason: 'ended before the first results came in',
  });
  expect(soFar(undefined, SHOULD)).toMatchObject({
    verdict: 'violated',
    otherwise: { verdict: 'inconclusive' },
  });
  expect(reportSoFar(targetState(newState(), 't'))).toBeUndefined();
});

test('a finding that is listed already is not listed twice, and one that was withdrawn not at all', () => {
  const listed = report([finding('keeps login')]);
  expect(soFar(listed, finding('keeps login'))).toEqual(listed);
  const rough = finding('starttls > mail', { minimal: false });
  const small = finding('keeps greeting', { withdraws: 'starttls > mail' });
  expect(soFar(report(), rough, small).findings.map(({ fingerprint }) => fingerprint)).toEqual([
    'keeps greeting',
  ]);
  expect(soFar(report(), rough, { ...rough, withdraws: rough.fingerprint }).findings).toEqual([]);
});

const planned = (id: string, more: Partial<Unit> = {}): Event => ({
  kind: 'planned',
  unit: newUnit(id, more),
  elapsed: 1,
});
const done = (unit: string, of: Report): Event => ({ kind: 'done', unit, report: of, elapsed: 2 });
const told = (one: ReportedFinding): Event => ({ kind: 'finding', target: 't', finding: one, elapsed: 2 });

function after(...events: readonly Event[]): State {
  const state = newState();
  for (const event of events) apply(state, event);
  return state;
}
const targetAfter = (...events: readonly Event[]): TargetState => targetState(after(...events), 't');
const names = (target: TargetState): readonly (string | undefined)[] => [...target.findings.keys()];
const merged = ({ merged: { report: whole } }: TargetState): readonly string[] | undefined =>
  whole?.findings.map(({ fingerprint }) => fingerprint);

describe('a wave', () => {
  const [plans, first, second] = [
    [planned('t.explore.0'), planned('t.explore.1')],
    done('t.explore.0', report([finding('keeps login')])),
    done('t.explore.1', report([finding('keeps greeting')])),
  ];

  test('enters when all of it is done, in the order in which it was planned', () => {
    const half = targetAfter(...plans, second);
    expect(merged(half)).toBeUndefined();
    expect(names(half)).toEqual(['keeps greeting']);
    const whole = targetAfter(...plans, second, first);
    expect(merged(whole)).toEqual(['keeps login', 'keeps greeting']);
    expect(whole.wave.size).toBe(0);
    expect(whole.merged.planned).toEqual({ replay: 0, explore: 2, minimise: 0 });
    expect(merged(targetAfter(...plans, first, second))).toEqual(merged(whole));
  });

  test('counts a unit once that is done twice, and none that was not planned', () => {
    const twice = targetAfter(...plans, first, done('t.explore.0', report([finding('x')])), second);
    expect(merged(twice)).toEqual(['keeps login', 'keeps greeting']);
    expect(twice.merged.report?.stats.scenarios).toBe(20);
    expect(merged(targetAfter(done('t.explore.7', report([finding('x')]))))).toBeUndefined();
  });

  test('adds to what was found before', () => {
    const third = [planned('t.explore.2'), done('t.explore.2', report([finding('keeps login')]))];
    const all = targetAfter(...plans, first, second, ...third);
    expect(merged(all)).toEqual(['keeps login', 'keeps greeting']);
    expect(all.merged.report?.stats.scenarios).toBe(30);
    expect(all.merged.planned.explore).toBe(3);
  });
});

describe('what was found and not made small', () => {
  const scenario: Scenario = { before: [{ kind: 'noop' }], upgrade: BARE, after: [] };
  const rough = finding('starttls > mail', { minimal: false, scenario });
  const open = finding('starttls > rcpt', { minimal: false });
  const violated = {
    id: 'fresh-connection',
    requirement: 'rfc3207-4.2-server-discards',
    judged: 8,
    verdict: 'violated',
  } as const;
  const found = [planned('t.explore.0'), done('t.explore.0', report([rough, open], { claims: [violated] }))];
  const limit = { limit: 'errors', kept: 'kept', threshold: 3, explained: 1 } as const;
  const looked = (of: Report, more: Partial<Unit> = {}): TargetState =>
    targetAfter(
      ...found,
      planned('t.minimise.0', { phase: 'minimise', examples: [scenario], ...more }),
      done('t.minimise.0', of),
    );

  test.each<[string, Report, readonly string[]]>([
    ['goes for what is minimal', report([finding('keeps greeting')]), ['starttls > rcpt', 'keeps greeting']],
    ['goes for one minimal of two', report([open, finding('x')]), ['starttls > rcpt', 'x']],
    ['goes where a limit explains it', report([], { limits: [limit] }), ['starttls > rcpt']],
    ['stays where nothing comes of it', report([]), ['starttls > mail', 'starttls > rcpt']],
    [
      'stays where a limit explains nothing',
      report([], { limits: [{ ...limit, explained: 0 }] }),
      ['starttls > mail', 'starttls > rcpt'],
    ],
    [
      'stays where something else is found that is not minimal',
      report([finding('x', { minimal: false })], { limits: [limit] }),
      ['starttls > mail', 'starttls > rcpt', 'x'],
    ],
  ])('%s', (_, of, left) => {
    const target = looked(of);
    expect(merged(target)?.toSorted()).toEqual(left.toSorted());
    expect(names(target)).toEqual(left);
  });

  test('stays where it was played again, and not looked into', () => {
    const target = looked(report([finding('x')]), { phase: 'replay' });
    expect(merged(target)?.toSorted()).toEqual(['starttls > mail', 'starttls > rcpt', 'x']);
  });

  test('leaves its claim as it is without it', () => {
    const only = [planned('t.explore.0'), done('t.explore.0', report([rough], { claims: [violated] }))];
    const minimise = planned('t.minimise.0', { phase: 'minimise', examples: [scenario] });
    const explained = done('t.minimise.0', report([], { limits: [limit] }));
    const verdict = (...events: readonly Event[]): string | undefined =>
      targetAfter(...events, minimise, explained).merged.report?.claims[0]?.verdict;
    expect(verdict(...only)).toBe('holds');
    expect(verdict(...found)).toBe('violated');
  });
});

test('a minimal finding stands in for one of its name that is not, and never the other way round', () => {
  const [rough, small] = [finding('x', { minimal: false }), finding('x', { summary: 'small' })];
  expect([...targetAfter(told(rough), told(small)).findings.values()]).toEqual([small]);
  expect([...targetAfter(told(small), told(rough)).findings.values()]).toEqual([small]);
  expect([...targetAfter(told(small), told(finding('x'))).findings.values()]).toEqual([small]);
});

test('so many findings are kept, and no more', () => {
  const many = Array.from({ length: MOST_FINDINGS + 1 }, (_, nth) => told(finding(`finding ${nth}`)));
  expect(targetAfter(...many).findings.size).toBe(MOST_FINDINGS);
});

test('only what is not minimal is withdrawn', () => {
  const withdrawing = finding('y', { withdraws: 'x' });
  expect(names(targetAfter(told(finding('x')), told(withdrawing)))).toEqual(['x', 'y']);
  expect(names(targetAfter(told(withdrawing)))).toEqual(['y']);
});

test('the shortest journal leads to the same state, and the time that it took only grows', () => {
  const begun: Event = {
    kind: 'begun',
    schema: 1,
    run: 'r',
    startedAt: '2026-11-24T02:17:00.000Z',
    seed: 7,
    orders: 'all',
    elapsed: 9,
  };
  const events: readonly Event[] = [
    begun,
    planned('t.explore.0'),
    done('t.explore.0', report([finding('keeps login')])),
    planned('t.explore.1'),
    planned('t.replay.0', { phase: 'replay' }),
    done('t.explore.1', report([finding('keeps sender')])),
    told(finding('keeps greeting')),
    planned('other.explore.0', { name: 'other' }),
  ];
  const state = after(...events);
  expect(state).toMatchObject({ run: 'r', seed: 7, orders: 'all', elapsed: 9, ended: false });
  const short = shortest(state);
  expect(after(...short)).toEqual(state);
  expect(short.every(({ elapsed }) => elapsed === 9)).toBe(true);
  const ended = after(...events, { kind: 'ended', elapsed: 12 });
  expect(ended).toMatchObject({ elapsed: 12, ended: true });
  expect(after(...shortest(ended))).toEqual(ended);
});
