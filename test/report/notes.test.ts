import { expect, test } from 'vitest';
import { NOT_MEASURED } from '../../src/limits/beforehand.ts';
import { notesOf } from '../../src/report/notes.ts';
import { BARE, type Scenario } from '../../src/scenario.ts';

const SCENARIO: Scenario = {
  before: [{ kind: 'noop' }],
  upgrade: BARE,
  after: [{ kind: 'help' }],
};

/** What is told of a search in which nothing else came up. */
const told = (restarts: { times: number; fatal?: Scenario }, brokenOff: readonly Scenario[]) =>
  notesOf({
    experiment: { restarts, brokenOff, noise: { learned: () => [] } },
    investigator: { notes: [] },
    limited: NOT_MEASURED,
    door: { refusals: [] },
    notes: [],
  });

test('of a target that was there all the time nothing is told', () => {
  expect(told({ times: 0 }, [])).toEqual([]);
});

test.each([
  [1, 'once'],
  [2, '2 times'],
])('how often a target was started again is told, and behind what: %i', (times, said) => {
  const [note] = told({ times, fatal: SCENARIO }, []);
  expect(note?.text).toContain(`by itself ${said} and`);
  expect(note?.text).toMatch(/: noop > starttls > help$/);
  expect(told({ times }, [])[0]?.text).not.toContain('noop');
});

test.each([
  [1, 1, 'any more; with'],
  [3, 3, 'any more; with'],
  [8, 3, 'any more, 5 others not told; with'],
])(
  'of %i sessions that were under way when a target went each has its note, of %i',
  (count, most, others) => {
    const notes = told({ times: 0 }, Array(count).fill(SCENARIO));
    expect(notes).toEqual([
      ...Array(most).fill({ kind: 'gone', text: 'under way at the end: noop > starttls > help' }),
      { kind: 'gone', text: expect.stringContaining(others) },
    ]);
  },
);
