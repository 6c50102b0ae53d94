import { expect, test } from 'vitest';
import { walk } from '../../src/generate/walk.ts';
import type { Step } from '../../src/scenario.ts';

const steps = walk({ names: ['a', 'b'], kinds: ['ehlo', 'mail', 'rcpt', 'noop'], maxLength: 20, astray: 20 });

test('what was written by hand shrinks as what was drawn would', () => {
  const byHand: readonly Step[] = [
    { kind: 'ehlo', name: 'b' },
    { kind: 'mail', from: 'a', smtputf8: true },
    { kind: 'noop' },
  ];
  expect(steps.canShrinkWithoutContext(byHand)).toBe(true);
  const smaller = [...steps.shrink(byHand, undefined)].map(({ value }) => value);
  expect(smaller).toContainEqual([]);
  expect(smaller).toContainEqual([byHand[0], { kind: 'mail', from: 'a' }, byHand[2]]);
});

test('what is not made of its steps does not shrink', () => {
  expect(steps.canShrinkWithoutContext([{ kind: 'quit' }])).toBe(false);
});
