/** What is learned from pairs of fresh runs, and what can never become noise. */

import { describe, expect, test } from 'vitest';
import { compare } from '../src/compare.ts';
import { newNoise, pairs } from '../src/noise.ts';
import { ASPECTS, type Aspect } from '../src/observe.ts';
import { fact, observation } from './observations.ts';

const TEXTUAL: readonly Aspect[] = ['text', 'handler', 'header', 'body'];

describe('text', () => {
  test('that varies in a word is made equal in that word alone', () => {
    const noise = newNoise();
    noise.learn(observation(fact({ value: 'queued as 1A' })), observation(fact({ value: 'queued as 2B' })));
    expect(noise.constant(fact({ value: 'queued as 3C' }))).toBe('queued as *');
    expect(noise.constant(fact({ value: 'stored as 3C' }))).toBe('stored as *');
  });

  test('adds up over pairs', () => {
    const noise = newNoise();
    noise.learn(observation(fact({ value: 'a b c' })), observation(fact({ value: 'x b c' })));
    noise.learn(observation(fact({ value: 'a b c' })), observation(fact({ value: 'a b z' })));
    expect(noise.constant(fact({ value: '1 2 3' }))).toBe('* 2 *');
  });

  test('whose number of words varies has nothing constant, from then on', () => {
    const noise = newNoise();
    noise.learn(observation(fact({ value: 'a' })), observation(fact({ value: 'a b' })));
    noise.learn(observation(fact({ value: 'a b' })), observation(fact({ value: 'a c' })));
    expect(noise.constant(fact({ value: 'anything' }))).toBeUndefined();
  });

  test('that is there in one run only may be missing, but says what it says', () => {
    const noise = newNoise();
    noise.learn(observation(fact({ value: 'a' })), observation());
    expect(noise.learned()).toEqual(['noop text 0.250.0: not always there']);
    expect(compare(observation(fact({ value: 'a' })), observation(), noise)).toEqual([]);
    expect(compare(observation(fact({ value: 'a' })), observation(fact({ value: 'b' })), noise)).toHaveLength(
      1,
    );
  });

  test('that may be missing differs from none, where it says something constant, only if none may', () => {
    const noise = newNoise();
    const [one, two] = [fact({ value: 'a' }), fact({ value: 'a', place: '0.250.1' })];
    noise.learn(observation(one), observation());
    expect(compare(observation(two), observation(), noise)).toHaveLength(1);
    expect(compare(observation(), observation(one), noise)).toEqual([]);
  });

  test('of a hook is learned for whichever call of it', () => {
    const noise = newNoise();
    const given = (place: string, value: string) => fact({ verb: 'mail', aspect: 'handler', place, value });
    noise.learn(observation(given('0.id', '1')), observation(given('0.id', '2')));
    expect(noise.constant(given('3.id', '9'))).toBe('*');
    expect(noise.constant(given('3.user', '9'))).toBe('9');
  });

  test('that does not vary stays as it is', () => {
    const noise = newNoise();
    noise.learn(observation(fact({ value: 'a' })), observation(fact({ value: 'a' })));
    expect(noise.constant(fact({ value: 'b' }))).toBe('b');
    expect(noise.learned()).toEqual([]);
  });

  test('beside what varies stays as it is, too', () => {
    const noise = newNoise();
    const same = fact({ value: 'a', place: '0.250.1' });
    noise.learn(observation(fact({ value: 'a' }), same), observation(fact({ value: 'b' }), same));
    expect(noise.learned()).toEqual(['noop text 0.250.0: word 1']);
  });

  test('is learned for its line of the reply to its command, at whatever step', () => {
    const noise = newNoise();
    noise.learn(
      observation(fact({ verb: 'data', value: 'id 1' })),
      observation(fact({ verb: 'data', value: 'id 2' })),
    );
    expect(noise.constant(fact({ verb: 'data', step: 9, value: 'id 3' }))).toBe('id *');
    expect(noise.constant(fact({ verb: 'rcpt', value: 'id 3' }))).toBe('id 3');
    expect(noise.constant(fact({ verb: 'data', place: '0.250.1', value: 'id 3' }))).toBe('id 3');
    expect(noise.constant(fact({ verb: 'data', aspect: 'header', value: 'id 3' }))).toBe('id 3');
  });

  test.each(TEXTUAL)('of the aspect %s can be noise', aspect => {
    const noise = newNoise();
    noise.learn(observation(fact({ aspect, value: 'a' })), observation(fact({ aspect, value: 'b' })));
    expect(noise.constant(fact({ aspect, value: 'c' }))).toBe('*');
    expect(noise.isUnstable(fact({ aspect, value: 'a' }))).toBe(false);
  });
});

