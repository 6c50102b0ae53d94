/** When a deviation that is predicted, or known, is taken for one that was seen. */

import { describe, expect, test } from 'vitest';
import type { Deviation } from '../../src/claim.ts';
import { type Difference, signature } from '../../src/compare.ts';
import {
  alike,
  contradicts,
  isAsGood,
  isAsLate,
  isExact,
  isGrant,
  isInSameGap,
  isMisplaced,
  isSameEffect,
  isSecondLogin,
} from '../../src/investigate/effect.ts';
import { NOTHING } from '../../src/observe.ts';

const MAIL: Difference = { step: 1, verb: 'mail', aspect: 'code', place: '0', used: '250', fresh: '503' };

/** A deviation that rests on a difference. */
function shown(changes: Partial<Difference> = {}, claim = 'fresh-connection'): Deviation {
  const difference = { ...MAIL, ...changes };
  const { step, used, fresh } = difference;
  return {
    claim,
    step,
    used,
    fresh,
    proof: 'pair',
    difference,
    signature: signature(difference),
  } as Deviation;
}

const code = (used: string, fresh: string, changes: Partial<Difference> = {}): Deviation =>
  shown({ used, fresh, ...changes });
const text = (place: string): Deviation => shown({ aspect: 'text', place, used: 'a', fresh: 'b' });
const listed = (place: string, used: string, fresh = NOTHING): Deviation =>
  shown({ verb: 'ehlo', aspect: 'list', place, used, fresh });

test('a grant is what is taken that a fresh connection refuses as out of order, and nothing else', () => {
  expect([code('250', '503'), code('354', '503', { verb: 'data' })].map(isGrant)).toEqual([true, true]);
  const none = [code('250', '550'), code('451', '503'), code('503', '250'), text('0.503.1')];
  expect(none.map(isGrant)).toEqual(none.map(() => false));
});

test('a login is told by an AUTH that is refused as the second one, and by no other refusal', () => {
  const auth = (used: string, fresh: string): Deviation => code(used, fresh, { verb: 'auth' });
  expect([auth('503', '235'), auth('503', '334')].map(isSecondLogin)).toEqual([true, true]);
  const none = [auth('503', '504'), auth('535', '235'), auth('235', '503'), code('503', '235')];
  expect(none.map(isSecondLogin)).toEqual(none.map(() => false));
});

test('a code that only another command is answered by is a late reply, and no grant', () => {
  const late = [
    code('235', '503'),
    code('535', '503'),
    code('354', '503', { verb: 'rcpt' }),
    code('221', '250'),
  ];
  expect(late.map(isMisplaced)).toEqual(late.map(() => true));
  expect(late.map(isGrant)).toEqual(late.map(() => false));
  expect(isAsLate(code('235', '503'), code('235', '221', { verb: 'rcpt' }))).toBe(true);
  expect(isAsLate(code('235', '503'), code('221', '503'))).toBe(false);
  const timely = [
    code('235', '503', { verb: 'auth' }),
    code('334', '500', { verb: 'noop' }),
    code('354', '500', { verb: 'line' }),
    code('250', '221', { verb: 'fence' }),
    text('0.235.1'),
  ];
  expect(timely.map(isMisplaced)).toEqual(timely.map(() => false));
});

test('one stands for another of its claim, or of any where it is a pair', () => {
  const sighting = { ...shown(), proof: 'sighting' } as const;
  expect(isAsGood(sighting, shown())).toBe(true);
  expect(isAsGood(sighting, shown({}, 'markers'))).toBe(false);
  expect(isAsGood(shown(), shown({}, 'markers'))).toBe(true);
});

test('an effect is the same wherever its command stands, and with whichever code of its kind', () => {
  expect(isSameEffect(shown({ step: 4 }), shown())).toBe(true);
  expect(isSameEffect(code('251', '554'), shown())).toBe(true);
  expect(isSameEffect(code('503', '250'), shown())).toBe(false);
  expect(isSameEffect(shown({ verb: 'rcpt' }), shown())).toBe(false);
  expect(isSameEffect(shown({}, 'markers'), shown())).toBe(false);
  expect(isSameEffect(text('0.250.1'), shown())).toBe(false);
});

describe('what is predicted is exactly what is seen', () => {
  test.each<[string, boolean, Deviation, Deviation]>([
    ['with the same codes', true, shown(), shown()],
    ['not with another code, though one of its kind', false, code('251', '503'), shown()],
    ['not with another code on a fresh connection', false, code('250', '554'), shown()],
    ['not at another step', false, shown({ step: 2 }), shown()],
    ['not of another claim', false, shown({}, 'markers'), shown()],
    ['not in another aspect', false, text('0.503.1'), shown()],
    ['with the same extension in the same list', true, listed('AUTH.0', 'a'), listed('AUTH.0', 'b')],
    ['not with another extension', false, listed('DSN.0', 'a'), listed('AUTH.0', 'a')],
    ['not in the other list', false, listed('AUTH.0', NOTHING, 'a'), listed('AUTH.0', 'a')],
    ['in whichever words', true, text('0.503.1'), text('0.503.4')],
    ['not in words of a 500, where those of another refusal are', false, text('0.503.1'), text('0.500.1')],
    ['in those of a 500 where they are', true, text('0.500.2'), text('0.500.1')],
  ])('%s', (_, isSo, predicted, seen) => {
    expect(isExact(predicted, seen)).toBe(isSo);
  });
});

