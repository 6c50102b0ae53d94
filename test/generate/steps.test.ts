import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plaintextSteps, stepArbitraries } from '../../src/generate/steps.ts';
import { BEFORE_NAMES } from '../../src/generate/words.ts';
import type { Step } from '../../src/scenario.ts';
import type { Mechanism } from '../../src/smtp/sasl.ts';

const drawn = (arbitrary: fc.Arbitrary<Step>): readonly Step[] =>
  fc.sample(arbitrary, { seed: 5, numRuns: 1_000 });
const isLeftNamed = (step: Step): boolean =>
  step.kind === 'auth' && step.mechanism === 'LOGIN' && step.answer === 'cancelled' && step.named === true;
const leftNamed = (mechanisms: readonly Mechanism[]): number =>
  drawn(plaintextSteps({ names: BEFORE_NAMES, mechanisms }).auth).filter(isLeftNamed).length;

test('in plaintext a login is broken off between the name and the password now and then', () => {
  expect(leftNamed(['PLAIN', 'LOGIN'])).toBeGreaterThan(50);
  const inTls = drawn(stepArbitraries({ names: BEFORE_NAMES }).auth).filter(isLeftNamed);
  expect(inTls.length).toBeLessThan(30);
});

test('it is not where LOGIN is not offered', () => {
  expect(leftNamed(['PLAIN'])).toBe(0);
});