describe('an extension in the list', () => {
  const listed = (value: string) => fact({ verb: 'ehlo', aspect: 'list', place: 'XTIME', value });

  test('whose parameters vary is the same extension, whatever they are', () => {
    const noise = newNoise();
    noise.learn(observation(listed('XTIME 17 A')), observation(listed('XTIME 18 A')));
    expect(noise.constant(listed('XTIME 19 B'))).toBe('XTIME * B');
    expect(noise.isUnstable(listed('XTIME 17 A'))).toBe(false);
  });

  test('is missed where it is not listed, even if nothing else of it is constant', () => {
    const noise = newNoise();
    noise.learn(observation(listed('XTIME')), observation(listed('XTIME 18')));
    expect(noise.constant(listed('XTIME 19 20'))).toBe('XTIME *');
    expect(compare(observation(listed('XTIME 21')), observation(listed('XTIME')), noise)).toEqual([]);
    expect(compare(observation(), observation(listed('XTIME 22')), noise)).toHaveLength(1);
  });

  test('never becomes noise where it is now listed, now not', () => {
    const noise = newNoise();
    noise.learn(observation(listed('XTIME')), observation());
    expect(noise.isUnstable(listed('XTIME'))).toBe(true);
    expect(compare(observation(listed('XTIME')), observation(), noise)).toHaveLength(1);
  });
});

const FIXED = ASPECTS.filter(aspect => aspect !== 'list' && !TEXTUAL.includes(aspect));

describe.each(FIXED)('the aspect %s', aspect => {
  const one = fact({ aspect, value: '250' });
  const other = fact({ aspect, value: '451' });

  test('never becomes noise, however often it varies', () => {
    const noise = newNoise();
    for (let times = 0; times < 10; times++) noise.learn(observation(one), observation(other));
    for (const seen of [one, other]) expect(noise.constant(seen)).toBe(seen.value);
    expect(compare(observation(one), observation(other), noise)).toHaveLength(1);
  });

  test('is unstable where it varies, and nowhere else', () => {
    const noise = newNoise();
    noise.learn(observation(one), observation(other));
    expect([one, other].map(noise.isUnstable)).toEqual([true, true]);
    expect(noise.isUnstable(fact({ aspect, value: '550' }))).toBe(false);
    expect(noise.isUnstable({ ...one, verb: 'rcpt' })).toBe(false);
  });

  test('is unstable where it is missing from one of the runs', () => {
    const noise = newNoise();
    noise.learn(observation(), observation(one));
    expect(noise.isUnstable(one)).toBe(true);
  });
});

test('nothing is learned of texts behind the step at which two runs were answered differently', () => {
  const noise = newNoise();
  const run = (code: string, text: string) =>
    observation(
      fact({ step: 1, verb: 'mail', value: text }),
      fact({ step: 2, verb: 'auth', aspect: 'code', value: code }),
      fact({ step: 3, verb: 'noop', value: text }),
      fact({ step: 4, verb: 'data', aspect: 'header', value: text }),
    );
  noise.learn(run('334', 'id 1'), run('454', 'id 2'));
  expect(noise.constant(fact({ step: 1, verb: 'mail', value: 'id 3' }))).toBe('id *');
  expect(noise.constant(fact({ step: 3, verb: 'noop', value: 'id 3' }))).toBe('id 3');
  expect(noise.constant(fact({ step: 4, verb: 'data', aspect: 'header', value: 'id 3' }))).toBe('id 3');
});

test('all that was learned can be told', () => {
  const noise = newNoise();
  noise.learn(
    observation(fact({ value: 'id 1' }), fact({ aspect: 'code', place: '0', value: '250' })),
    observation(fact({ value: 'id 2' }), fact({ aspect: 'code', place: '0', value: '451' })),
  );
  noise.learn(
    observation(fact({ verb: 'data', value: 'a' })),
    observation(fact({ verb: 'data', value: 'a b' })),
  );
  expect(noise.learned()).toEqual([
    'noop text 0.250.0: word 2',
    'data text 0.250.0: the whole text',
    'unstable: noop code 0 250',
    'unstable: noop code 0 451',
  ]);
});

describe('pairs', () => {
  test('have the facts of one step, aspect and place side by side, in any order', () => {
    const a = fact({ value: 'a' });
    const b = fact({ step: 1, value: 'b' });
    const c = fact({ step: 2, value: 'c' });
    expect(pairs(observation(a, b), observation(b, a))).toEqual([
      [a, a],
      [b, b],
    ]);
    expect(pairs(observation(a, b), observation(b, c))).toEqual([
      [a, undefined],
      [b, b],
      [undefined, c],
    ]);
  });
});

test.each(['code', 'end'] as const)(
  'behind another %s texts are not learned, and further answers are unstable',
  aspect => {
    const noise = newNoise();
    const run = (value: string) =>
      observation(
        fact({ aspect, value }),
        fact({ value: `id ${value}`, step: 1 }),
        fact({ aspect: 'code', place: '0', value: `25${value}`, step: 2 }),
      );
    noise.learn(run('1'), run('2'));
    expect(noise.constant(fact({ value: 'id 3' }))).toBe('id 3');
    expect(noise.isUnstable(fact({ aspect: 'code', place: '0', value: '251' }))).toBe(true);
  },
);
