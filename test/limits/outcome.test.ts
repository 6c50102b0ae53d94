/** What a client got at one step. */

import { expect, test } from 'vitest';
import { isOver, outcomeAt } from '../../src/limits/outcome.ts';
import { BARE, type Scenario } from '../../src/scenario.ts';
import type { Entry, Transcript } from '../../src/transcript.ts';

const SCENARIO: Scenario = { before: [], upgrade: BARE, after: [{ kind: 'noop' }, { kind: 'help' }] };

type Heard = number | 'malformed' | 'end' | 'silence';

/** Something at a step of TLS; at step 2 the closing QUIT. */
function entry(step: number, heard: Heard): Entry {
  const common = { at: 0, part: step < 2 ? 'after' : 'fence', step: step < 2 ? step : 0 } as const;
  if (heard === 'end') return { ...common, kind: 'ended', how: 'fin' };
  if (heard === 'silence') return { ...common, kind: 'silence', waited: 1 };
  const reply =
    heard === 'malformed'
      ? ({ kind: 'malformed', reason: 'no-code', bytes: 'x' } as const)
      : ({ kind: 'reply', code: heard, lines: [''] } as const);
  return { ...common, kind: 'received', reply } as Entry;
}

const run = (...heard: readonly (readonly [number, Heard])[]): Transcript =>
  ({ entries: heard.map(([step, what]) => entry(step, what)) }) as unknown as Transcript;

test.each<[string, Transcript, number, object]>([
  [
    'the last code, and all of them',
    run([0, 354], [0, 250], [1, 214]),
    0,
    { code: 250, codes: [354, 250], ended: false },
  ],
  ['the end in place of a reply', run([0, 'end']), 0, { code: undefined, codes: [], ended: true }],
  ['the end right behind it', run([0, 421], [1, 'end']), 0, { code: 421, ended: true }],
  ['no end, where another reply comes first', run([0, 250], [1, 214], [2, 'end']), 0, { ended: false }],
  ['no end behind a goodbye, where it is due', run([0, 221], [1, 'end']), 0, { code: 221, ended: false }],
  ['silence', run([0, 'silence']), 0, { code: undefined, ended: false, silent: true }],
  ['no code of what cannot be read', run([0, 'malformed']), 0, { code: undefined, codes: [undefined] }],
  ['the closing QUIT behind the last step', run([1, 214], [2, 221]), 2, { code: 221 }],
])('an outcome is %s', (_, transcript, step, outcome) => {
  expect(outcomeAt(transcript, SCENARIO, step)).toMatchObject(outcome);
});

test('a connection is over from the step on at which it ended, or fell silent', () => {
  for (const end of ['end', 'silence'] as const) {
    const over = run([0, 250], [1, end]);
    expect([0, 1, 2].map(step => isOver(over, step))).toEqual([false, true, true]);
  }
  // That it ends behind the closing QUIT is no end of the session.
  expect(isOver(run([0, 250], [2, 'end']), 2)).toBe(false);
});
