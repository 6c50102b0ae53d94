/** Differences between a used and a fresh observation. */

import { describe, expect, test } from 'vitest';
import { besidesAlike, compare, countsIn, type Difference, signature } from '../src/compare.ts';
import { newNoise } from '../src/noise.ts';
import type { Fact } from '../src/observe.ts';
import { fact, observation } from './observations.ts';

const code = (value: string, fields: Partial<Fact> = {}): Fact =>
  fact({ aspect: 'code', place: '0', value, ...fields });
const differences = (used: readonly Fact[], fresh: readonly Fact[]): readonly Difference[] =>
  compare(observation(...used), observation(...fresh), newNoise());

describe('compare', () => {
  test('finds nothing in equal observations', () => {
    expect(differences([code('250'), fact({ value: 'Ok' })], [code('250'), fact({ value: 'Ok' })])).toEqual(
      [],
    );
  });

  test('shows what the used run saw, and what the fresh run did', () => {
    expect(differences([code('503')], [code('250')])).toEqual([
      { step: 0, verb: 'noop', aspect: 'code', place: '0', used: '503', fresh: '250' },
    ]);
  });

  test('shows one difference a step, of the weightiest aspect', () => {
    const found = differences(
      [fact({ value: 'a' }), code('503'), fact({ aspect: 'enhanced', place: '0', value: '5.5.1' })],
      [fact({ value: 'b' }), code('250'), fact({ aspect: 'enhanced', place: '0', value: '2.0.0' })],
    );
    expect(found.map(({ aspect }) => aspect)).toEqual(['code']);
  });

  describe('of header fields of one name', () => {
    const fields = (...values: readonly string[]): readonly Fact[] =>
      values.map((value, nth) => fact({ verb: 'data', aspect: 'header', place: `x-hop.${nth}`, value }));

    test('shows what one message has more than the other, once, wherever it stands', () => {
      const [more] = differences(fields('plain', 'tls'), fields('tls'));
      expect(more).toMatchObject({ used: 'plain', fresh: 'nothing' });
      expect(differences(fields('plain', 'plain', 'tls'), fields('tls'))).toEqual([more]);
      expect(differences(fields('tls', 'plain'), fields('tls'))).toEqual([more]);
      expect(differences(fields('tls'), fields('plain', 'tls'))).toMatchObject([
        { used: 'nothing', fresh: 'plain' },
      ]);
    });

    test('shows those in the same places where no message has those of the other', () => {
      const places = (used: readonly Fact[], fresh: readonly Fact[]): readonly string[] =>
        differences(used, fresh).map(({ place }) => place);
      expect(places(fields('a', 'b'), fields('c'))).toEqual(['x-hop.0', 'x-hop.1']);
      expect(places(fields('a'), fields('b'))).toEqual(['x-hop.0']);
      expect(places(fields('a'), [])).toEqual(['x-hop.0']);
      expect(places(fields('X-Hop: a', 'X-Hop: b'), [])).toEqual(['x-hop.0']);
      expect(places([], fields('X-Hop: a', 'X-Hop: b'))).toEqual(['x-hop.0']);
    });
  });

  test('takes what a reset tore off for chance where the server ended the other connection unasked as well', () => {
    const closed = (step: number): Fact => fact({ aspect: 'end', place: '', value: 'closed', step });
    const whole = observation(code('500'), code('500', { step: 1 }), closed(2));
    const torn = { ...observation(code('500'), closed(1)), resetAt: 1 };
    expect(compare(whole, torn, newNoise())).toEqual([]);
    expect(compare(torn, whole, newNoise())).toEqual([]);
    expect(compare(whole, { ...torn, resetAt: 2 }, newNoise())).not.toEqual([]);
    const goesOn = observation(
      code('500'),
      code('500', { step: 1 }),
      code('221', { step: 2, verb: 'fence' }),
    );
    expect(compare(goesOn, torn, newNoise())).toMatchObject([{ aspect: 'end', fresh: 'closed' }]);
    // Where the client said QUIT the end was asked for.
    const asked = observation(code('500'), code('500', { step: 1 }), { ...closed(2), verb: 'quit' });
    expect(compare(asked, torn, newNoise())).toMatchObject([{ aspect: 'end', fresh: 'closed' }]);
  });

  test.each(['text', 'enhanced'] as const)(
    'shows the parts of a list beside a reply of another %s',
    aspect => {
      const listed = (value: string): Fact => fact({ aspect: 'list', place: value, value });
      const found = differences(
        [fact({ aspect, value: 'a' }), listed('SIZE')],
        [fact({ aspect, value: 'b' })],
      );
      expect(found.map(one => one.aspect)).toEqual([aspect, 'list']);
    },
  );

  test('takes the end of the connection for weightier than any reply', () => {
    const end = fact({ aspect: 'end', place: '', value: 'closed' });
    expect(differences([code('421'), end], [code('250')])).toMatchObject([
      { aspect: 'end', used: 'closed', fresh: 'nothing' },
    ]);
  });

  test('shows the first step first', () => {
    const found = differences(
      [code('503', { step: 2 }), code('503', { step: 0 })],
      [code('250', { step: 2 }), code('250', { step: 0 })],
    );
    expect(found.map(({ step }) => step)).toEqual([0, 2]);
  });

  test('counts a reply that only one run got', () => {
    const extra = code('250', { place: '1' });
    expect(differences([code('250'), extra], [code('250')])).toMatchObject([
      { aspect: 'count', used: '250', fresh: 'nothing' },
    ]);
    expect(differences([code('250')], [code('250'), extra])).toMatchObject([
      { aspect: 'count', used: 'nothing', fresh: '250' },
    ]);
  });

  test('shows a keyword that only one list has', () => {
    const starttls = fact({ verb: 'ehlo', aspect: 'list', place: 'STARTTLS', value: 'STARTTLS' });
    expect(differences([starttls], [])).toMatchObject([
      { aspect: 'list', used: 'STARTTLS', fresh: 'nothing' },
    ]);
  });
});

