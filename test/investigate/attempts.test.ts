/** How often a thing is looked into. */

import { expect, test } from 'vitest';
import type { Deviation } from '../../src/claim.ts';
import type { Examination } from '../../src/experiment.ts';
import { type Attempts, newAttempts } from '../../src/investigate/attempts.ts';
import type { Suspected } from '../../src/investigate/wave.ts';

const deviation = (signature: string): Deviation => ({ signature }) as Deviation;

/** Only what it shows matters here. */
const examined = (...signatures: readonly string[]): Examination =>
  ({ deviations: signatures.map(deviation) }) as unknown as Examination;

/** Suspected of what it shows first; `semblance` is what a field would explain it by. */
const suspected = (examination: Examination, { semblance = '', isBehind = false } = {}): Suspected => {
  const [first] = examination.deviations;
  if (first === undefined) throw new Error('it shows nothing');
  return { examination, deviation: first, isBehind, semblance: semblance || first.signature } as Suspected;
};

function deadEnds(attempts: Attempts, signature: string, times: number): void {
  for (let made = 0; made < times; made++) attempts.end(suspected(examined(signature)));
}

test('what was looked into in an examination is not looked into there again, but elsewhere', () => {
  const attempts = newAttempts();
  const [one, other] = [examined('code'), examined('code')];
  attempts.end(suspected(one));
  expect(attempts.wasMade(one, deviation('code'))).toBe(true);
  expect(attempts.wasMade(one, deviation('text'))).toBe(false);
  expect(attempts.wasMade(other, deviation('code'))).toBe(false);
});

test('what led nowhere three times is left alone until it has been seen twice as often', () => {
  const attempts = newAttempts();
  const seen = examined('code');
  attempts.see([seen, seen]);
  deadEnds(attempts, 'code', 2);
  expect(attempts.isLeftAlone(deviation('code'), false)).toBe(false);
  deadEnds(attempts, 'code', 1);
  expect(attempts.isLeftAlone(deviation('code'), false)).toBe(true);
  attempts.see([seen]);
  expect(attempts.isLeftAlone(deviation('code'), false)).toBe(true);
  attempts.see([seen]);
  expect(attempts.isLeftAlone(deviation('code'), false)).toBe(false);
  expect(attempts.isLeftAlone(deviation('text'), false)).toBe(false);
});

test('what led nowhere three times and is explained is left alone however often it is seen', () => {
  const attempts = newAttempts();
  deadEnds(attempts, 'code', 3);
  attempts.see(Array.from({ length: 10 }, () => examined('code')));
  expect(attempts.isLeftAlone(deviation('code'), true)).toBe(true);
});

test('what led to a finding begins to be counted anew', () => {
  const attempts = newAttempts();
  deadEnds(attempts, 'code', 3);
  attempts.ledSomewhere(deviation('code'));
  expect(attempts.isLeftAlone(deviation('code'), true)).toBe(false);
});

test('two investigations in one examination are enough behind a known finding', () => {
  const attempts = newAttempts();
  const examination = examined('code', 'text');
  attempts.end(suspected(examination));
  expect(attempts.isSpent(suspected(examination, { semblance: 'keeps login' }))).toBe(false);
  attempts.end({ ...suspected(examination), deviation: deviation('text') });
  expect(attempts.isSpent(suspected(examination, { semblance: 'keeps login' }))).toBe(true);
  expect(attempts.isSpent(suspected(examined('code'), { semblance: 'keeps login' }))).toBe(false);
});

test('of what no field explains behind known findings, two dozen are looked into in all', () => {
  const attempts = newAttempts();
  const behind = (semblance = ''): Suspected => suspected(examined('code'), { isBehind: true, semblance });
  const first = suspected(examined('code'));
  for (let wave = 0; wave < 30; wave++) attempts.begin([first, behind('keeps login')]);
  expect(attempts.isSpent(behind())).toBe(false);
  for (let wave = 0; wave < 12; wave++) attempts.begin([behind(), behind()]);
  expect(attempts.isSpent(behind())).toBe(true);
  expect(attempts.isSpent(behind('keeps login'))).toBe(false);
});
