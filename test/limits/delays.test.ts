import { expect, test } from 'vitest';
import { latencies } from '../../src/limits/delays.ts';
import { survey } from '../../src/limits/survey.ts';
import { probe } from '../../src/probe.ts';
import { type Behaviour, SOUND } from '../../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';
import type { Entry, Transcript } from '../../src/transcript.ts';

const transcript = (
  ...entries: readonly (readonly [at: number, step: number, kind: 'sent' | 'received'])[]
) =>
  ({
    entries: entries.map(([at, step, kind]) => ({ at, part: 'after', step, kind }) as Entry),
  }) as unknown as Transcript;

test('an answer takes as long as it comes behind its command, further replies to that aside', () => {
  const said = transcript([1_000, 1, 'sent'], [1_003, 1, 'received'], [1_900, 1, 'received']);
  expect(latencies(said, 'after', 1)).toEqual([3]);
});

test('a command without an answer tells nothing of how long answers take', () => {
  const lost = transcript([1_000, 0, 'sent'], [1_004, 0, 'received'], [9_000, 1, 'sent']);
  expect(latencies(lost, 'after', 0)).toEqual([4]);
});

/** What a survey tells of a server that takes so long, in milliseconds, for the nth error of a session. */
async function delaysOf(delay: (errors: number) => number) {
  const behaviour: Behaviour = {
    ...SOUND,
    delay: (_event, { session: { errors } }) => delay(errors),
  };
  const target = referenceInMemory({ behaviour });
  const { limits } = await survey(target, await probe(target), {
    commands: 10_000,
    tries: 2,
    only: ['delays'],
  });
  return limits[0];
}

test('answers that come late from some error on are a limit, and those before it are its threshold', async () => {
  expect(await delaysOf(errors => (errors > 3 ? 500 : 1))).toMatchObject({ threshold: 3, kept: 'kept' });
});

test('one late answer makes no delay: the next one comes at once', async () => {
  expect(await delaysOf(errors => (errors === 3 ? 500 : 1))).toMatchObject({ kept: 'none' });
});

test('a server that takes its time for every error is not known to count them', async () => {
  expect(await delaysOf(errors => (errors > 0 ? 500 : 1))).toMatchObject({
    kept: 'unknown',
    reason: expect.stringMatching(/^every error takes 5\d\d ms$/),
  });
});
