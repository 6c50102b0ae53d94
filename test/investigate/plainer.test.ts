/** How a step is said plainer, or with another outcome. */

import { expect, test } from 'vitest';
import { otherwise, plainer } from '../../src/investigate/plainer.ts';
import type { Step } from '../../src/scenario.ts';
import { ALL_STEPS } from '../steps.ts';

const NOOP: Step = { kind: 'noop' };
const NONSENSE: Step = { kind: 'line', text: 'XAFRESH' };

/** Each once: some are plainer in two ways. */
const each = (steps: readonly Step[]): readonly Step[] => [
  ...new Map(steps.map(step => [JSON.stringify(step), step])).values(),
];

const kindsOf = (steps: readonly Step[]): readonly string[] => [...new Set(steps.map(({ kind }) => kind))];

test.each<[string, Step, readonly Step[]]>([
  ['HELO by EHLO', { kind: 'helo', name: 'a' }, [NOOP, { kind: 'ehlo', name: 'a' }]],
  ['LHLO by nonsense', { kind: 'lhlo', name: 'a' }, [NOOP, NONSENSE]],
  ['EXPN by nonsense, and by VRFY', { kind: 'expn' }, [NOOP, NONSENSE, { kind: 'vrfy' }]],
  ['bytes by nonsense, and by no command', { kind: 'bytes', bytes: 'a' }, [NONSENSE]],
  [
    'XFORWARD by XCLIENT',
    { kind: 'xforward', attribute: 'ADDR', value: 'a' },
    [NOOP, { kind: 'xclient', attribute: 'ADDR', value: 'a' }],
  ],
  ['no sender by one', { kind: 'mail', from: null }, [NOOP, { kind: 'mail', from: 'a' }]],
  ['a sender by no other', { kind: 'mail', from: 'b' }, [NOOP]],
  [
    'a recipient elsewhere by one that is known',
    { kind: 'rcpt', to: 'a', foreign: true },
    [NOOP, { kind: 'rcpt', to: 'a' }],
  ],
  [
    'the last chunk by a message, and by one chunk',
    { kind: 'bdat', body: 'eight-bit', token: 'a', last: true },
    [
      NOOP,
      { kind: 'data', body: 'plain', token: 'a' },
      { kind: 'bdat', body: 'plain', token: 'a', last: true },
    ],
  ],
  [
    'a chunk by a message, and by the last one',
    { kind: 'bdat', body: 'eight-bit', token: 'a' },
    [
      NOOP,
      { kind: 'data', body: 'plain', token: 'a' },
      { kind: 'bdat', body: 'plain', token: 'a', last: true },
      { kind: 'bdat', body: 'plain', token: 'a' },
    ],
  ],
  [
    'words left out one by one',
    { kind: 'noop', argument: 'a', piped: true },
    [
      { kind: 'noop', piped: true },
      { kind: 'noop', argument: 'a' },
    ],
  ],
  [
    'a line by nonsense, once, and half as often',
    { kind: 'line', text: 'A', times: 5 },
    [NOOP, NONSENSE, { kind: 'line', text: 'A' }, { kind: 'line', text: 'A', times: 3 }],
  ],
  [
    'a line that is said twice by one that is said once',
    { ...NONSENSE, times: 2 },
    [NOOP, NONSENSE, { ...NONSENSE, times: 1 }],
  ],
  ['the plainest command by nothing', NOOP, []],
  ['nonsense by the plainest command', NONSENSE, [NOOP]],
  ['QUIT by nothing, since it ends the session', { kind: 'quit' }, []],
  ['STARTTLS by nothing', { kind: 'starttls' }, []],
])('%s', (_, step, steps) => {
  expect(each(plainer(step))).toEqual(steps);
});

test('an exchange of AUTH is said plainer by PLAIN at once, ended as plainly or more so', () => {
  const open: Step = { kind: 'auth', mechanism: 'LOGIN', answer: 'cancelled', user: 'u' };
  const plain = (answer: 'right' | 'wrong' | 'cancelled'): Step => ({
    kind: 'auth',
    mechanism: 'PLAIN',
    answer,
    user: 'u',
    initial: true,
  });
  expect(plainer(open)).toEqual([NOOP, plain('right'), plain('wrong'), plain('cancelled')]);
  expect(plainer(plain('right'))).toEqual([NOOP]);
});

test('no step is its own plainer one, and none lacks what its kind needs', () => {
  for (const step of ALL_STEPS) {
    const all = plainer(step);
    expect(all).not.toContainEqual(step);
    for (const one of all.filter(({ kind }) => kind === step.kind))
      expect(Object.values(one)).not.toContain(undefined);
  }
});

test('a command has another outcome by its size, its domain, or the end of its exchange', () => {
  expect(otherwise({ kind: 'mail', from: 'a' })).toEqual([{ kind: 'mail', from: 'a', size: 2 ** 40 }]);
  expect(otherwise({ kind: 'rcpt', to: 'a' })).toEqual([{ kind: 'rcpt', to: 'a', foreign: true }]);
  expect(otherwise({ kind: 'data', body: 'plain', token: 'a' })).toEqual([{ kind: 'rset' }]);
  expect(otherwise({ kind: 'bytes', bytes: 'a' })).toEqual([NONSENSE]);
  const ends = otherwise({ kind: 'auth', mechanism: 'LOGIN', answer: 'right', user: 'u' });
  const endsOf = (mechanism: string): readonly string[] =>
    ends.flatMap(step => (step.kind === 'auth' && step.mechanism === mechanism ? [step.answer] : []));
  expect(endsOf('PLAIN')).toEqual(['right', 'wrong', 'cancelled', 'open']);
  expect(endsOf('LOGIN')).toEqual(['wrong', 'cancelled', 'open']);
  expect(kindsOf(ALL_STEPS.filter(step => otherwise(step).length > 0))).toEqual([
    'mail',
    'rcpt',
    'data',
    'bdat',
    'auth',
    'bytes',
  ]);
});
