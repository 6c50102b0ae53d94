import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { walk } from '../../src/generate/walk.ts';
import { BEFORE_NAMES } from '../../src/generate/words.ts';
import { isInOrder, phaseBehind } from '../../src/phase.ts';
import type { Step, StepKind } from '../../src/scenario.ts';
import type { Phase } from '../../src/smtp/machine.ts';

const KINDS: readonly StepKind[] = ['ehlo', 'mail', 'rcpt', 'data', 'rset', 'noop', 'auth'];
const walking = (changes: Partial<Parameters<typeof walk>[0]> = {}): fc.Arbitrary<readonly Step[]> =>
  walk({ names: BEFORE_NAMES, kinds: KINDS, maxLength: 12, astray: 0, ...changes });

/** The phases on the way, and whether each step was in order there. */
function wayOf(steps: readonly Step[]): readonly { readonly phase: Phase; readonly inOrder: boolean }[] {
  let phase: Phase = 'start';
  return steps.map(step => {
    const here = { phase, inOrder: isInOrder(phase, step.kind) };
    phase = phaseBehind(phase, step);
    return here;
  });
}

/** What is said once more may be out of order where it is said again. */
const isNew = (steps: readonly Step[], at: number): boolean =>
  !steps.slice(0, at).includes(steps[at] as Step);

describe('a walk', () => {
  test('that never goes astray says each new step where it is in order', () => {
    fc.assert(
      fc.property(walking(), steps => {
        for (const [at, { inOrder }] of wayOf(steps).entries())
          if (isNew(steps, at)) expect(inOrder).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('is no longer than it may be, and says nothing that is switched off', () => {
    fc.assert(
      fc.property(walking({ maxLength: 5, kinds: ['helo', 'noop'], astray: 50 }), steps => {
        expect(steps.length).toBeLessThanOrEqual(5);
        for (const { kind } of steps) expect(['helo', 'noop']).toContain(kind);
      }),
    );
  });

  test('comes to every phase of a session, and says the last steps once more now and then', () => {
    const walks = fc.sample(walking({ kinds: [...KINDS, 'bdat', 'line'], astray: 20 }), {
      numRuns: 2_000,
      seed: 1,
    });
    const phases = new Set(walks.flatMap(steps => wayOf(steps).map(({ phase }) => phase)));
    expect([...phases].sort()).toEqual(['auth', 'bdat', 'greeted', 'mail', 'rcpt', 'start']);
    expect(walks.some(steps => steps.some((_, at) => !isNew(steps, at)))).toBe(true);
  });

  test('leaves the path as often as it is told to', () => {
    const astray = (share: number): number =>
      fc
        .sample(walking({ astray: share }), { numRuns: 2_000, seed: 1 })
        .flatMap(wayOf)
        .filter(({ inOrder }) => !inOrder).length;
    expect(astray(70)).toBeGreaterThan(2 * astray(20));
  });

  test('becomes smaller as a plain list of steps does', () => {
    const failing = fc.check(
      fc.property(walking({ astray: 100 }), steps => !steps.some(({ kind }) => kind === 'data')),
      { seed: 3, numRuns: 1_000 },
    );
    expect(failing.counterexample?.[0]).toHaveLength(1);
  });
});
