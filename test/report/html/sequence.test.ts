import { expect, test } from 'vitest';
import type { Utterance } from '../../../src/report/dialogue.ts';
import { rowsOf } from '../../../src/report/html/sequence.ts';
import type { Part } from '../../../src/transcript.ts';

const said = (part: Part, step: number, line: string): Utterance => ({
  at: 0,
  part,
  step,
  speaker: 'client',
  secure: false,
  lines: [line],
});
const texts = (used: readonly Utterance[], fresh: readonly Utterance[]) =>
  rowsOf(used, fresh).map(row => [row.used?.lines[0], row.fresh?.lines[0]]);

test('the same step of both runs stands in one row, whatever one of them said before', () => {
  const used = [said('before', 0, 'EHLO'), said('before', 1, 'MAIL'), said('after', 0, 'RCPT')];
  expect(texts(used, [said('after', 0, 'RCPT')])).toEqual([
    ['EHLO', undefined],
    ['MAIL', undefined],
    ['RCPT', 'RCPT'],
  ]);
});

test('a reply that only one run got has a row of its own, and what follows stays aligned', () => {
  const used = [said('after', 0, 'RCPT'), said('after', 0, '503'), said('fence', 0, 'QUIT')];
  const fresh = [
    said('after', 0, 'RCPT'),
    said('after', 0, '503'),
    said('after', 0, '250'),
    said('fence', 0, 'QUIT'),
  ];
  expect(texts(used, fresh)).toEqual([
    ['RCPT', 'RCPT'],
    ['503', '503'],
    [undefined, '250'],
    ['QUIT', 'QUIT'],
  ]);
});
