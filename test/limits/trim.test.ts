import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Generator } from '../../src/generate/scenarios.ts';
import type { MeasuredLimit } from '../../src/limits/measured.ts';
import { belowLimits, newTrimmer } from '../../src/limits/trim.ts';
import { BARE, type Scenario, type Step } from '../../src/scenario.ts';

const measured = (limit: string, threshold: number): MeasuredLimit => ({
  limit,
  threshold,
  kept: 'kept',
  explained: 0,
});
const ehlo: Step = { kind: 'ehlo', name: 'a' };
const junk: Step = { kind: 'line', text: 'XAFRESH' };
const scenario = (before: readonly Step[], after: readonly Step[]): Scenario => ({
  before,
  upgrade: BARE,
  after,
});

const isJunk = ({ kind }: Step): boolean => kind === 'line';
const junkIn = ({ before, after }: Scenario): number => [...before, ...after].filter(isJunk).length;

describe('a scenario', () => {
  test('that does no more than the limit allows is left as it is', async () => {
    const trim = newTrimmer([measured('unknown', 3)]);
    const small = scenario([ehlo, junk, junk], [ehlo, junk]);
    expect(await trim(small)).toEqual(small);
  });

  test('that does too much loses the last of it, and nothing else', async () => {
    const trim = newTrimmer([measured('unknown', 2)]);
    expect(await trim(scenario([junk, ehlo, junk, junk], [ehlo]))).toEqual(
      scenario([junk, ehlo, junk], [ehlo]),
    );
  });

  test('never does more than any limit allows, and keeps the order of what stays', async () => {
    const steps = fc.array(fc.constantFrom<Step>(ehlo, junk, { kind: 'noop' }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(steps, steps, fc.integer({ min: 1, max: 6 }), async (before, after, threshold) => {
        const trimmed = await newTrimmer([measured('unknown', threshold)])(scenario(before, after));
        expect(junkIn(trimmed)).toBe(Math.min(threshold, junkIn(scenario(before, after))));
        expect(trimmed.before.filter(step => !isJunk(step))).toEqual(before.filter(step => !isJunk(step)));
        expect(trimmed.after.filter(step => !isJunk(step))).toEqual(after.filter(step => !isJunk(step)));
      }),
      { numRuns: 40 },
    );
  });

  test('counts by the answer: of refused commands of any kind, and of all', async () => {
    const [refused, taken]: readonly Step[] = [{ kind: 'rcpt', to: 'b' }, { kind: 'noop' }];
    const both = scenario([ehlo, refused as Step, taken as Step, refused as Step], []);
    expect((await newTrimmer([measured('errors', 1)])(both)).before).toEqual([ehlo, refused, taken]);
    expect((await newTrimmer([measured('commands', 2)])(both)).before).toEqual([ehlo, refused]);
  });
});

test('a suffix stays the same behind any other beginning, so that its fresh run can be kept', async () => {
  const trim = newTrimmer([measured('unknown', 2)]);
  const after = [junk, ehlo, junk, junk];
  const suffixes = await Promise.all(
    [[], [junk], [junk, junk, junk]].map(before => trim(scenario(before, after))),
  );
  expect(new Set(suffixes.map(one => one.after)).size).toBe(1);
  expect(suffixes[0]?.after).toEqual([junk, ehlo, junk]);
  for (const one of suffixes) expect(one.before).toEqual([]);
});

test('a limit within another count, or that was not found, trims nothing', async () => {
  const much = scenario([junk, junk, junk], []);
  expect(await newTrimmer([{ ...measured('unknown', 1), within: 'errors' }])(much)).toBe(much);
  const { threshold: _, ...unfound } = measured('unknown', 1);
  expect(await newTrimmer([unfound])(much)).toBe(much);
});

describe('a generator whose scenarios are trimmed', () => {
  const suffixes: readonly Scenario['after'][] = [[ehlo, junk, junk], [ehlo]];
  const generator = (retired: Scenario['after'][]): Generator => ({
    next: count =>
      Array.from({ length: count }, (_, at) =>
        scenario([], suffixes[at % suffixes.length] as readonly Step[]),
      ),
    keep: () => {},
    learn: () => {},
    retire: after => void retired.push(after),
    combinations: () => ({ pairs: 0, triples: 0 }),
  });

  test('draws what the limits allow, and retires the suffix that it has drawn', async () => {
    const retired: Scenario['after'][] = [];
    const trimmed = belowLimits(generator(retired), newTrimmer([measured('unknown', 1)]));
    const drawn = await trimmed.next(4);
    expect(drawn.map(({ after }) => after.length)).toEqual([2, 1, 2, 1]);
    for (const { after } of drawn) trimmed.retire(after);
    expect(retired.map(after => suffixes.indexOf(after))).toEqual([0, 1, 0, 1]);
  });
});
