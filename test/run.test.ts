import { expect, test } from 'vitest';
import { probe } from '../src/probe.ts';
import { run } from '../src/run.ts';
import type { Scenario } from '../src/scenario.ts';
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
