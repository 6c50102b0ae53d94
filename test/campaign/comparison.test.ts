/** This run beside the last one and the baseline. */

import { describe, expect, test } from 'vitest';
import { type Compared, campaignExit, compareRuns } from '../../src/campaign/comparison.ts';
import type { Report } from '../../src/report/report.ts';
import { finding, report } from './reports.ts';

const compare = (more: Partial<Compared>) =>
  compareRuns({ report: report(), last: undefined, baseline: [], complete: true, differing: [], ...more });
const listed = [{ target: 't', fingerprint: 'keeps login', reason: 'by design' }];

describe('a finding', () => {
  test('is new where the last run did not have it, else still there', () => {
    const compared = compare({
      report: report([finding('keeps login'), finding('keeps sender')]),
      last: report([finding('keeps sender')]),
    });
    expect(compared).toMatchObject({ new: ['keeps login'], still: ['keeps sender'], fixed: [] });
    expect(compared.report.findings.map(({ history }) => history)).toEqual(['new', 'still-there']);
    expect(campaignExit([compared], 'should')).toBe(1);
  });

  test('of the last run that is gone is fixed, if this run could have seen it', () => {
    const last = report([finding('keeps login')]);
    expect(compare({ last }).fixed).toEqual(['keeps login']);
    expect(compare({ last, complete: false }).fixed).toEqual([]);
    const { stats } = report();
    expect(compare({ last, report: report([], { stats: { ...stats, judged: 0 } }) }).fixed).toEqual([]);
    const grounds = { ...(report().grounds as NonNullable<Report['grounds']>), alive: false };
    expect(compare({ last, report: report([], { grounds }) }).fixed).toEqual([]);
    // What is listed is stale then, and not fixed.
    expect(compare({ last, baseline: listed })).toMatchObject({ fixed: [], stale: ['keeps login'] });
  });

  test('is not fixed, and no unexpected pass, while its scenario still shows a difference', () => {
    const last = report([finding('keeps login'), finding('keeps sender')]);
    const compared = compare({ last, differing: ['keeps login'] });
    expect(compared).toMatchObject({ fixed: ['keeps sender'], unclear: ['keeps login'] });
    expect(compare({ baseline: listed, differing: ['keeps login'] })).toMatchObject({
      stale: [],
      unclear: ['keeps login'],
    });
  });

  test('that is listed makes no run conclusive that would not be so without it', () => {
    const otherwise = { verdict: 'inconclusive', reason: 'it died' } as const;
    const compared = compare({ report: report([finding('keeps login')], { otherwise }), baseline: listed });
    expect(compared.report).toMatchObject(otherwise);
    expect(campaignExit([compared], 'should')).toBe(3);
  });

  test('that is listed is known, with its reason, and the verdict is allowed', () => {
    const compared = compare({ report: report([finding('keeps login')]), baseline: listed });
    expect(compared).toMatchObject({ new: [], known: ['keeps login'], report: { verdict: 'allowed' } });
    expect(compared.report.findings[0]?.known).toBe('by design');
    expect(compared.report.notes).toContainEqual({ kind: 'known', text: 'keeps login: by design' });
    expect(campaignExit([compared], 'should')).toBe(0);
  });

  test('listed for another target is not known', () => {
    const baseline = [{ target: 'other', fingerprint: 'keeps login', reason: 'by design' }];
    expect(compare({ report: report([finding('keeps login')]), baseline }).new).toEqual(['keeps login']);
  });
});

test('an unexpected pass fails', () => {
  const compared = compare({ baseline: listed });
  expect(compared.stale).toEqual(['keeps login']);
  expect(campaignExit([compared], 'should')).toBe(1);
});

test('what could not be judged is inconclusive, and no pass', () => {
  const compared = compare({ report: report([], { verdict: 'inconclusive' }), complete: false });
  expect(campaignExit([compared], 'should')).toBe(3);
});

test('a finding of level should does not count where only must does', () => {
  const compared = compare({ report: report([finding('early data', { level: 'should' })]) });
  expect(campaignExit([compared], 'must')).toBe(0);
  expect(campaignExit([compared], 'should')).toBe(1);
});

test('what is known does not count, though something else was found that counts for less', () => {
  const found = [finding('keeps login'), finding('early data', { level: 'should' })];
  const compared = compare({ report: report(found), baseline: listed });
  expect(compared.report.verdict).toBe('violated');
  expect(campaignExit([compared], 'must')).toBe(0);
  expect(campaignExit([compared], 'should')).toBe(1);
});

test('one target that is violated outweighs another that could not be judged', () => {
  const open = compare({ report: report([], { verdict: 'inconclusive' }) });
  const violated = compare({ report: report([finding('keeps login')]) });
  expect(campaignExit([open, violated, compare({})], 'should')).toBe(1);
  expect(campaignExit([open, compare({})], 'should')).toBe(3);
  expect(campaignExit([compare({})], 'should')).toBe(0);
});
