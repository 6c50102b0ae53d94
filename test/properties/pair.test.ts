/** What a pair's difference is called: in words that tell which of the two connections has what. */

import { expect, test } from 'vitest';
import { freshConnection } from '../../properties/fresh-connection.ts';
import { pairDeviation } from '../../properties/pair.ts';
import type { Difference } from '../../src/compare.ts';

const summaryOf = (difference: Pick<Difference, 'verb' | 'aspect' | 'used' | 'fresh'>): string =>
  pairDeviation(freshConnection, { step: 0, place: '', ...difference }).summary;

test.each([
  ['PIPELINING', 'nothing', 'the EHLO list in TLS has PIPELINING, which a fresh connection is not offered'],
  ['nothing', 'PIPELINING', 'the EHLO list in TLS lacks PIPELINING, which a fresh connection is offered'],
  ['SIZE 9', 'SIZE 10', 'the EHLO list in TLS has SIZE 9, where a fresh connection is offered SIZE 10'],
])('an extension is told by where it is listed: %s, %s', (used, fresh, summary) => {
  expect(summaryOf({ verb: 'ehlo', aspect: 'list', used, fresh })).toBe(summary);
});

test.each([
  ['closed', 'nothing', 'the connection is closed at MAIL in TLS; a fresh connection goes on'],
  ['nothing', 'closed', 'the connection goes on behind MAIL in TLS; a fresh connection is closed'],
  ['silence', 'nothing', 'MAIL gets no answer in TLS; a fresh connection goes on'],
  ['silence', 'closed', 'MAIL gets no answer in TLS; a fresh connection is closed'],
  ['closed', 'silence', 'the connection is closed at MAIL in TLS; a fresh connection gives no answer'],
])('the end of a connection is told with what becomes of the other: %s, %s', (used, fresh, summary) => {
  expect(summaryOf({ verb: 'mail', aspect: 'end', used, fresh })).toBe(summary);
});

test.each([
  ['2.0.0', 'nothing', 'the code 2.0.0 in TLS, but with no enhanced code'],
  ['nothing', '2.0.0', 'no enhanced code in TLS, but with the code 2.0.0'],
])('an enhanced code that only one of them has is told: %s, %s', (used, fresh, words) => {
  expect(summaryOf({ verb: 'mail', aspect: 'enhanced', used, fresh })).toBe(
    `MAIL is answered with ${words} on a fresh connection`,
  );
});

test.each([
  ['X-A: b', 'nothing', 'with "X-A: b", which one from a fresh connection has not'],
  ['nothing', 'X-A: b', 'without "X-A: b", which one from a fresh connection has'],
])('a header that only one message has is told: %s, %s', (used, fresh, words) => {
  expect(summaryOf({ verb: 'data', aspect: 'header', used, fresh })).toBe(
    `a message sent in TLS arrives ${words}`,
  );
});

test.each([
  [
    '250',
    'a reply 250 too many comes in TLS, ahead of that to the closing QUIT; a fresh connection gives none',
  ],
  // An AUTH dialogue that is kept takes QUIT for a response.
  ['334', 'the closing QUIT is answered 334 in TLS, but 221 on a fresh connection'],
  ['501', 'the closing QUIT is answered 501 in TLS, but 221 on a fresh connection'],
])('what cannot answer QUIT answers something before it: %s', (used, summary) => {
  expect(summaryOf({ verb: 'fence', aspect: 'code', used, fresh: '221' })).toBe(summary);
});

test.each([
  ['nothing', '250', 'MAIL gets no such reply in TLS (a fresh connection: 250)'],
  [
    '250',
    'nothing',
    'MAIL is preceded or followed in TLS by a reply 250 that a fresh connection does not give',
  ],
])('a reply that only one of them has is told: %s, %s', (used, fresh, summary) => {
  expect(summaryOf({ verb: 'mail', aspect: 'count', used, fresh })).toBe(summary);
});

test.each([
  ['0', 'called', 'nothing', 'called in TLS, on a fresh connection it is not'],
  ['0', 'nothing', 'called', 'not called in TLS, on a fresh connection it is'],
  ['0.user', 'u', '', 'given user = u in TLS, on a fresh connection (empty)'],
  ['1.user', '', 'u', 'given user = (empty) in TLS, on a fresh connection u'],
])('what a hook is given, and whether it is called, is told: %s, "%s", "%s"', (place, used, fresh, words) => {
  const difference: Difference = { step: 0, verb: 'onAuth', aspect: 'handler', place, used, fresh };
  expect(pairDeviation(freshConnection, difference).summary).toBe(
    `the application's hook onAuth is ${words}`,
  );
});
