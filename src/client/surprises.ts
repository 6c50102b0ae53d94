/**
 * What a server says that is out of the ordinary, lists apart, as arbitraries: greetings, answers, replies too many, ends.
 *
 * Where in a script it stands, and how often, is known to `generate.ts`.
 */

import fc from 'fast-check';
import { CODES, glue, length, REFUSALS } from './glues.ts';
import { type Step, type Verb, WELCOMES } from './script.ts';

type Of<K extends Step['kind']> = Extract<Step, { kind: K }>;

/** Mostly a refusal. */
export const answer = (verbs: readonly Verb[]): fc.Arbitrary<Of<'answer'>> =>
  fc.record({
    kind: fc.constant('answer' as const),
    to: fc.constantFrom(...verbs),
    code: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...REFUSALS) },
      { weight: 1, arbitrary: fc.constantFrom(...CODES) },
    ),
    lines: fc.integer({ min: 1, max: 3 }),
  });

/** Where it is given once, a client shows what it made of it: another name, HELO, less to ask for. */
const answerOnce = (verbs: readonly Verb[]): fc.Arbitrary<Step> =>
  fc.tuple(answer(verbs), fc.boolean()).map(([step, once]): Step => (once ? { ...step, once } : step));

/** Half of all greetings do not say ESMTP and no more. */
const welcome: fc.Arbitrary<{ readonly says?: (typeof WELCOMES)[number] }> = fc.oneof(
  fc.constant({}),
  fc.constantFrom(...WELCOMES).map(says => ({ says })),
);

/** What is out of the ordinary, lists apart. */
export function surprise(names: readonly string[], verbs: readonly Verb[]): fc.Arbitrary<Step> {
  const on = fc.constantFrom(...verbs);
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .record({
          kind: fc.constant('greeting' as const),
          name: fc.constantFrom(...names),
          code: fc.oneof({ weight: 6, arbitrary: fc.constant(220) }, fc.constantFrom(421, 554, 250)),
          lines: fc.integer({ min: 1, max: 3 }),
          welcome,
          length,
        })
        .map(({ welcome, length, ...greeting }) => ({ ...greeting, ...welcome, ...length })),
    },
    { weight: 3, arbitrary: answerOnce(verbs) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('extra' as const), behind: on, glue: glue(names) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('close' as const),
        on,
        how: fc.constantFrom('fin' as const, 'rst' as const),
      }),
    },
  );
}
