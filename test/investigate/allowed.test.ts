import { expect, test } from 'vitest';
import { type Difference, signature } from '../../src/compare.ts';
import { newAllowed } from '../../src/investigate/allowed.ts';
import type { ThreeRuns } from '../../src/limits/measured.ts';

function shown(verb: string, aspect: Difference['aspect'], used: string, fresh: string, place = '0') {
  const difference = { step: 0, verb, aspect, place, used, fresh };
  return { difference, signature: signature(difference) };
}
const hook = (verb: string, place: string) => shown(verb, 'handler', '2', '1', place);

const first = { summary: 'first' } as ThreeRuns;

test('a limit is told once, by what showed it first, with the number of differences that it explains', () => {
  const allowed = newAllowed();
  allowed.add(
    { kind: 'allowed', limit: 'errors', text: 'five errors', example: first },
    shown('noop', 'code', '421', '250'),
  );
  allowed.add({ kind: 'allowed', limit: 'errors', text: 'six errors' }, shown('mail', 'code', '421', '250'));
  expect(allowed.notes()).toEqual([{ kind: 'allowed', text: 'five errors (explains 2 differences)' }]);
  expect(allowed.examples.get('errors')).toBe(first);
  expect(allowed.explained.get('errors')).toBe(2);
});

test('an effect that a limit explained is known again, a number in hooks in whichever of them', () => {
  const allowed = newAllowed();
  allowed.add({ kind: 'allowed', limit: 'messages', text: 'two messages' }, hook('onMail', 'count'));
  expect(allowed.covers(hook('onAuth', 'count'))).toBe(true);
  expect(allowed.covers(hook('onAuth', 'other'))).toBe(false);
});

test('a limit that ends the connection does so at whichever command comes next', () => {
  const allowed = newAllowed();
  allowed.add({ kind: 'allowed', limit: 'errors', text: 'four errors' }, shown('noop', 'code', '421', '250'));
  expect(allowed.covers(shown('rcpt', 'code', '421', '550'))).toBe(true);
  expect(allowed.covers(shown('rcpt', 'code', '250', '421'))).toBe(false);
  expect(allowed.covers(shown('rcpt', 'code', '450', '250'))).toBe(false);
  expect(allowed.covers(shown('rcpt', 'text', '421', '250'))).toBe(false);
});
