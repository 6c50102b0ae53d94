import { describe, expect, test } from 'vitest';
import type { Deviation } from '../../src/claim.ts';
import type { Difference } from '../../src/compare.ts';
import type { Seen } from '../../src/experiment.ts';
import {
  fewestOf,
  givesMore,
  type Likeness,
  mayBeLimit,
  NEVER_A_LIMIT,
  recogniser,
} from '../../src/limits/recogniser.ts';
import { newNoise } from '../../src/noise.ts';
import { type Fact, NOTHING } from '../../src/observe.ts';
import { BARE, type Step } from '../../src/scenario.ts';
import type { Entry } from '../../src/transcript.ts';

const shown = (difference: Partial<Difference>): Deviation =>
  ({ difference: { step: 0, verb: 'auth', ...difference } }) as Deviation;

test('words that a refusal has in addition may be those of a limit; words of another kind are not', () => {
  const said = (place: string, used: string, fresh: string): boolean =>
    mayBeLimit(shown({ aspect: 'text', place, used, fresh }));
  expect(said('0.503.1', 'Too many errors', NOTHING)).toBe(true);
  expect(said('0.250.1', 'Welcome back', NOTHING)).toBe(false);
  expect(said('0.503.0', 'not you again', 'not you')).toBe(false);
});

test.each<[boolean, Partial<Difference>]>([
  [true, { aspect: 'end', used: 'closed', fresh: NOTHING }],
  [true, { aspect: 'count', used: NOTHING, fresh: '250' }],
  [true, { aspect: 'code', used: '452', fresh: '250' }],
  [false, { aspect: 'code', used: '503', fresh: '250' }],
  [false, { aspect: 'code', used: '250', fresh: '503' }],
  [true, { aspect: 'list', place: 'SIZE.0', used: 'SIZE 8', fresh: 'SIZE 9' }],
  [false, { aspect: 'list', place: 'AUTH.0', used: 'AUTH PLAIN', fresh: 'AUTH' }],
  [true, { aspect: 'text', place: '0.250.0', used: 'Ok, 3 errors', fresh: 'Ok' }],
])('that it may be a limit is %s of %j', (isSo, difference) => {
  expect(mayBeLimit(shown({ place: '0', ...difference }))).toBe(isSo);
});

test.each([500, 501, 502, 503, 504, 555])('%i speaks of state or syntax, and is no limit', code => {
  expect(NEVER_A_LIMIT.has(code)).toBe(true);
  expect(NEVER_A_LIMIT).toHaveProperty('size', 6);
  expect(mayBeLimit(shown({ aspect: 'code', place: '0', used: `${code}`, fresh: '250' }))).toBe(false);
});

test.each<[boolean, Partial<Difference>]>([
  [true, { aspect: 'code', used: '399', fresh: '503' }],
  [false, { aspect: 'code', used: '400', fresh: '250' }],
  [true, { aspect: 'header', used: 'Received: …' }],
  [true, { aspect: 'body', used: 'a line more' }],
  [true, { aspect: 'list', place: 'AUTH', used: 'AUTH PLAIN', fresh: NOTHING }],
  [false, { aspect: 'list', place: 'LIMITS', used: 'LIMITS MAILMAX=8', fresh: 'LIMITS MAILMAX=9' }],
  [false, { aspect: 'end', used: 'closed', fresh: NOTHING }],
])('that it gives the client more is %s of %j', (isSo, difference) => {
  expect(
    givesMore({ step: 0, verb: 'noop', place: '0', fresh: '250', used: '', ...difference } as Difference),
  ).toBe(isSo);
});

/** What comes at each step in TLS: codes of replies, the end, and silence. */
type Course = readonly (readonly (number | 'end' | 'silence')[])[];

/** A run of so many steps; `facts` and calls of hooks are what was observed besides. */
function seen(course: Course, facts: readonly Partial<Fact>[] = [], calls = 0): Seen {
  const entries = course.flatMap((heard, step) =>
    heard.map((one): Entry => {
      const common = { at: 0, part: 'after', step } as const;
      if (one === 'end') return { ...common, kind: 'ended', how: 'fin' };
      if (one === 'silence') return { ...common, kind: 'silence', waited: 1 };
      return { ...common, kind: 'received', reply: { kind: 'reply', code: one, lines: [''] } };
    }),
  );
  const noop: Step = { kind: 'noop' };
  return {
    scenario: { before: [], upgrade: BARE, after: course.map(() => noop) },
    transcript: { entries, handlers: Array.from({ length: calls }, () => ({ hook: 'noop', state: {} })) },
    observation: { facts: facts.map(fact => ({ step: 0, verb: 'noop', ...fact })) },
  } as unknown as Seen;
}

/** What a run comes to with one event in TLS before its steps; the target differs at `step`, in its outcome. */
function likeness(used: Course, fresh: Course, other: Course, step = 0): Likeness | undefined {
  const difference = { step, verb: 'noop', aspect: 'code', place: '0', used: '452', fresh: '250' } as const;
  const differences = used.map((_, at) => ({ ...difference, step: at }));
  const like = recogniser({ used: seen(used), fresh: seen(fresh), difference, differences }, newNoise());
  return like?.(seen([[250], ...other]), 1);
}

