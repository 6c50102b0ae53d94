/** Runs in words: what was delivered, and what the letters of a summary stand for. */

import { expect, test } from 'vitest';
import { dialogue, particulars } from '../../src/report/dialogue.ts';
import type { Delivery, Entry, Transcript } from '../../src/transcript.ts';

const entry = (step: number, said: Partial<Entry>): Entry =>
  ({ at: 0, part: 'after', step, ...said }) as Entry;
const MESSAGE = 'From: <a@x>\r\n\r\n..dot\r\nHello.\r\n.\r\n';

function run(...deliveries: readonly Delivery[]): Transcript {
  const entries = [
    entry(0, { kind: 'sent', bytes: 'DATA\r\n' }),
    entry(0, { kind: 'sent', bytes: MESSAGE }),
    entry(0, { kind: 'received', reply: { kind: 'reply', code: 250, lines: ['ok'] } }),
    entry(1, { kind: 'sent', bytes: 'NOOP\r\n' }),
  ];
  return { nonce: 'zu', upgrade: 'secure', entries, handlers: [], deliveries, connections: 1 };
}

const told = (transcript: Transcript): readonly string[] =>
  dialogue(transcript)
    .filter(({ speaker }) => speaker === 'event')
    .flatMap(({ lines }) => lines);

test('a message is told to be delivered with what the client did not say of it', () => {
  const text = 'Received: from a\n\tby mx\nFrom: <a@x>\n\n.dot\nHello.\nleft over\n';
  const transcript = run({ step: 0, text });
  expect(told(transcript)).toEqual([
    'the message was delivered with',
    'Received: from a',
    '\\x09by mx',
    'left over',
  ]);
  // Behind the answer to it, and before the next command.
  expect(dialogue(transcript).map(({ step, speaker }) => `${step} ${speaker}`)).toEqual([
    '0 client',
    '0 client',
    '0 server',
    '0 event',
    '1 client',
  ]);
});

test('one that came as it was sent is not, and one that did not come is', () => {
  expect(told(run({ step: 0, text: 'From: <a@x>\n\n.dot\nHello.\n' }))).toEqual([]);
  expect(told(run({ step: 0, text: undefined }))).toEqual(['the message was not delivered in time']);
});

test('however much was added, few lines are told', () => {
  const text = Array.from({ length: 10_000 }, (_, index) => `X-${index}: y`).join('\n');
  expect(told(run({ step: 0, text })).length).toBeLessThan(30);
});

const finding = (proof: 'pair' | 'sighting', used: string, fresh: string) => ({
  proof,
  summary: `${used} in TLS, but ${fresh}`,
  difference: { at: 0, used, fresh },
  transcripts: { used: run(), fresh: { ...run(), nonce: 'zf' } },
});

test('the letters in a summary are told by the words that they stand for, on either connection', () => {
  expect(particulars(finding('pair', 'from <a>', 'from <b>'))).toEqual([
    'where <a> is zua, <b> is zfb on the fresh connection',
  ]);
  expect(particulars(finding('pair', '250', '503'))).toEqual([]);
});

test('of what proves itself it is told what was seen', () => {
  expect(particulars(finding('sighting', 'zua, said in plaintext', 'no value'))).toEqual([
    'seen: zua, said in plaintext; expected: no value',
  ]);
});
