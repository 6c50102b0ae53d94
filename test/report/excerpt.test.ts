/** How much of a transcript a report holds. */

import { expect, test } from 'vitest';
import { excerpt } from '../../src/report/excerpt.ts';
import type { Entry, Transcript } from '../../src/transcript.ts';

const reply = (part: Entry['part'], step: number, text: string): Entry => ({
  kind: 'received',
  at: step,
  part,
  step,
  reply: { kind: 'reply', code: 250, lines: [text] },
});
const said = (entries: readonly Entry[]): Transcript => ({
  nonce: 'z',
  upgrade: 'secure',
  entries,
  handlers: [],
  deliveries: [],
  connections: 1,
});
const LONG = 'x'.repeat(900);
const many = (part: Entry['part']): readonly Entry[] =>
  Array.from({ length: 100 }, (_, step) => reply(part, step, LONG));

test('what is short enough stays as it is', () => {
  const transcript = said([...many('before'), ...many('after')]);
  expect(excerpt(transcript)).toEqual(transcript);
});

test('of what is too long the beginning and the end stay, and the number of what is gone', () => {
  const { entries } = excerpt(said(many('after')), 10_000);
  expect(entries.map(entry => (entry.kind === 'event' ? entry.text : entry.step))).toEqual([
    ...[0, 1, 2, 3, 4],
    '90 more, left out of the report',
    ...[95, 96, 97, 98, 99],
  ]);
});

test('a flood before TLS takes nothing from what is said in it', () => {
  const { entries } = excerpt(
    said([...many('before'), reply('after', 0, 'a'), reply('fence', 0, 'b')]),
    10_000,
  );
  expect(entries.slice(-2)).toEqual([reply('after', 0, 'a'), reply('fence', 0, 'b')]);
  expect(entries).toHaveLength(13);
});
