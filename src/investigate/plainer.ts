/**
 * How a step may be said plainer, or otherwise, when a scenario is made small. It knows steps and nothing of what they
 * are tried for.
 */

import { omit } from '../reduce.ts';
import type { Step } from '../scenario.ts';

/** The plainest steps of its kind, then the step with each optional word left out. */
export function plainer(step: Step): readonly Step[] {
  const plainest = PLAINEST[step.kind]?.(step) ?? [];
  const required = REQUIRED.get(step.kind);
  const optional = Object.keys(step).filter(key => key !== 'kind' && required?.has(key) !== true);
  const fewer = optional.map(key => omit(step, key as keyof Step) as Step);
  return [
    // What any harmless command does, or any line, NOOP does.
    ...(UNLIKE_NOOP.has(step.kind) ? [] : [NOOP]),
    ...plainest.filter(one => JSON.stringify(one) !== JSON.stringify(step)),
    ...fewer,
    ...shorter(step),
  ];
}

/** A line half as long: of what only a long line does, the length that it takes is told, within a factor of two. */
const shorter = (step: Step): readonly Step[] =>
  step.kind === 'line' && step.times !== undefined && step.times > 1
    ? [{ ...step, times: Math.ceil(step.times / 2) }]
    : [];

const NOOP: Step = { kind: 'noop' };

/** What NOOP does not say plainer: itself, what is no line, and what ends a session or begins TLS. */
const UNLIKE_NOOP: ReadonlySet<Step['kind']> = new Set([
  'noop',
  'bytes',
  'pause',
  'close',
  'quit',
  'starttls',
]);

const REQUIRED: ReadonlyMap<Step['kind'], ReadonlySet<string>> = new Map(
  (
    [
      ['helo', ['name']],
      ['ehlo', ['name']],
      ['lhlo', ['name']],
      ['mail', ['from']],
      ['rcpt', ['to']],
      ['data', ['body', 'token']],
      ['bdat', ['body', 'token', 'last']],
      ['auth', ['mechanism', 'answer', 'user', 'initial']],
      ['xclient', ['attribute', 'value']],
      ['xforward', ['attribute', 'value']],
      ['line', ['text']],
      ['bytes', ['bytes']],
      ['pause', ['ms']],
      ['close', ['how']],
    ] as const
  ).map(([kind, keys]) => [kind, new Set<string>(keys)]),
);

/** Ways for an AUTH exchange to end, the plainest first. */
const ANSWERS = ['right', 'wrong', 'cancelled', 'open'] as const;

const answered = (step: Step, answers: readonly (typeof ANSWERS)[number][]): readonly Step[] =>
  step.kind === 'auth'
    ? answers.map(answer => ({ kind: 'auth', mechanism: 'PLAIN', answer, user: step.user, initial: true }))
    : [];

const NONSENSE: Step = { kind: 'line', text: 'XAFRESH' };
const RSET: Step = { kind: 'rset' };

const OTHERWISE: { readonly [K in Step['kind']]?: (step: Step) => readonly Step[] } = {
  mail: step => (step.kind === 'mail' ? [{ ...step, size: 2 ** 40 }] : []),
  rcpt: step => (step.kind === 'rcpt' ? [{ ...step, foreign: true }] : []),
  // What is remembered may be of one mechanism.
  auth: step => [
    ...answered(step, ANSWERS),
    ...(step.kind === 'auth' && step.mechanism !== 'PLAIN'
      ? ANSWERS.filter(answer => answer !== step.answer).map(answer => ({ ...step, answer }))
      : []),
  ],
  // What ends a transaction need not be a message.
  data: () => [RSET],
  bdat: () => [RSET],
  // Stray bytes make nonsense of the line that they precede.
  bytes: () => [NONSENSE],
};

const PLAINEST: { readonly [K in Step['kind']]?: (step: Step) => readonly Step[] } = {
  helo: step => (step.kind === 'helo' ? [{ kind: 'ehlo', name: step.name }] : []),
  // Many servers know neither: nonsense says that plainer.
  lhlo: () => [NONSENSE],
  expn: ({ kind: _, ...said }) => [NONSENSE, { ...said, kind: 'vrfy' } as Step],
  mail: step =>
    step.kind === 'mail'
      ? [
          { kind: 'mail', from: step.from ?? 'a' },
          { ...step, from: step.from ?? 'a' },
        ]
      : [],
  rcpt: step => (step.kind === 'rcpt' ? [{ kind: 'rcpt', to: step.to }] : []),
  data: step => (step.kind === 'data' ? [{ kind: 'data', body: 'plain', token: step.token }] : []),
  bdat: step => {
    if (step.kind !== 'bdat') return [];
    const chunk: Step = { kind: 'bdat', body: 'plain', token: step.token };
    // What comes of any message, or of none, comes of DATA.
    const message: Step = { kind: 'data', body: 'plain', token: step.token };
    return step.last === true
      ? [message, { ...chunk, last: true }]
      : [message, { ...chunk, last: true }, chunk];
  },
  auth: step =>
    step.kind === 'auth' ? answered(step, ANSWERS.slice(0, ANSWERS.indexOf(step.answer) + 1)) : [],
  // What a proxy forwards, it may as well say of the client: that asks for less before it.
  xforward: step =>
    step.kind === 'xforward' ? [{ kind: 'xclient', attribute: step.attribute, value: step.value }] : [],
  line: () => [NONSENSE],
  bytes: () => [NONSENSE],
};

/** The same command with another outcome: a refusal may come to what several steps came to. */
export const otherwise = (step: Step): readonly Step[] => OTHERWISE[step.kind]?.(step) ?? [];