describe('what another server predicts is alike', () => {
  test.each<[string, boolean, Deviation, Deviation]>([
    ['where both accept, and fresh connections refuse', true, code('251', '554'), shown()],
    ['not where one refuses what the other accepts', false, code('503', '250'), shown()],
    ['not at another step', false, shown({ step: 2 }), shown()],
    [
      'not where a command is none, and is only out of order there',
      false,
      code('503', '250'),
      code('500', '250'),
    ],
    ['where a command is none on either', true, code('500', '250'), code('500', '250')],
    [
      'where a line is none: that is no command anyway',
      true,
      code('503', '250', { verb: 'line' }),
      code('500', '250', { verb: 'line' }),
    ],
    ['where words of refusals are other ones', true, text('0.503.1'), text('0.554.2')],
    ['not where they are those of a 500', false, text('0.503.1'), text('0.500.1')],
  ])('%s', (_, isSo, predicted, seen) => {
    expect(alike(predicted, seen)).toBe(isSo);
  });
});

describe('another outcome before the deviation', () => {
  const SEEN = shown({ step: 3 });

  test('speaks against a prediction, where one run accepts what the other refuses', () => {
    expect(contradicts([shown()], SEEN, [])).toBe(true);
    expect(contradicts([shown()], SEEN, [{ ...MAIL, aspect: 'text' }])).toBe(true);
  });

  test.each<[string, Deviation, readonly Difference[]]>([
    ['comes later', shown({ step: 3 }), []],
    ['is a refusal on either side', code('451', '503'), []],
    ['is one of words', text('0.250.1'), []],
    ['is at a step at which the target has another outcome as well', shown(), [MAIL]],
  ])('does not where it %s', (_, predicted, differences) => {
    expect(contradicts([predicted], SEEN, differences)).toBe(false);
  });
});

describe('what an answer quotes', () => {
  const quoted = (used: string, fresh = 'cannot verify ', verb = 'vrfy'): Deviation =>
    shown({ verb, aspect: 'text', place: '0.252.0', used, fresh });

  test.each([
    ['one word and several', 'cannot verify <a>', 'cannot verify TO:<<a>@lab.example> X', true],
    ['another gap', 'cannot verify <a>', 'could not verify ', false],
    ['more than the gap', 'cannot verify <a>', 'cannot even verify ', false],
  ])('fills the same gap or not: %s', (_, one, other, isSame) => {
    expect(isInSameGap(quoted(one), quoted(other))).toBe(isSame);
  });

  test('is told by the words around it, also where a fresh connection is told what it said itself', () => {
    const denied = (to: string, fresh: string): Deviation =>
      quoted(`no relaying for ${to} here`, `no relaying for ${fresh} here`, 'rcpt');
    expect(isInSameGap(denied('nobody', 'sender.example'), denied('sender.example', 'nobody'))).toBe(true);
    expect(isInSameGap(denied('nobody', 'sender.example'), denied('<a>', 'lab.example'))).toBe(true);
    expect(
      isInSameGap(quoted('<a> is not <b>', '<a> is not <c>'), quoted('<d> is not <a>', '<d> is not <b>')),
    ).toBe(true);
    expect(
      isInSameGap(
        denied('nobody', 'a'),
        quoted('no relaying for you now', 'no relaying for you here', 'rcpt'),
      ),
    ).toBe(false);
  });

  test('is told by the words around it in a header field, which are more than its name', () => {
    const field = (used: string, fresh: string): Deviation =>
      shown({ verb: 'data', aspect: 'header', place: 'received.0', used, fresh });
    const [plain, secure] = ['Received: by mx with ESMTP', 'Received: by mx with ESMTPS'];
    expect(isInSameGap(field(plain, secure), field('Received: by mx with SMTPA', secure))).toBe(true);
    expect(
      isInSameGap(field(plain, secure), field('Received: by mx with SMTP', 'Received: by mx with SMTPS')),
    ).toBe(true);
    expect(isInSameGap(field(plain, secure), field('Received: by me with ESMTPS', secure))).toBe(false);
    expect(isInSameGap(field('X-Seen: login', 'X-Seen: none'), field('X-Seen: helo', 'X-Seen: none'))).toBe(
      false,
    );
  });

  test('is told by the answer, and not where all of it is other words', () => {
    expect(isInSameGap(quoted('cannot verify a'), quoted('cannot verify b', undefined, 'expn'))).toBe(false);
    expect(isInSameGap(quoted('no', 'yes'), quoted('maybe', 'yes'))).toBe(false);
    expect(
      isInSameGap(quoted('he said a today', 'he said today'), quoted('he said b c today', 'he said today')),
    ).toBe(true);
    expect(isInSameGap(code('250', '503'), quoted('cannot verify a'))).toBe(false);
  });
});
