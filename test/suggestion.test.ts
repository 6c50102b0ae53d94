import { expect, test } from 'vitest';
import { suggestion } from '../src/suggestion.ts';

const KNOWN = ['exim', 'swaks', 'postfix', 'keeps-greeting'];

test.each([
  ['swask', 'swaks'],
  ['Exmi', undefined],
  ['EXIN', 'exim'],
  ['potsfix', 'postfix'],
  ['keeps-greting', 'keeps-greeting'],
  ['sendmail', undefined],
])(
  'a word that is a letter, two letters of five, or a third of its letters away is suggested: %s, %s',
  (word, meant) => {
    expect(suggestion(word, KNOWN)).toBe(meant === undefined ? '' : ` Did you mean ${meant}?`);
  },
);

test('of several near words the nearest is suggested', () => {
  expect(suggestion('postfx', ['postfox', 'postfix', 'post'])).toBe(' Did you mean postfox?');
  expect(suggestion('postfi', ['postfox', 'postfix'])).toBe(' Did you mean postfix?');
});
