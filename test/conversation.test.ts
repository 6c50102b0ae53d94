/** What is said on one connection: every wait has an end, whatever the peer does meanwhile. */

import { expect, test } from 'vitest';
import { Conversation } from '../src/conversation.ts';
import type { Connection } from '../src/drivers/driver.ts';

/** A peer that says `chunk` every `interval` milliseconds, for ever. */
function dripping(chunk: string, interval: number) {
  let now = 0;
  const ends: string[] = [];
  const connection = {
    send: () => {},
    end: (how: string) => ends.push(how),
    receive: async (wait: number) => {
      now += Math.min(wait, interval);
      return wait < interval ? { kind: 'silence' } : { kind: 'bytes', bytes: chunk };
    },
  } as unknown as Connection;
  return { conversation: new Conversation(connection, () => now, 1_000), now: () => now, ends };
}

test('a reply that never ends is waited for no longer than one that never comes', async () => {
  const { conversation, now } = dripping('250-more\r\n', 900);
  expect(await conversation.reply()).toBeUndefined();
  expect(now()).toBe(1_000);
  expect(conversation.entries.at(-1)).toMatchObject({ kind: 'silence' });
  expect(conversation.isOver).toBe(true);
});

test('whoever always has one more reply is cut off', async () => {
  const { conversation, now, ends } = dripping('250 more\r\n', 900);
  await conversation.drain();
  expect(now()).toBeLessThan(30_000);
  expect(ends).toEqual(['reset']);
});

test('whoever has one more reply in place of the 221, again and again, is cut off', async () => {
  const { conversation, now, ends } = dripping('250 more\r\n', 90);
  expect(await conversation.isDismissedWithin(100)).toBe(false);
  expect(now()).toBeLessThan(30_000);
  expect(ends).toEqual(['reset']);
});

test('what comes before it is known to be a reply counts as said', async () => {
  const { conversation, ends } = dripping(`250-${'x'.repeat(60_000)}\r\n250 more\r\n`, 1);
  expect(await conversation.isDismissedWithin(100)).toBe(false);
  expect(ends).toEqual(['reset']);
  expect(JSON.stringify(conversation.entries).length).toBeLessThan(20 * 1_048_576);
});

test('whoever says more than anyone could want is cut off', async () => {
  const { conversation, ends } = dripping(`250-${'x'.repeat(60_000)}\r\n250 more\r\n`, 0);
  await conversation.drain();
  expect(ends).toEqual(['reset']);
  expect(JSON.stringify(conversation.entries).length).toBeLessThan(20 * 1_048_576);
});

test.each([
  ['an alert alone', '\x15\x03\x03\x00\x02\x02\x28', []],
  ['half an alert', '\x15\x03\x03', []],
  ['plaintext behind an alert', '\x15\x03\x03\x00\x02\x02\x28250 ok\r\n', ['250 ok\r\n']],
  ['plaintext', '454 no\r\n', ['454 no\r\n']],
])(
  'of what comes after a failed handshake, plaintext is written down: %s',
  async (_what, bytes, expected) => {
    const { conversation } = dripping(bytes, 1);
    await conversation.reaction(100);
    expect(conversation.entries.flatMap(entry => (entry.kind === 'stray' ? [entry.bytes] : []))).toEqual(
      expected,
    );
  },
);
