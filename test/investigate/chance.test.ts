import { describe, expect, test } from 'vitest';
import type { Deviation } from '../../src/claim.ts';
import type { Experiment, Seen } from '../../src/experiment.ts';
import { chanceOnFresh, disagreement, mayBeEither } from '../../src/investigate/chance.ts';
import { newNoise } from '../../src/noise.ts';
import type { Fact } from '../../src/observe.ts';
import { BARE, type Scenario } from '../../src/scenario.ts';
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
    expect(between(deviation({ ...listed('DSN'), place: 'DSN' }), ...runs)).toBeUndefined();
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

describe('fresh runs are played so often that chance of that share would have shown', () => {
  /** An experiment whose fresh runs are these, over and over; and how many were played. */
  function playing(...answers: readonly Seen[]) {
    let played = 0;
    const experiment = {
      noise: newNoise(),
      fresh: async () => answers[played++ % answers.length],
      learnFrom: () => {},
    } as unknown as Experiment;
    return {
      chance: (share: number) => chanceOnFresh(experiment, SCENARIO, inTls(code('250')), share),
      played: () => played,
    };
  }

  const SCENARIO: Scenario = { before: [], upgrade: BARE, after: [] };
  const ended = (upgrade: string, ...facts: readonly Fact[]): Seen =>
    ({ ...seen(...facts), transcript: { upgrade } }) as unknown as Seen;
  const inTls = (...facts: readonly Fact[]): Seen => ended('secure', ...facts);

  test.each([
    [0.5, 14],
    [0.1, 88],
  ])('%d: %i', async (share, runs) => {
    const { chance, played } = playing(inTls(code('250')));
    expect(await chance(share)).toBeUndefined();
    expect(played()).toBe(runs);
  });

  test('none for what shows every time', async () => {
    const { chance, played } = playing(inTls(code('451')));
    expect(await chance(1)).toBeUndefined();
    expect(played()).toBe(0);
  });

  test('and one that answers otherwise says so, unless TLS never came about in it', async () => {
    expect(await playing(inTls(code('250')), inTls(code('451'))).chance(0.5)).toContain('250, now 451');
    expect(await playing(inTls(code('250')), ended('refused', code('451'))).chance(0.5)).toBeUndefined();
  });
});

describe('five pairs prove nothing', () => {
  const about = { ...deviation(code('250')), difference: { ...code(''), used: '250', fresh: '451' } };
  const learning = (...values: readonly string[]): Experiment => {
    const noise = newNoise();
    values.slice(1).forEach((value, at) => {
      noise.learn(observation(code(values[at] ?? '')), observation(code(value)));
    });
    return { noise } as unknown as Experiment;
  };

  test('where fresh runs gave both answers, and not where they gave but one of them', () => {
    expect(mayBeEither(about, learning('250', '451'))).toBe(true);
    expect(mayBeEither(about, learning('250', '550'))).toBe(false);
    expect(mayBeEither(about, learning('550', '451'))).toBe(false);
  });

  test('of what is no difference nothing of that kind is known', () => {
    const { difference: _, ...none } = about;
    expect(mayBeEither(none, learning('250', '451'))).toBe(false);
  });
});
