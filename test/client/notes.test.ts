/** Which notes a result about a client has, and when it has none. */

import { expect, test } from 'vitest';
import { FEW } from '../../src/client/doubts.ts';
import {
  begunNotes,
  commonNameNotes,
  declinedNotes,
  slowNotes,
  unplayedNotes,
} from '../../src/client/notes.ts';

const texts = (notes: readonly { readonly text: string }[]): string =>
  notes.map(({ text }) => text).join('\n');

test('what did not happen is not told', () => {
  const none = [unplayedNotes(0), declinedNotes(0), begunNotes(new Set()), commonNameNotes(0)];
  expect(none.flat()).toEqual([]);
});

test('scripts that were not played, and senders that a client declined, are told with their number', () => {
  expect(texts(unplayedNotes(3))).toMatch(/^of the scripts that go before random ones 3 were not played/);
  expect(texts(declinedNotes(4))).toMatch(/^in 4 scenarios the client was given a sender beyond ASCII/);
});

test('a few slow runs are chance; more are told, with what would help', () => {
  expect(slowNotes(FEW, 4_000, 15_000)).toEqual([]);
  expect(texts(slowNotes(FEW + 1, 4_000, 15_000))).toContain(
    `in ${FEW + 1} scenarios the client was still for 4 s, or on its way after 15 s: a lower --jobs`,
  );
});

test('codes behind which TLS is begun stand in order, five at most', () => {
  expect(texts(begunNotes(new Set([250, 221])))).toContain(
    'begins TLS behind 221, 250 in answer to STARTTLS',
  );
  const many = new Set([299, 221, 222, 223, 224, 225, 226]);
  expect(texts(begunNotes(many))).toContain('behind 221, 222, 223, 224, 225 and 2 more in answer');
});

test('a common name that is taken beside others is a deviation, and no finding', () => {
  expect(commonNameNotes(1)).toMatchObject([{ kind: 'deviation' }]);
});
