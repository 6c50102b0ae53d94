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

test('now and then a sender is of the target’s own domain', () => {
  const senders = drawn(stepArbitraries({ names: BEFORE_NAMES }).mail);
  const local = senders.filter(step => step.kind === 'mail' && step.local === true).length;
  expect(local).toBeGreaterThan(30);
  expect(local).toBeLessThan(150);
});

test('a size is declared that few servers refuse, and that some take for large', () => {
  const sizes = drawn(stepArbitraries({ names: BEFORE_NAMES }).mail).flatMap(step =>
    step.kind === 'mail' && step.size !== undefined ? [step.size] : [],
  );
  expect(sizes.filter(size => size > 100_000 && size < 1_000_000).length).toBeGreaterThan(5);
});

test('it is not where LOGIN is not offered', () => {
  expect(leftNamed(['PLAIN'])).toBe(0);
});
