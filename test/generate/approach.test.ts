import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accessSequence, approach } from '../../src/generate/approach.ts';
import { KINDS } from '../../src/generate/kinds.ts';
import { BEFORE_NAMES } from '../../src/generate/words.ts';
import { phaseAfter } from '../../src/phase.ts';
import type { StepKind } from '../../src/scenario.ts';
import { PHASES } from '../../src/smtp/machine.ts';

describe('access sequences', () => {
  test.each([
    ['start', []],
    ['greeted', ['ehlo']],
    ['mail', ['ehlo', 'mail']],
    ['rcpt', ['ehlo', 'mail', 'rcpt']],
    ['bdat', ['ehlo', 'mail', 'rcpt', 'bdat']],
    ['auth', ['ehlo', 'auth']],
  ] as const)('the shortest way to %s is %j', (phase, way) => {
    expect(accessSequence(phase, 'ehlo')).toEqual(way);
    expect(accessSequence(phase, 'helo')).toEqual(way.map(kind => (kind === 'ehlo' ? 'helo' : kind)));
  });
});

const drawn = (kinds: readonly StepKind[]) =>
  fc.sample(approach({ names: BEFORE_NAMES, kinds }), { seed: 3, numRuns: 600 });

test('every phase but the first is approached', () => {
  const phases = new Set(drawn(KINDS).map(steps => phaseAfter(steps)));
  for (const phase of PHASES) if (phase !== 'start') expect(phases).toContain(phase);
});

test('some stay in the phase whatever harmless commands are said behind it', () => {
  const harmless = new Set(['noop', 'vrfy', 'expn', 'help', 'line']);
  const deep = drawn(KINDS).filter(steps => {
    const last = steps.at(-1);
    return last !== undefined && harmless.has(last.kind) && phaseAfter(steps) === 'rcpt';
  });
  expect(deep.length).toBeGreaterThan(10);
});

test('what a target does not offer is not used on the way', () => {
  const without = KINDS.filter(kind => kind !== 'bdat' && kind !== 'auth');
  const kinds = new Set(drawn(without).flatMap(steps => steps.map(({ kind }) => kind)));
  expect(kinds.has('bdat')).toBe(false);
  expect(kinds.has('auth')).toBe(false);
  expect(kinds.has('rcpt')).toBe(true);
});

test('a dialogue that is left open is the last thing said', () => {
  const left = drawn(KINDS).filter(steps =>
    steps.some(step => step.kind === 'auth' && step.answer === 'open'),
  );
  expect(left.length).toBeGreaterThan(50);
  for (const steps of left) expect(steps.at(-1)).toMatchObject({ kind: 'auth', answer: 'open' });
});

test('what is refused behind the greeting is tried again now and then, in the same words', () => {
  const tried = drawn(KINDS).filter(steps =>
    steps.some(
      (step, at) =>
        step.kind === 'auth' &&
        step.answer === 'wrong' &&
        [1, 2].every(next => JSON.stringify(steps[at + next]) === JSON.stringify(step)),
    ),
  );
  expect(tried.length).toBeGreaterThan(3);
});

test('a login that is tried again is broken off each time, as well as wrong', () => {
  const tried = drawn(KINDS).map(steps =>
    steps.flatMap(step => (step.kind === 'auth' ? [step.answer] : [])).join(' '),
  );
  expect(tried.filter(one => one.startsWith('cancelled cancelled')).length).toBeGreaterThan(4);
});

test('transactions are given up on the way, with something harmless said in them', () => {
  const said = drawn(KINDS).map(steps => steps.map(({ kind }) => kind).join(' '));
  const isGivenUp = (kinds: string): boolean => /mail (noop|vrfy|expn|help) rset/.test(kinds);
  expect(said.filter(isGivenUp).length).toBeGreaterThan(9);
});

test('now and then there is a pause before STARTTLS, but in no dialogue', () => {
  const paused = drawn(KINDS).filter(steps => steps.at(-1)?.kind === 'pause');
  expect(paused.length).toBeGreaterThan(5);
  for (const steps of paused) expect(phaseAfter(steps)).not.toBe('auth');
});
