import { expect, test } from 'vitest';
import { LONGEST, milliseconds, spoken } from '../src/duration.ts';

test.each([
  ['250ms', 250],
  ['30s', 30_000],
  ['1.5m', 90_000],
  ['2h', 7_200_000],
])('%s is %i milliseconds', (text, expected) => {
  expect(milliseconds(text)).toBe(expected);
});

test.each(['', '5', 's', '0s', '-1s', '5 s', '5S', '1d', '1e3s', '5s5', '٣s', '600h', `${'9'.repeat(400)}s`])(
  '%j is no duration, or none that a timer could be given',
  text => {
    expect(milliseconds(text)).toBeUndefined();
  },
);

test('the longest is what a timer takes, 24 days and a bit', () => {
  expect(milliseconds(`${LONGEST}ms`)).toBe(LONGEST);
  expect(milliseconds(`${LONGEST + 1}ms`)).toBeUndefined();
});

test('it is spoken in one unit, and never as less than is left', () => {
  expect([1, 1_000, 1_001, 119_999].map(spoken)).toEqual(['1 s', '1 s', '2 s', '120 s']);
  expect([120_000, 120_001, 7_199_999].map(spoken)).toEqual(['2 min', '3 min', '120 min']);
  expect([7_200_000, 12_600_000].map(spoken)).toEqual(['2.0 h', '3.5 h']);
});