describe('a refusal', () => {
  test.each<[Likeness, string, Course, Course, Course]>([
    ['same', 'the same code', [[452]], [[250]], [[452]]],
    ['not yet', 'no refusal', [[452]], [[250]], [[250]]],
    ['not yet', 'the same code on a session that goes on', [[421, 'end']], [[250]], [[421]]],
    ['same', 'silence', [['silence']], [[250]], [['silence']]],
    ['not yet', 'the end in place of silence', [['silence']], [[250]], [['end']]],
    ['past', 'the end behind fewer replies', [[354, 452]], [[354, 250]], [['end']]],
    ['past', 'silence behind fewer replies', [[354, 452]], [[354, 250]], [[354, 'silence']]],
    ['not yet', 'fewer replies of a session that goes on', [[354, 452]], [[354, 250]], [[451]]],
    ['same', 'the end before the last reply of either', [['end']], [[250, 'end']], [['end']]],
  ])('is %s where there is %s', (like, _, used, fresh, other) => {
    expect(likeness(used, fresh, other)).toBe(like);
  });

  test.each([452, 'silence'] as const)('(%s) is past where the session was over before', heard => {
    const difference = {
      step: 0,
      verb: 'noop',
      aspect: 'code',
      place: '0',
      used: '452',
      fresh: '250',
    } as const;
    const pair = { used: seen([[heard]]), fresh: seen([[250]]), difference, differences: [] };
    expect(recogniser(pair, newNoise())?.(seen([['end'], []]), 1)).toBe('past');
  });

  test.each<[string, Course, Course]>([
    ['both runs end', [[250, 'end']], [[250, 'end']]],
    ['both are silent', [['silence']], [['silence']]],
    ['the used run got more', [[250]], [[452]]],
    ...[500, 501, 502, 503, 504, 555].map((code): [string, Course, Course] => [
      `${code} speaks of state or syntax`,
      [[code]],
      [[250]],
    ]),
    ['it is no refusal', [[399]], [[250]]],
  ])('is none where %s', (_, used, fresh) => {
    expect(likeness(used, fresh, used)).toBeUndefined();
  });

  test('brings what follows from it, or is past; what comes before it does not follow', () => {
    const [used, fresh]: [Course, Course] = [
      [[452], [250]],
      [[250], [503]],
    ];
    expect(likeness(used, fresh, [[452], [250]], 1)).toBe('same');
    expect(likeness(used, fresh, [[452], [503]], 1)).toBe('past');
    expect(likeness(used, fresh, [[250], [250]], 1)).toBe('not yet');
    expect(likeness([[250], [452]], [[503], [250]], [[250], [452]], 0)).toBeUndefined();
  });
});

describe('a number', () => {
  test('that is told from the first event on goes up', () => {
    const difference = { step: 0, verb: 'noop', aspect: 'text', place: '0.250.0' } as const;
    const text = (value: string): readonly Partial<Fact>[] => [{ ...difference, value }];
    const like = recogniser(
      {
        used: seen([[250]], text('Ok, 2 errors')),
        fresh: seen([[250]], text('Ok')),
        difference: { ...difference, used: 'Ok, 2 errors', fresh: 'Ok' },
        differences: [],
      },
      newNoise(),
    );
    const told = (value: string) => like?.(seen([[250], [250]], [{ ...difference, step: 1, value }]), 1);
    expect(['Ok', 'Ok, 1 errors', 'Ok, 2 errors', 'Ok, 3 errors'].map(told)).toEqual([
      'not yet',
      'not yet',
      'same',
      'past',
    ]);
  });

  test('is known again beside another one that both runs had alike', () => {
    const difference = { step: 0, verb: 'quit', aspect: 'text', place: '0.221.0' } as const;
    const [used, fresh] = ['Bye, 22 bytes and 2 replies', 'Bye, 16 bytes and 2 replies'];
    const text = (value: string): readonly Partial<Fact>[] => [{ ...difference, value }];
    const like = recogniser(
      {
        used: seen([[221]], text(used)),
        fresh: seen([[221]], text(fresh)),
        difference: { ...difference, used, fresh },
        differences: [],
      },
      newNoise(),
    );
    const told = (bytes: number) =>
      like?.(
        seen([[250], [221]], [{ ...difference, step: 1, value: `Bye, ${bytes} bytes and 3 replies` }]),
        1,
      );
    expect([16, 22, 23].map(told)).toEqual(['not yet', 'same', 'past']);
  });

  test('that a hook is given is looked for in the same call, counted from the last', () => {
    const difference = { step: 0, verb: 'noop', aspect: 'handler', place: '0.errors' } as const;
    const like = recogniser(
      {
        used: seen([[250]], [{ ...difference, value: '2' }], 1),
        fresh: seen([[250]], [{ ...difference, value: '0' }], 1),
        difference: { ...difference, used: '2', fresh: '0' },
        differences: [],
      },
      newNoise(),
    );
    const facts = [
      { ...difference, value: '1' },
      { ...difference, step: 1, place: '1.errors', value: '2' },
    ];
    expect(like?.(seen([[250], [250]], facts, 2), 1)).toBe('same');
  });
});

