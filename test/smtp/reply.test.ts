/** The reply parser: one table of cases, read whole, byte by byte, and with bytes behind. */

import { describe, expect, test } from 'vitest';
import { type Malformed, REPLY_LIMITS, type Reply, ReplyParser } from '../../src/smtp/reply.ts';

type Item = Reply | Malformed;

const reply = (code: number, ...lines: string[]): Reply => ({ kind: 'reply', code, lines });
const enhanced = (code: number, status: string, ...lines: string[]): Reply => ({
  kind: 'reply',
  code,
  enhanced: status,
  lines,
});
const malformed = (reason: Malformed['reason'], bytes: string): Malformed => ({
  kind: 'malformed',
  reason,
  bytes,
});

const LONGEST = REPLY_LIMITS.line - '250 \r\n'.length;
const tooLong = `250 ${'x'.repeat(LONGEST + 1)}`;
const LINES = Math.ceil(REPLY_LIMITS.total / 1_000) + 1;

interface Case {
  readonly name: string;
  readonly bytes: string;
  readonly items: readonly Item[];
}

const CASES: readonly Case[] = [
  { name: 'one line', bytes: '250 Ok\r\n', items: [reply(250, 'Ok')] },
  { name: 'a code alone', bytes: '250\r\n', items: [reply(250, '')] },
  { name: 'a code and a blank', bytes: '334 \r\n', items: [reply(334, '')] },
  { name: 'several lines', bytes: '250-a\r\n250-b\r\n250 c\r\n', items: [reply(250, 'a', 'b', 'c')] },
  { name: 'a last line without text', bytes: '250-a\r\n250\r\n', items: [reply(250, 'a', '')] },
  { name: 'several replies', bytes: '250 a\r\n550 b\r\n', items: [reply(250, 'a'), reply(550, 'b')] },
  { name: 'bare LF', bytes: '250-a\n250 b\n', items: [reply(250, 'a', 'b')] },
  { name: 'CR inside a line', bytes: '250 a\rb\r\n', items: [reply(250, 'a\rb')] },
  { name: 'bytes that are no UTF-8', bytes: '250 \xff\xfe\xc3\r\n', items: [reply(250, '\xff\xfe\xc3')] },
  {
    name: 'an enhanced code',
    bytes: '250 2.1.5 Ok\r\n',
    items: [enhanced(250, '2.1.5', 'Ok')],
  },
  { name: 'an enhanced code without text', bytes: '250 2.0.0\r\n', items: [enhanced(250, '2.0.0', '')] },
  {
    name: 'an enhanced code on each line',
    bytes: '550-5.7.1 no\r\n550 5.7.1 never\r\n',
    items: [enhanced(550, '5.7.1', 'no', 'never')],
  },
  {
    name: 'an enhanced code on the first line only',
    bytes: '550-5.7.1 no\r\n550 never\r\n',
    items: [enhanced(550, '5.7.1', 'no', 'never')],
  },
  {
    name: 'a text that begins as the enhanced code does',
    bytes: '250-2.1.5 a\r\n250 2.1.50 b\r\n',
    items: [enhanced(250, '2.1.5', 'a', '2.1.50 b')],
  },
  {
    name: 'what only resembles an enhanced code',
    bytes: '250 2.1.5.7 a\r\n',
    items: [reply(250, '2.1.5.7 a')],
  },
  { name: 'no code', bytes: 'hello\r\n', items: [malformed('no-code', 'hello')] },
  { name: 'an empty line', bytes: '\r\n', items: [malformed('no-code', '')] },
  { name: 'a code out of range', bytes: '650 a\r\n', items: [malformed('no-code', '650 a')] },
  { name: 'a code of four digits', bytes: '2500 a\r\n', items: [malformed('no-code', '2500 a')] },
  {
    name: 'a changing code',
    bytes: '250-a\r\n550 b\r\n250 c\r\n',
    items: [malformed('code-changed', '550 b'), reply(250, 'c')],
  },
  {
    name: 'a line without code within a reply',
    bytes: '250-a\r\nb\r\n250 c\r\n',
    items: [malformed('no-code', 'b'), reply(250, 'c')],
  },
  {
    name: 'the longest line',
    bytes: `250 ${'x'.repeat(LONGEST)}\r\n`,
    items: [reply(250, 'x'.repeat(LONGEST))],
  },
  {
    name: 'a line too long',
    bytes: `${tooLong}\r\n`,
    items: [malformed('too-long', tooLong.slice(0, 256))],
  },
  {
    name: 'a reply too long',
    bytes: `250-${'x'.repeat(994)}\r\n`.repeat(LINES),
    items: [malformed('too-long', `250-${'x'.repeat(994)}`.slice(0, 256))],
  },
];

/** Feeds the pieces, taking out all that is complete behind each of them. */
function parsed(pieces: Iterable<string>): { readonly items: readonly Item[]; readonly rest: string } {
  const parser = new ReplyParser();
  const items: Item[] = [];
  for (const piece of pieces) {
    parser.feed(piece);
    for (let item = parser.next(); item !== undefined; item = parser.next()) items.push(item);
  }
  return { items, rest: parser.rest() };
}

describe.each(CASES)('$name', ({ bytes, items }) => {
  test('read whole', () => {
    expect(parsed([bytes])).toEqual({ items, rest: '' });
  });

  test('read byte by byte', () => {
    expect(parsed(bytes)).toEqual({ items, rest: '' });
  });

  test('read with bytes behind', () => {
    const overflown = items.some(item => item.kind === 'malformed' && item.reason === 'too-long');
    // Behind a reply that is too long nothing can be trusted, and nothing is read any more.
    expect(parsed([`${bytes}220 next\r\n22`])).toEqual(
      overflown ? { items, rest: '' } : { items: [...items, reply(220, 'next')], rest: '22' },
    );
  });
});

describe('what is not complete', () => {
  test.each(['', '2', '250', '250 Ok', '250 Ok\r', '250-a\r\n', '250-a\r\n250 b'])(
    'is no reply yet: %j',
    bytes => {
      expect(parsed([bytes])).toEqual({ items: [], rest: bytes });
    },
  );

  test('is handed out by rest, and forgotten', () => {
    const parser = new ReplyParser();
    parser.feed('250-a\r\n250-b\r\n25');
    expect(parser.next()).toBeUndefined();
    expect(parser.rest()).toBe('250-a\r\n250-b\r\n25');
    expect(parser.rest()).toBe('');
    parser.feed('220 anew\r\n');
    expect(parser.next()).toEqual(reply(220, 'anew'));
  });
});

test('a gigabyte without a line end does not grow memory', () => {
  const parser = new ReplyParser();
  const megabyte = 'x'.repeat(1_048_576);
  const items: Item[] = [];
  const before = process.memoryUsage().heapUsed;
  for (let megabytes = 0; megabytes < 1_024; megabytes++) {
    parser.feed(megabyte);
    const item = parser.next();
    if (item !== undefined) items.push(item);
  }
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1_048_576);
  expect(items).toEqual([malformed('too-long', 'x'.repeat(256))]);
  expect(parser.rest()).toBe('');
});
