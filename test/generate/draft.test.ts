/** What a scenario takes from its draft, from the pool, and from one that was kept. */

import { describe, expect, test } from 'vitest';
import type { Suffix } from '../../src/generate/after.ts';
import { compose, type Draft, interrogated } from '../../src/generate/draft.ts';
import { BARE, type Scenario, type Step } from '../../src/scenario.ts';

const steps = (...names: readonly string[]): readonly Step[] => names.map(name => ({ kind: 'ehlo', name }));
const suffix = (name: string): Suffix => ({
  after: [{ kind: 'ehlo', name }],
  handshake: { kind: 'sound', version: '1.3' },
});

/** A draft that varies nothing; what is said before STARTTLS comes in a segment of its own. */
const DRAFT: Draft = {
  steps: steps('a', 'b'),
  dirt: {},
  handshake: {},
  suffix: 1 << 16,
  kept: 99,
  cut: 1 << 20,
  insert: 1,
};
const KEPT: Scenario = { before: steps('c', 'd', 'e'), upgrade: { ...BARE, split: 'verb' }, after: [] };

test('a draft comes before a suffix of the pool, with its handshake', () => {
  expect(compose(DRAFT, [suffix('p')], [])).toEqual({
    before: DRAFT.steps,
    upgrade: { handshake: suffix('p').handshake },
    after: suffix('p').after,
  });
});

test('half of all drafts ask with one of the youngest suffixes', () => {
  const pool = Array.from({ length: 100 }, (_, index) => suffix(`p${index}`));
  const young = new Set(pool.slice(-16).map(({ after }) => after));
  const asked = Array.from({ length: 200 }, (_, index) =>
    interrogated({ ...DRAFT, suffix: index }, pool, []),
  );
  const count = asked.filter(({ after }) => young.has(after)).length;
  expect(count).toBeGreaterThanOrEqual(100);
  expect(count).toBeLessThan(130);
});

test('what was said before is said again in TLS by one draft in sixteen', () => {
  const again = compose({ ...DRAFT, suffix: 0 }, [suffix('p')], []);
  expect(again.after.map(step => 'name' in step && step.name)).toEqual(['a', 'b']);
});

describe('a scenario that was kept', () => {
  test('is varied by one draft in four: a few steps put in, and a few left out', () => {
    const { before } = interrogated({ ...DRAFT, kept: 24, insert: 4 }, [suffix('p')], [KEPT]);
    expect(before).toEqual([...steps('a'), ...KEPT.before.slice(1)]);
    expect(interrogated({ ...DRAFT, kept: 25 }, [suffix('p')], [KEPT]).before).toEqual(DRAFT.steps);
  });

  test('lends its upgrade now and then, and never its handshake', () => {
    const varied = interrogated({ ...DRAFT, kept: 0, insert: 3 }, [suffix('p')], [KEPT]);
    expect(varied.upgrade).toEqual({ split: 'verb', handshake: suffix('p').handshake });
  });
});

test('a handshake that is to fail takes the place of that of the suffix', () => {
  const failing = { kind: 'failed', how: 'fin' } as const;
  expect(interrogated({ ...DRAFT, handshake: failing }, [suffix('p')], []).upgrade).toEqual({
    handshake: failing,
  });
});

test('in the segment of STARTTLS a login takes one line', () => {
  const login: Step = { kind: 'auth', mechanism: 'LOGIN', answer: 'right', user: 'u' };
  const { before, upgrade } = interrogated({ ...DRAFT, steps: [login], cut: 0 }, [suffix('p')], []);
  expect(upgrade.piped).toBe(true);
  expect(before).toEqual([{ ...login, mechanism: 'PLAIN', initial: true }]);
});
