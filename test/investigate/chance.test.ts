import { describe, expect, test } from 'vitest';
import type { Deviation } from '../../src/claim.ts';
import type { Seen } from '../../src/experiment.ts';
import { disagreement } from '../../src/investigate/chance.ts';
import { newNoise } from '../../src/noise.ts';
import type { Fact } from '../../src/observe.ts';
import { fact, observation } from '../observations.ts';

/** All that `disagreement` looks at. */
const seen = (...facts: readonly Fact[]): Seen => ({ observation: observation(...facts) }) as Seen;
const code = (value: string): Fact => fact({ aspect: 'code', place: '0', value });
const enhanced = (value: string): Fact => fact({ aspect: 'enhanced', place: '0', value });
const listed = (value: string): Fact => fact({ aspect: 'list', verb: 'ehlo', place: 'SIZE', value });

const deviation = (about: Fact): Deviation => ({
  claim: 'fresh-connection',
  requirement: 'rfc3207-4.2-server-discards',
  level: 'must',
  proof: 'pair',
  step: 0,
  used: 'one',
  fresh: 'other',
  summary: '',
  signature: '',
  difference: { ...about, used: 'one', fresh: 'other' },
});

const between = (about: Deviation | 'race', ...runs: readonly Seen[]): string | undefined =>
  disagreement(newNoise(), runs, about);

describe('fresh runs disagree', () => {
  test('where a code is now this, now that, or not there, and both are told in one order', () => {
    const told = 'fresh connections themselves answer NOOP now 250, now 451';
    expect(between('race', seen(code('250')), seen(code('451')))).toBe(told);
    expect(between('race', seen(code('451')), seen(code('250')))).toBe(told);
    expect(between('race', seen(code('250')), seen(code('250')), seen())).toContain('not at all');
  });

  test('where a connection ends now and then', () => {
    const end = fact({ aspect: 'end', place: '', value: 'closed' });
    expect(between(deviation(code('250')), seen(), seen(end))).toContain('closed');
  });

  test('where what deviates varies, be it a list or an enhanced code', () => {
    for (const one of [listed, enhanced]) {
      const runs = [seen(one('2.0.0')), seen(one('2.1.0'))] as const;
      expect(between(deviation(one('2.0.0')), ...runs)).toContain('2.0.0, now 2.1.0');
    }
  });
});

describe('fresh runs agree', () => {
  test('where text alone varies', () => {
    const [one, other] = [fact({ value: 'at your service' }), fact({ value: 'hello' })];
    expect(between('race', seen(code('250'), one), seen(code('250'), other))).toBeUndefined();
  });

  test('where a list varies that is not what deviates; of a race nothing may vary', () => {
    const runs = [seen(listed('SIZE 1')), seen(listed('SIZE 2'))] as const;
    expect(between(deviation(code('250')), ...runs)).toBeUndefined();
    expect(between('race', ...runs)).toContain('SIZE 1, now SIZE 2');
  });

  test('where there is one run, or none', () => {
    expect(between('race')).toBeUndefined();
    expect(between('race', seen(code('250')))).toBeUndefined();
  });

  test('where a number in a list is known to vary by itself', () => {
    const noise = newNoise();
    noise.learn(observation(listed('SIZE 1')), observation(listed('SIZE 2')));
    expect(disagreement(noise, [seen(listed('SIZE 3')), seen(listed('SIZE 4'))], 'race')).toBeUndefined();
  });
});