describe('compare, of what has many parts,', () => {
  const state = (place: string, value: string) =>
    fact({ step: 2, verb: 'mail', aspect: 'handler', place, value });

  test('shows each part of a handler’s state that differs', () => {
    const used = [state('0', 'called'), state('0.count', '3'), state('0.user', 'tester')];
    const fresh = [state('0', 'called'), state('0.count', '1'), state('0.user', 'nobody')];
    expect(differences(used, fresh).map(({ place }) => place)).toEqual(['0.count', '0.user']);
  });

  test('tells of a call that one run lacks, and not of all that it was given', () => {
    const used = [state('0', 'called'), state('0.count', '3'), state('0.user', 'tester')];
    expect(differences(used, [])).toMatchObject([{ place: '0', used: 'called', fresh: 'nothing' }]);
    expect(differences([], used)).toMatchObject([{ place: '0', used: 'nothing', fresh: 'called' }]);
  });

  test('shows every keyword of a list, unless the command was answered otherwise altogether', () => {
    const list = (...words: string[]) =>
      words.map(word => fact({ verb: 'ehlo', aspect: 'list', place: word, value: word }));
    expect(differences(list('SIZE', 'AUTH'), list('DSN')).map(({ place }) => place)).toEqual([
      'SIZE',
      'AUTH',
      'DSN',
    ]);
    const refused = [fact({ verb: 'ehlo', aspect: 'code', place: '0', value: '503' })];
    const taken = [fact({ verb: 'ehlo', aspect: 'code', place: '0', value: '250' }), ...list('SIZE')];
    expect(differences(refused, taken).map(({ aspect }) => aspect)).toEqual(['code']);
  });
});

