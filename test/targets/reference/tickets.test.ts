import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probe } from '../../../src/probe.ts';
import { run } from '../../../src/run.ts';
import type { Scenario, Step } from '../../../src/scenario.ts';
import { FAULTS } from '../../../src/targets/reference/faults/index.ts';
import { type Listening, listen } from '../../../src/targets/reference/listener.ts';
import { repliesTo } from '../../../src/transcript.ts';

const EHLO: Step = { kind: 'ehlo', name: 'a' };
const LOGIN: Step = { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'b', initial: true };

let server: Listening;
beforeAll(async () => {
  const fault = FAULTS.find(({ name }) => name === 'ticket-carries-login');
  server = await listen(fault?.options ?? {}, { host: '127.0.0.1', port: 0 });
});
afterAll(() => server.stop());

/** What AUTH is answered in TLS on a connection that resumes the session of one on which some steps were said. */
async function answerBehind(version: '1.2' | '1.3', resumed: readonly Step[], nonce: string) {
  const { stage, speech } = await probe(server);
  const scenario: Scenario = {
    before: [],
    upgrade: { handshake: { kind: 'sound', version, resumed } },
    after: [EHLO, LOGIN],
  };
  const transcript = await run(stage, scenario, { ...speech, nonce });
  const handshake = transcript.entries.find(entry => entry.kind === 'handshake' && entry.part === 'upgrade');
  expect(handshake).toMatchObject({ result: { kind: 'completed', resumed: true } });
  const [reply] = repliesTo(transcript, 'after', 1);
  return reply?.kind === 'reply' ? reply.code : undefined;
}

describe.each(['1.2', '1.3'] as const)('with TLS %s the session of a ticket', version => {
  test('is told from that of any other ticket, also side by side', async () => {
    const answers = await Promise.all([
      answerBehind(version, [EHLO, LOGIN], 'zaaaaaaaaaa'),
      answerBehind(version, [EHLO], 'zbbbbbbbbbb'),
      answerBehind(version, [EHLO, LOGIN], 'zcccccccccc'),
      answerBehind(version, [], 'zdddddddddd'),
    ]);
    expect(answers).toEqual([503, 235, 503, 235]);
  });
});
