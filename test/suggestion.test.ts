import { expect, test } from 'vitest';
import { suggestion } from '../src/suggestion.ts';

const KNOWN = ['exim', 'swaks', 'postfix', 'keeps-greeting'];

test.each([
  ['swask', 'swaks'],
  ['Exmi', 'exim'],
  ['exam', 'exim'],
  ['edam', undefined],
  ['EXIN', 'exim'],
  ['potsfix', 'postfix'],
  ['keeps-greting', 'keeps-greeting'],
  ['sendmail', undefined],
])(
  'a word is suggested that is a letter, a third of its letters, or their order away: %s, %s',
  (word, meant) => {
    expect(suggestion(word, KNOWN)).toBe(meant === undefined ? '' : ` Did you mean ${meant}?`);
  },
);

test('of several near words the nearest is suggested', () => {
  expect(suggestion('postfx', ['postfox', 'postfix', 'post'])).toBe(' Did you mean postfox?');
  expect(suggestion('postfi', ['postfox', 'postfix'])).toBe(' Did you mean postfix?');
});