describe('compare, of a run that ended early,', () => {
  const answers = (...codes: string[]) =>
    codes.map((value, step) => fact({ step, aspect: 'code', place: '0', value }));
  const end = (step: number) => fact({ step, aspect: 'end', place: '', value: 'closed' });
  const call = fact({ step: 9, verb: 'mail', aspect: 'handler', place: '0', value: 'called' });

  test('tells of the end, and not of all that could not come behind it', () => {
    const fresh = [...answers('250', '250', '250'), call];
    expect(differences([...answers('250'), end(1)], fresh)).toMatchObject([{ step: 1, used: 'closed' }]);
    expect(differences([...answers('250', '421'), end(2)], fresh)).toMatchObject([{ step: 1, used: '421' }]);
    expect(differences(fresh, [...answers('250', '421'), end(2)])).toMatchObject([{ step: 1, fresh: '421' }]);
  });

  test('tells of the answer, and not that the hook of that command was not called', () => {
    const other = { ...call, verb: 'rcpt' };
    const code = (value: string) => fact({ step: 1, verb: 'mail', aspect: 'code', place: '0', value });
    expect(differences([code('553')], [code('250'), call])).toMatchObject([{ aspect: 'code' }]);
    expect(differences([code('250')], [code('250'), call])).toMatchObject([{ aspect: 'handler' }]);
    expect(differences([code('553')], [code('250'), other])).toHaveLength(2);
  });

  test('tells nothing from where the fresh run was silent', () => {
    const silence = fact({ step: 1, aspect: 'end', place: '', value: 'silence' });
    expect(differences(answers('250', '503'), [...answers('250'), silence])).toEqual([]);
    expect(differences([...answers('250'), silence], answers('250', '503'))).toMatchObject([
      { step: 1, used: 'silence' },
    ]);
  });

  test('still tells of what a server says behind a 421', () => {
    const used = answers('421', '550');
    expect(differences(used, answers('250', '250'))).toMatchObject([{ step: 0 }, { step: 1, used: '550' }]);
  });
});

describe('compare, where noise was learned,', () => {
  const noise = newNoise();
  noise.learn(
    observation(fact({ value: 'queued as 1A' }), fact({ step: 1, verb: 'help', value: 'a' })),
    observation(fact({ value: 'queued as 2B' }), fact({ step: 1, verb: 'help', value: 'a b' })),
  );

  test('overlooks the words that vary', () => {
    const [used, fresh] = ['queued as 3C', 'queued as 4D'].map(value => observation(fact({ value })));
    expect(used && fresh && compare(used, fresh, noise)).toEqual([]);
  });

  test('still sees the words beside them', () => {
    const [used, fresh] = ['queued as 3C', 'stored as 4D'].map(value => observation(fact({ value })));
    expect(used && fresh && compare(used, fresh, noise)).toMatchObject([
      { aspect: 'text', used: 'queued as *', fresh: 'stored as *' },
    ]);
  });

  test('overlooks a text with nothing constant, even where it is missing', () => {
    const help = observation(fact({ step: 1, verb: 'help', value: 'z' }));
    expect(compare(help, observation(), noise)).toEqual([]);
    expect(compare(observation(), help, noise)).toEqual([]);
  });

  test('never overlooks the code of that reply', () => {
    const used = observation(code('550'), fact({ value: 'queued as 3C' }));
    const fresh = observation(code('250'), fact({ value: 'queued as 3C' }));
    expect(compare(used, fresh, noise)).toMatchObject([{ aspect: 'code', used: '550', fresh: '250' }]);
  });
});

describe('what may be a count', () => {
  const between = (used: string, fresh: string, aspect: Difference['aspect'] = 'text'): Difference => ({
    step: 0,
    verb: 'noop',
    aspect,
    place: '0.250.0',
    used,
    fresh,
  });

  test.each([
    ['you sent 7 commands', 'you sent 2 commands'],
    ['Command 7.', 'Command 2.'],
    ['(error 7)', '(error 2)'],
    ['7', '2'],
  ])('is the number in which alone texts differ: %s', (used, fresh) => {
    expect(countsIn(between(used, fresh))).toEqual([7, 2]);
  });

  test('may be below zero, one of several, or tell one from many', () => {
    expect(countsIn(between('-1 errors left', '4 errors left'))).toEqual([-1, 4]);
    expect(countsIn(between('error 7 of 9, 2 left', 'error 2 of 9, 7 left'))).toEqual([7, 2]);
    expect(countsIn(between('2 errors so far', '1 error so far'))).toEqual([2, 1]);
  });

  test.each([
    ['of a word', 'id q7', 'id q2'],
    ['of an address', 'hello 192.0.2.7', 'hello 192.0.2.2'],
    ['of a time', 'it is 12:07:09', 'it is 12:02:09'],
    ['of a date', 'on 2026-11-07', 'on 2026-11-02'],
    ['beside other words', 'sent 7 commands', 'sent 2 lines'],
  ])('is no number %s', (_what, used, fresh) => {
    expect(countsIn(between(used, fresh))).toBeUndefined();
  });

  test('stands in a text, in a list or in what a hook is given, and nowhere else', () => {
    expect(countsIn(between('7', '2', 'handler'))).toEqual([7, 2]);
    expect(countsIn(between('LIMITS MAILMAX=7', 'LIMITS MAILMAX=2', 'list'))).toEqual([7, 2]);
    expect(countsIn(between('nothing', 'LIMITS MAILMAX=2', 'list'))).toBeUndefined();
    expect(countsIn(between('7', '2', 'body'))).toBeUndefined();
  });
});

