/** What a machine says of STARTTLS. */

import { expect, test } from 'vitest';
import type { Mealy, Move, State } from '../../src/learn/mealy.ts';
import { counterexamples, entriesOf, freshEntry, isInTls, takenAgain } from '../../src/learn/reset.ts';

const INPUTS = ['ehlo', 'mail', 'starttls'];
const state = (access: readonly string[], ...moves: readonly (readonly [string, number])[]) => ({
  access,
  moves: Object.fromEntries(
    INPUTS.map((input, at): [string, Move] => {
      const [output, to] = moves[at] ?? ['', 0];
      return [input, { output, to }];
    }),
  ),
});

/** STARTTLS is refused in a transaction; behind EHLO it leads to a state that takes MAIL at once. */
const KEEPING: Mealy = {
  inputs: INPUTS,
  states: [
    state([], ['250 STARTTLS', 1], ['503', 0], ['220', 2]),
    state(['ehlo'], ['250 STARTTLS', 1], ['250', 4], ['220', 3]),
    state(['starttls'], ['250 ', 3], ['503', 2], ['503', 2]),
    state(['starttls', 'ehlo'], ['250 ', 3], ['250', 3], ['503', 3]),
    state(['ehlo', 'mail'], ['250 STARTTLS', 1], ['503', 4], ['503', 4]),
  ],
};

test('a fresh connection comes to TLS behind nothing, or behind a greeting where one is wanted', () => {
  expect(freshEntry(KEEPING, 'starttls-first')).toBe(2);
  expect(freshEntry(KEEPING, 'neutral-ehlo')).toBe(3);
});

test('where STARTTLS is not taken there is no such state', () => {
  const refusing = {
    ...KEEPING,
    states: KEEPING.states.with(0, state([], ['250 ', 1], ['503', 0], ['502', 0])),
  };
  expect(freshEntry(refusing, 'starttls-first')).toBeUndefined();
});

test('STARTTLS is followed from each state that takes it, and what tells its end from the fresh one is known', () => {
  expect(entriesOf(KEEPING, 2)).toEqual([
    { from: 0, to: 2 },
    { from: 1, to: 3, told: ['mail'] },
  ]);
});

test('each state that it leads astray to has one counterexample, the shortest', () => {
  expect(counterexamples(KEEPING, entriesOf(KEEPING, 2))).toMatchObject([
    { before: [{ kind: 'ehlo' }], after: [{ kind: 'mail' }] },
  ]);
  const farther = [
    { from: 4, to: 3, told: ['mail'] },
    { from: 1, to: 3, told: ['mail'] },
  ];
  expect(counterexamples(KEEPING, farther)).toMatchObject([{ before: [{ kind: 'ehlo' }] }]);
});

test('a state is in TLS where a STARTTLS on the way to it was taken', () => {
  expect(KEEPING.states.map((_, index) => isInTls(KEEPING, index))).toEqual([
    false,
    false,
    true,
    true,
    false,
  ]);
});

test('a STARTTLS that is taken in TLS leads nowhere, and is shown by the shortest way to it', () => {
  const taking = state(['starttls', 'ehlo'], ['250 ', 3], ['250', 3], ['220', 3]);
  const again = { ...KEEPING, states: KEEPING.states.with(3, taking) };
  expect(takenAgain(KEEPING)).toEqual([]);
  expect(takenAgain(again)).toEqual([3]);
  expect(entriesOf(again, 3).map(({ from }) => from)).toEqual([0, 1]);
  expect(counterexamples(again, [])).toMatchObject([
    { before: [], after: [{ kind: 'ehlo' }, { kind: 'starttls' }] },
  ]);
});

test('of several states that take STARTTLS again the one with the shortest way is shown', () => {
  const near = state(['starttls'], ['250 ', 3], ['503', 2], ['220', 2]);
  const far = state(['starttls', 'ehlo'], ['250 ', 3], ['250', 3], ['220', 3]);
  const [first, greeted, , , mail] = KEEPING.states as [State, State, State, State, State];
  // The same machine with its states in another order: what was 2 is 3, and what was 3 is 2.
  const swapped = ({ access, moves }: State): State => ({
    access,
    moves: Object.fromEntries(
      Object.entries(moves).map(([input, { output, to }]) => [
        input,
        { output, to: [0, 1, 3, 2, 4][to] ?? to },
      ]),
    ),
  });
  for (const states of [[first, greeted, near, far, mail], [first, greeted, far, near, mail].map(swapped)])
    expect(counterexamples({ ...KEEPING, states }, [])).toMatchObject([
      { before: [], after: [{ kind: 'starttls' }] },
    ]);
});