test('words are those of a limit where they come with a refusal that ends the session, or speaks of neither state nor syntax', () => {
  const difference = { step: 0, verb: 'noop', aspect: 'text', place: '0.421.1' } as const;
  const words = { ...difference, used: 'Too many of you', fresh: NOTHING };
  const isRecognised = (course: Course): boolean =>
    recogniser(
      { used: seen(course), fresh: seen([[250]]), difference: words, differences: [] },
      newNoise(),
    ) !== undefined;
  const courses = [[421, 'end'], [250, 'end'], [452], [503], [250]] as const;
  expect(courses.map(one => isRecognised([one]))).toEqual([true, false, true, false, false]);
});

test.each<[Likeness, string, Course]>([
  ['not yet', 'goes on without them', [[250], [500]]],
  ['past', 'is over before', [[500, 'end'], []]],
  ['past', 'turns out to be over at the closing QUIT', [[250], ['end']]],
  ['past', 'falls silent at the closing QUIT', [[250], ['silence']]],
])('words of the closing QUIT are %s in a session that %s', (like, _, [first = [], fence = []]) => {
  const words = { step: 1, verb: 'fence', aspect: 'text', place: '0.500.1', used: 'Too many' } as const;
  const closing = (step: readonly Course[number][], last: Course[number]): Seen => {
    const run = seen(step);
    const entries = seen([last]).transcript.entries.map((entry): Entry => ({ ...entry, part: 'fence' }));
    return { ...run, transcript: { ...run.transcript, entries: [...run.transcript.entries, ...entries] } };
  };
  const runs = { used: closing([[250]], [500, 'end']), fresh: closing([[250]], [500, 221]) };
  const difference = { ...words, fresh: NOTHING };
  const tells = recogniser({ ...runs, difference, differences: [] }, newNoise());
  expect(tells?.(closing([[250], first], fence), 1)).toBe(like);
});

describe('so many events it takes at least', () => {
  const words = {
    step: 0,
    verb: 'noop',
    aspect: 'text',
    place: '0.452.0',
    fresh: 'no',
    used: 'not you',
  } as const;
  const otherReason = { ...words, step: 1, aspect: 'code', place: '0', fresh: '503', used: '452' } as const;
  test.each<[number, string, Course, Difference]>([
    [2, 'words that tell what was said last', [[452]], words],
    [1, 'words that end the session', [[452, 'end']], words],
    [1, 'words with a number', [[250]], { ...words, used: '2 errors', fresh: '1 error' }],
    [
      1,
      'a number that is told from the first event on',
      [[250]],
      { ...words, used: 'Ok, 1 error', fresh: 'Ok' },
    ],
    [1, 'a refusal of what is taken else', [[250], [452]], { ...otherReason, fresh: '250' }],
    [2, 'another reason for the first refusal of what is out of order', [[399], [452]], otherReason],
    [1, 'another reason for the second one', [[400], [452]], otherReason],
    [1, 'another reason for the second one, behind what is taken', [[250, 452], [452]], otherReason],
    [1, 'another reason that ends the session', [[250], [452, 'end']], otherReason],
  ])('%i for %s', (fewest, _, used, difference) => {
    expect(fewestOf(seen(used), difference)).toBe(fewest);
  });
});

test('words that follow from a refusal are recognised with it, also where they are missing', () => {
  const text = { step: 1, verb: 'noop', aspect: 'header', place: 'x-count.0' } as const;
  const missing = { ...text, used: NOTHING, fresh: 'X-Count: 1' };
  const refused = { ...text, step: 0, aspect: 'code', place: '0', used: '452', fresh: '250' } as const;
  const runs = { used: seen([[452], [250]]), fresh: seen([[250], [250]]) };
  const tells = recogniser({ ...runs, difference: missing, differences: [refused, missing] }, newNoise());
  const other = (facts: readonly Partial<Fact>[]): Seen => seen([[250], [452], [250]], facts);
  expect(tells?.(other([]), 1)).toBe('same');
  expect(tells?.(other([{ ...text, step: 2, value: 'X-Count: 1' }]), 1)).toBe('past');
});

test('a number that sinks is past where it has sunk further', () => {
  const left = { step: 0, verb: 'noop', aspect: 'text', place: '0.250.0' } as const;
  const difference = { ...left, used: '3 left', fresh: '5 left' };
  const runs = { used: seen([[250]]), fresh: seen([[250]]) };
  const tells = recogniser({ ...runs, difference, differences: [] }, newNoise());
  const told = (value: string): Likeness | undefined =>
    tells?.(seen([[250], [250]], [{ ...left, step: 1, value }]), 1);
  expect(['5 left', '4 left', '3 left', '2 left', 'none left'].map(told)).toEqual([
    'not yet',
    'not yet',
    'same',
    'past',
    'not yet',
  ]);
});
