import { expect, test } from 'vitest';
import { latencies } from '../../src/limits/delays.ts';
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
