/** What follows from a machine, and from what was found by it. */

import { expect, test } from 'vitest';
import type { Learned } from '../../src/learn/learn.ts';
import { learnedVerdict } from '../../src/learn/verdict.ts';
import { finding } from '../campaign/reports.ts';

const WHOLE: Learned = {
  software: 'lab',
  baseline: 'starttls-first',
  machine: { inputs: ['starttls'], states: [] },
  extra: 1,
  fresh: 1,
  entries: [{ from: 0, to: 1 }],
  findings: [],
  notes: [],
  unexplained: 0,
  served: true,
  words: 1,
  connections: 1,
  seconds: 1,
};
const { machine: _, ...none } = WHOLE;
const { fresh: __, ...refusing } = WHOLE;
const { extra: ___, ...untested } = WHOLE;

test('a whole machine whose STARTTLS leads to one state holds, though there was no time for a longer suite', () => {
  expect(learnedVerdict(WHOLE)).toEqual({ verdict: 'holds' });
  expect(learnedVerdict({ ...WHOLE, incomplete: 'time was up' })).toEqual({ verdict: 'holds' });
});

test('a finding is a violation, however much of the machine is known', () => {
  expect(learnedVerdict({ ...none, findings: [finding('keeps login')] })).toEqual({ verdict: 'violated' });
});

test.each<[string, Learned, RegExp]>([
  ['no machine', { ...none, incomplete: 'time was up' }, /^no machine was learned: time was up$/],
  ['STARTTLS that a fresh connection is refused', refusing, /not taken on a fresh connection/],
  ['a state that a second look did not show', { ...WHOLE, unexplained: 1 }, /astray to 1 state, which/],
  ['no suite', { ...untested, incomplete: 'time was up' }, /whole test: time was up/],
  ['a suite for no state more', { ...WHOLE, extra: 0, incomplete: 'time was up' }, /whole test: time was up/],
  [
    'a suite that nobody asked for',
    { ...WHOLE, extra: 0 },
    /whole test: nothing was asked of it \(--extra 0\)/,
  ],
  ['a target that serves nobody in the end', { ...WHOLE, served: false }, /known-good session/],
])('%s is inconclusive', (_name, learned, reason) => {
  expect(learnedVerdict(learned)).toEqual({
    verdict: 'inconclusive',
    reason: expect.stringMatching(reason),
  });
});