test('a text has the numbers beside what differs as they are in both, and no others where it says something else', () => {
  const difference = { used: '7 errors in 9 commands', fresh: '2 errors in 9 commands' };
  expect(besidesAlike('5 errors in 12 commands', difference)).toBe('5 errors in 9 commands');
  expect(besidesAlike('no errors in 12 commands', difference)).toBe('no errors in 12 commands');
  expect(besidesAlike('12 commands', { used: '7 errors', fresh: 'none' })).toBe('12 commands');
});

describe('signatures', () => {
  const difference: Difference = {
    step: 3,
    verb: 'mail',
    aspect: 'code',
    place: '0',
    used: '503',
    fresh: '250',
  };

  test('are equal for the same effect at another step', () => {
    expect(signature({ ...difference, step: 5 })).toBe(signature(difference));
  });

  test('differ by command, aspect and values', () => {
    const others: readonly Difference[] = [
      { ...difference, verb: 'rcpt' },
      { ...difference, aspect: 'count' },
      { ...difference, used: '550' },
      { ...difference, fresh: '451' },
      { ...difference, aspect: 'list', place: 'AUTH' },
      { ...difference, aspect: 'list', place: 'DSN' },
    ];
    expect(new Set([difference, ...others].map(signature)).size).toBe(others.length + 1);
  });

  test('do not depend on which letter a token has', () => {
    const text: Difference = {
      ...difference,
      aspect: 'text',
      place: '0.250.0',
      used: 'hi <a>',
      fresh: 'hi <b>',
    };
    expect(signature({ ...text, used: 'hi <c>', fresh: 'hi <d>' })).toBe(signature(text));
    expect(signature({ ...text, used: 'ho <a>' })).not.toBe(signature(text));
  });

  test('tells enhanced codes apart, which are digits and no ids', () => {
    const one: Difference = { ...difference, aspect: 'enhanced', used: '5.7.1', fresh: '5.1.1' };
    expect(signature(one)).toMatch(/ enhanced 5\.7\.1\/5\.1\.1$/);
    expect(signature({ ...one, used: '5.2.2' })).not.toBe(signature(one));
  });

  test('of a long text hold the words that differ, and neither what both say nor what is noise in one', () => {
    const received = { ...difference, aspect: 'header', place: 'received.0' } as const;
    const one = { ...received, used: 'with ESMTPS id * on Mon', fresh: 'with SMTP id 12 on Mon' };
    const other = { ...received, used: 'with ESMTPS id 34 on Tue', fresh: 'with SMTP id 56 on Tue' };
    expect(signature(one)).toBe(signature(other));
    expect(signature({ ...one, used: 'with ESMTPSA id * on Mon' })).not.toBe(signature(one));
    expect(signature({ ...one, used: 'with SMTP id * and more on Mon' })).not.toBe(signature(one));
  });

  test('do not depend on which hook of several it was', () => {
    const state: Difference = { ...difference, aspect: 'handler', place: '0.user', used: 'x', fresh: 'y' };
    expect(signature({ ...state, place: '4.user' })).toBe(signature(state));
    expect(signature({ ...state, place: '0.envelope' })).not.toBe(signature(state));
  });
});
