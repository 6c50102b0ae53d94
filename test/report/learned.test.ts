/** What is printed of a learned machine. */

import { describe, expect, test } from 'vitest';
import type { Learned } from '../../src/learn/learn.ts';
import type { Mealy, Move } from '../../src/learn/mealy.ts';
import { entriesOf } from '../../src/learn/reset.ts';
import { learnedJson, learnedText } from '../../src/report/learned.ts';

const INPUTS = ['ehlo', 'mail', 'starttls'];
const state = (access: readonly string[], ...moves: readonly (readonly [string, number])[]) => ({
  access,
  moves: Object.fromEntries(
    INPUTS.map((input, at): [string, Move] => [
      input,
      { output: moves[at]?.[0] ?? '', to: moves[at]?.[1] ?? 0 },
    ]),
  ),
});

/** EHLO is kept, and STARTTLS is taken again behind it. */
const MACHINE: Mealy = {
  inputs: INPUTS,
  states: [
    state([], ['250 STARTTLS', 1], ['503', 0], ['220', 2]),
    state(['ehlo'], ['250 STARTTLS', 1], ['250', 1], ['220', 3]),
    state(['starttls'], ['250 ', 3], ['503', 2], ['503', 2]),
    state(['starttls', 'ehlo'], ['250 ', 3], ['250', 3], ['220', 3]),
  ],
};

const LEARNED: Learned = {
  software: 'lab',
  baseline: 'starttls-first',
  machine: MACHINE,
  extra: 1,
  fresh: 2,
  entries: entriesOf(MACHINE, 2),
  findings: [],
  notes: [],
  unexplained: 0,
  served: true,
  words: 12,
  connections: 13,
  seconds: 2,
};
const OF = { name: 'mx', address: 'smtp://127.0.0.1:25', startedAt: '2026-01-01T00:00:00Z' };
const text = (changes: Partial<Learned> = {}): string => learnedText({ ...LEARNED, ...changes }, OF);

describe('the text', () => {
  test('says from which states STARTTLS leads astray, what tells it, and where it is taken in TLS', () => {
    expect(text()).toContain('STARTTLS is taken in 2 states; from 1 of them it leads astray:');
    expect(text()).toContain('behind EHLO; then in TLS MAIL: 250, not 503');
    expect(text()).toContain('STARTTLS is taken again in TLS, in 1 state: it must not be');
  });

  test('lists a few of many, and says how many more there are', () => {
    const astray = LEARNED.entries.filter(({ told }) => told !== undefined);
    expect(text({ entries: Array.from({ length: 10 }, () => astray[0] as (typeof astray)[number]) })).toMatch(
      /(?:behind EHLO.*\n +){8}and from 2 more/,
    );
  });

  test('says how far the machine was put to the test, or why not', () => {
    expect(text()).toContain('complete: a server with up to 5 states');
    const { extra: _, ...untested } = LEARNED;
    expect(learnedText({ ...untested, incomplete: 'time was up' }, OF)).toContain(
      'not complete (time was up)',
    );
  });

  test('has the notes, and what to do next by the verdict', () => {
    expect(text({ notes: [{ kind: 'allowed', text: 'limit on errors' }] })).toContain(
      'note (allowed): limit on errors',
    );
    expect(text()).toMatch(/^mx \(lab\): HOLDS\n[\s\S]*Next: nothing\. /m);
    expect(text({ unexplained: 1 })).toMatch(/: INCONCLUSIVE: [\s\S]*Next: see to the reason/);
  });

  test('lets nothing that a server said steer the terminal', () => {
    expect(text({ software: 'x\u001b[2J', notes: [{ kind: 'noise', text: '\u001b[31m' }] })).not.toContain(
      '\u001b',
    );
  });
});

test('the JSON has the machine, where STARTTLS leads, and the verdict', () => {
  expect(JSON.parse(learnedJson(LEARNED, OF))).toMatchObject({
    kind: 'afresh-machine',
    target: { name: 'mx', software: 'lab' },
    verdict: 'holds',
    inputs: INPUTS,
    fresh: 2,
    entries: [
      { from: 0, to: 2 },
      { from: 1, to: 3, told: ['mail'] },
    ],
  });
});
