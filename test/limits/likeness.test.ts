import { expect, test } from 'vitest';
import type { Deviation } from '../../src/claim.ts';
import type { Difference } from '../../src/compare.ts';
import { mayBeLimit } from '../../src/limits/likeness.ts';
import { NOTHING } from '../../src/observe.ts';

const shown = (difference: Partial<Difference>): Deviation =>
  ({ difference: { step: 0, verb: 'auth', ...difference } }) as Deviation;

test('words that a refusal has in addition may be those of a limit; words of another kind are not', () => {
  const said = (place: string, used: string, fresh: string): boolean =>
    mayBeLimit(shown({ aspect: 'text', place, used, fresh }));
  expect(said('0.503.1', 'Too many errors', NOTHING)).toBe(true);
  expect(said('0.250.1', 'Welcome back', NOTHING)).toBe(false);
  expect(said('0.503.0', 'not you again', 'not you')).toBe(false);
});
