import { expect, test } from 'vitest';
import { newAllowed } from '../../src/investigate/allowed.ts';
import type { ThreeRuns } from '../../src/report/report.ts';

const first = { summary: 'first' } as ThreeRuns;

test('a limit is told once, by what showed it first, with the number of differences that it explains', () => {
  const allowed = newAllowed();
  allowed.add({ kind: 'allowed', limit: 'errors', text: 'five errors', example: first }, 'noop code 421/250');
  allowed.add({ kind: 'allowed', limit: 'errors', text: 'six errors' }, 'mail code 421/250');
  expect(allowed.notes()).toEqual([{ kind: 'allowed', text: 'five errors (explains 2 differences)' }]);
  expect(allowed.examples.get('errors')).toBe(first);
  expect(allowed.explained.get('errors')).toBe(2);
});

test('an effect that a limit explained is known again, a number in hooks in whichever of them', () => {
  const allowed = newAllowed();
  allowed.add({ kind: 'allowed', limit: 'messages', text: 'two messages' }, 'onMail handler count 2/1');
  expect(allowed.covers('onAuth handler count 2/1')).toBe(true);
  expect(allowed.covers('onAuth handler other 2/1')).toBe(false);
});

test('a limit that ends the connection does so at whichever command comes next', () => {
  const allowed = newAllowed();
  allowed.add({ kind: 'allowed', limit: 'errors', text: 'four errors' }, 'noop code 421/250');
  expect(allowed.covers('rcpt code 421/550')).toBe(true);
  expect(allowed.covers('rcpt code 250/421')).toBe(false);
  expect(allowed.covers('rcpt code 450/250')).toBe(false);
});
