import { expect, test } from 'vitest';
import { probe } from '../src/probe.ts';
import { run } from '../src/run.ts';
import { BARE, type Scenario } from '../src/scenario.ts';
import { referenceInMemory } from '../src/targets/reference/target.ts';
import { surplusReplies } from '../src/transcript.ts';

test('an AUTH dialogue that is left open is cancelled before the closing QUIT, so that nothing is waited for', async () => {
  const { stage, speech } = await probe(referenceInMemory({}));
  const scenario: Scenario = {
    before: [],
    upgrade: { handshake: { kind: 'sound', version: '1.3' } },
    after: [
      { kind: 'ehlo', name: 'p' },
      { kind: 'auth', mechanism: 'PLAIN', answer: 'open', user: 'q' },
    ],
  };
  const began = stage.driver.now();
  const transcript = await run(stage, scenario, { ...speech, nonce: 'z0123456789ab' });
  expect(stage.driver.now()).toBe(began);
  const fence = transcript.entries.filter(({ part }) => part === 'fence');
  expect(fence.flatMap(entry => (entry.kind === 'sent' ? [entry.bytes] : []))).toEqual(['*\r\n', 'QUIT\r\n']);
  expect(fence.flatMap(entry => (entry.kind === 'received' ? [entry.reply] : []))).toMatchObject([
    { code: 501 },
    { code: 221 },
  ]);
  expect(surplusReplies(transcript)).toBe(0);
});

test('messages are waited for, and neither chunks with more to come nor messages without a mark', async () => {
  const { stage, speech } = await probe(referenceInMemory({}));
  const asked: string[] = [];
  const mailbox = { find: async (mark: string) => void asked.push(mark) };
  const transcript = await run({ ...stage, mailbox }, MESSAGES, { ...speech, nonce: 'z0123456789ab' });
  expect(transcript.deliveries.map(({ step }) => step)).toEqual([4, 7]);
  expect(asked.map(mark => mark.slice(13))).toEqual(['q._after.0004.', 'r._after.0007.']);
});

const MESSAGES: Scenario = {
  before: [],
  upgrade: BARE,
  after: [
    { kind: 'ehlo', name: 'p' },
    { kind: 'mail', from: 'p' },
    { kind: 'rcpt', to: 'p' },
    { kind: 'bdat', body: 'plain', token: 'p' },
    { kind: 'bdat', body: 'plain', token: 'q', last: true },
    { kind: 'mail', from: 'p' },
    { kind: 'rcpt', to: 'p' },
    { kind: 'data', body: 'plain', token: 'r' },
    { kind: 'mail', from: 'p' },
    { kind: 'rcpt', to: 'p' },
    { kind: 'data', body: 'empty', token: 's' },
    // Refused, since nothing was begun.
    { kind: 'data', body: 'plain', token: 's' },
  ],
};
