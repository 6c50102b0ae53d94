/** Which fresh runs a used run is held against. */

import { expect, test } from 'vitest';
import { CLEAN, type Script } from '../../src/client/script.ts';
import type { ClientTranscript, Entry } from '../../src/client/transcript.ts';
import { acted, plainly, saying } from './acted.ts';

const script: Script = {
  errand: {},
  before: [{ kind: 'auth', mechanisms: ['PLAIN'] }],
  upgrade: CLEAN,
  after: [],
};
const PLAIN = { at: 1, connection: 0, secure: false } as const;
const READY: Entry = { ...PLAIN, kind: 'replied', bytes: '220 Go on\r\n' };
const LEFT: Entry = { ...PLAIN, kind: 'ended', by: 'client' };

function asking(...behind: readonly Entry[]): ClientTranscript {
  const { entries, ...rest } = plainly('EHLO me.example', 'STARTTLS');
  return { ...rest, entries: [...entries, ...behind] };
}

const examined = (used: ClientTranscript, fresh: ClientTranscript) =>
  acted({ used: () => used, fresh: () => fresh }).examineAnew(script);

test('who is told to go on, and leaves since it has nothing to say in TLS, is a measure for what it says there', async () => {
  const { evidence, deviations } = await examined(saying('AUTH PLAIN', 'QUIT'), asking(READY, LEFT));
  expect(evidence.paired).toBe(true);
  expect(deviations).toMatchObject(
    expect.arrayContaining([
      expect.objectContaining({ claim: 'client-discards', used: 'AUTH PLAIN', fresh: 'nothing more' }),
    ]),
  );
});

test('but it acquits nobody', async () => {
  const { evidence } = await examined(saying('QUIT'), asking(READY, LEFT));
  expect(evidence.paired).toBe(false);
});

const FAILED: Entry = { ...PLAIN, kind: 'handshake', result: 'failed', detail: 'closed' };
const ENDED: Entry = { ...PLAIN, kind: 'ended', by: 'server' };
const BUSY: Entry = { ...PLAIN, kind: 'replied', bytes: '454 Later\r\n' };

test.each([
  ['whose handshake fails', asking(READY, FAILED, LEFT)],
  ['whose connection the server ends', asking(READY, ENDED)],
  ['who is not told to go on', asking(BUSY, LEFT)],
  ['who is not answered', asking(LEFT)],
  ['who has to be stopped', { ...asking(READY, LEFT), exit: { kind: 'late', waited: 9, output: '' } }],
  [
    'who says more in plaintext',
    { ...plainly('STARTTLS', 'QUIT'), entries: [...plainly('STARTTLS', 'QUIT').entries, READY, LEFT] },
  ],
] as const)('one %s is none', async (_, fresh) => {
  const { evidence } = await examined(saying('AUTH PLAIN', 'QUIT'), fresh);
  expect(evidence).toMatchObject({ paired: false });
  expect(evidence.difference).toBeUndefined();
});
