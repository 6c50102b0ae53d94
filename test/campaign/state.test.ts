/** What is known of a target while some of its units are under way. */

import { expect, test } from 'vitest';
import { apply, newState, reportSoFar, type State, targetState } from '../../src/campaign/state.ts';
import type { Report, ReportedFinding } from '../../src/report/report.ts';
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
