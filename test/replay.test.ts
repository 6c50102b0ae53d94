/** Kept findings against servers on which TLS does not come about as it did when they were found. */

import { describe, expect, test } from 'vitest';
import type { CorpusEntry } from '../src/corpus.ts';
import { benchOf, replay } from '../src/replay.ts';
import { RUN_LIMITS } from '../src/stage.ts';
import { type Behaviour, SOUND } from '../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../src/targets/reference/target.ts';
import { targetOf } from '../src/targets/registry.ts';
import { chance } from './chance.ts';
import { GREETING_KEPT } from './entries.ts';

const replayed = async (bent: Partial<Behaviour>, changes: Partial<CorpusEntry> = {}) => {
  const target = referenceInMemory({ behaviour: { ...SOUND, ...bent }, random: chance() });
  return replay(await benchOf(target, RUN_LIMITS, 4), { ...GREETING_KEPT, ...changes });
};

const MAIL_KEPT: Partial<CorpusEntry> = {
  scenario: {
    ...GREETING_KEPT.scenario,
    before: [
      { kind: 'ehlo', name: 'a' },
      { kind: 'mail', from: 'b' },
    ],
  },
};

const inTransaction = (code: number): Partial<Behaviour> => ({
  judge: (event, _, { session }) =>
    event === 'starttls' && session.sender !== undefined ? { code, lines: ['Not now'] } : 'sound',
});

test('a finding is not fixed where STARTTLS is put off each time: it could not show', async () => {
  expect(await replayed(inTransaction(454), MAIL_KEPT)).toMatchObject({
    outcome: 'ERROR',
    reason: expect.stringMatching(/^3 of 3 runs say nothing: STARTTLS is put off/),
  });
});

test('it is fixed where STARTTLS is refused for good behind what it remembered', async () => {
  expect(await replayed(inTransaction(503), MAIL_KEPT)).toMatchObject({ outcome: 'FIXED' });
});

test('it is fixed where the handshake that was made to fail ends the connection', async () => {
  const upgrade = { handshake: { kind: 'failed', how: 'garbage' } } as const;
  const scenario = { ...GREETING_KEPT.scenario, upgrade };
  expect(await replayed({}, { scenario })).toMatchObject({ outcome: 'FIXED' });
});

describe('what measuring found, and no pair shows, is measured again', () => {
  const outlives: Partial<CorpusEntry> = { claim: 'limits', signature: 'limit kept errors' };
  const isLifted: Partial<CorpusEntry> = { claim: 'limits', signature: 'limit errors' };

  test.each([
    ['limit-errors-kept', outlives, 'FAILED'],
    ['limit-errors-restarted', outlives, 'FIXED'],
    ['limit-errors-kept', isLifted, 'FIXED'],
    ['limit-errors-restarted', isLifted, 'FAILED'],
  ] as const)('%s: %j is %s', async (name, changes, outcome) => {
    const target = await targetOf(`reference:${name}`).start();
    const entry = { ...GREETING_KEPT, ...changes };
    expect(await replay(await benchOf(target, RUN_LIMITS, 4), entry)).toMatchObject({ outcome });
  });
});
