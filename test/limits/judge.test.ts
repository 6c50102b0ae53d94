/** What violates a policy, and what it wanted to know in vain. */

import { expect, test } from 'vitest';
import { judged, judgedBy, violations } from '../../src/limits/judge.ts';
import type { MeasuredLimit } from '../../src/limits/measured.ts';
import { type Policy, PRESETS } from '../../src/policy.ts';

const limit = (atStarttls: MeasuredLimit['atStarttls'] | undefined, more: Partial<MeasuredLimit> = {}) =>
  ({
    limit: 'errors',
    threshold: 5,
    counts: 'errors',
    tried: '3/10',
    ...(atStarttls === undefined ? {} : { atStarttls }),
    ...more,
  }) as MeasuredLimit;
const policy = (rule: 'must' | 'may' | 'never') => ({ ...PRESETS.practice, errors: rule });

test.each<[MeasuredLimit['atStarttls'], 'must' | 'may' | 'never', string | undefined]>([
  ['kept', 'must', undefined],
  ['sometimes', 'must', 'free pass'],
  ['restarted', 'must', 'free pass'],
  ['forgotten', 'must', 'free pass'],
  ['kept', 'never', 'outlives'],
  ['sometimes', 'never', 'outlives'],
  ['restarted', 'never', undefined],
  ['forgotten', 'never', undefined],
  ['kept', 'may', undefined],
  ['forgotten', 'may', undefined],
])('a limit that is %s and %s stay: %s', (atStarttls, rule, kind) => {
  expect(violations([limit(atStarttls)], policy(rule)).map(one => one.kind)).toEqual(
    kind === undefined ? [] : [kind],
  );
});

test('what was not measured, or is counted by another limit, violates nothing', () => {
  const others = [limit(undefined), limit('forgotten', { within: 'commands' })];
  expect(violations(others, policy('must'))).toEqual([]);
});

test('of what measuring was broken off, that is told which the policy wants to know', () => {
  const stopped = limit(undefined, { stopped: true, reason: 'time was up' });
  const told = ['what STARTTLS makes of the limit on errors (time was up)'];
  expect(judged([stopped], policy('must')).unmeasured).toEqual(told);
  expect(judged([stopped], policy('never')).unmeasured).toEqual(told);
  expect(judged([stopped], policy('may'))).toEqual({ judged: 0, unmeasured: [], untold: [] });
});

test('where nothing of what the policy asks for could be told, nothing was judged', () => {
  const across = limit(undefined, { kept: 'unknown', reason: 'counted across connections' });
  const errors = 'what STARTTLS makes of the limit on errors (counted across connections)';
  const time =
    'what STARTTLS makes of the limit on time (it takes a real wait: afresh limits --session-wait)';
  expect(judged([across], policy('must'))).toEqual({ judged: 0, unmeasured: [errors], untold: [] });
  const both: Policy = { ...policy('must'), time: 'must' };
  expect(judged([across], both).unmeasured).toEqual([errors, time]);
  expect(judged([limit('kept')], both)).toEqual({ judged: 1, unmeasured: [], untold: [time] });
  expect(judged([limit(undefined, { kept: 'none' })], policy('must')).judged).toBe(1);
});

test('of the proxy there is nothing to measure', () => {
  expect(judgedBy({ ...policy('must'), proxy: 'never' })).not.toContain('proxy');
  expect(judgedBy(policy('must'))).toContain('errors');
  expect(judgedBy(policy('may'))).not.toContain('errors');
});

test('a free pass is told by how STARTTLS gives it, and what outlives it by how often it did', () => {
  const told = (fate: MeasuredLimit['atStarttls'], rule: 'must' | 'never') =>
    violations([limit(fate)], policy(rule)).map(({ summary }) => summary);
  const pass = 'the limit on errors (5 errors) must outlive STARTTLS and is';
  expect(told('restarted', 'must')).toEqual([`${pass} restarted: STARTTLS is a free pass`]);
  expect(told('sometimes', 'must')).toEqual([`${pass} kept in 3/10 tries only: STARTTLS is a free pass`]);
  expect(told('kept', 'never')).toEqual([
    'the limit on errors (5 errors) must not outlive STARTTLS and is kept (3/10 tries)',
  ]);
});

test('what one limit told says nothing of another', () => {
  const unknown = 'what STARTTLS makes of the limit on recipients (not measured)';
  const both: Policy = { ...policy('must'), recipients: 'must' };
  const other = limit('kept', { limit: 'bytes' });
  expect(judged([limit('kept'), other], both)).toEqual({ judged: 1, unmeasured: [], untold: [unknown] });
});
