import { describe, expect, test } from 'vitest';
import { newPassable } from '../../src/generate/passable.ts';
import type { Step } from '../../src/scenario.ts';

const EHLO: Step = { kind: 'ehlo', name: 'a' };
const HELO: Step = { kind: 'helo', name: 'a' };
const MAIL: Step = { kind: 'mail', from: 'b' };
const LOGIN: Step = { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'c', initial: true };

const refusedIn = (...refused: (readonly Step[])[]) => {
  const passable = newPassable();
  for (const before of refused) for (let again = 0; again < 6; again++) passable.learn(before, false);
  return passable;
};

describe('a scenario is led to where STARTTLS passes', () => {
  test('out of a transaction', () => {
    expect(refusedIn([EHLO, MAIL]).led([EHLO, MAIL])).toEqual([EHLO, MAIL, { kind: 'rset' }]);
  });

  test('from HELO, or from no greeting at all, to EHLO', () => {
    const passable = refusedIn([], [HELO]);
    expect(passable.led([HELO]).at(-1)).toMatchObject({ kind: 'ehlo' });
    expect(passable.led([]).at(-1)).toMatchObject({ kind: 'ehlo' });
  });

  test('out of a login', () => {
    expect(refusedIn([EHLO, LOGIN]).led([EHLO, LOGIN])).toEqual([EHLO]);
  });
});

test('STARTTLS is said where it is refused now and then, before what leads out', () => {
  const passable = refusedIn([EHLO, MAIL]);
  const led = Array.from({ length: 6 }, () => passable.led([EHLO, MAIL]));
  const asking = led.filter(before => before.some(({ kind }) => kind === 'starttls'));
  expect(asking).toHaveLength(2);
  expect(asking[0]).toEqual([EHLO, MAIL, { kind: 'starttls' }, { kind: 'rset' }]);
});

test('a standing is given up when STARTTLS was refused in it six times, and not before: once may be chance', () => {
  const passable = newPassable();
  for (let refusals = 0; refusals < 5; refusals++) passable.learn([EHLO, MAIL], false);
  expect(passable.led([EHLO, MAIL])).toEqual([EHLO, MAIL]);
  passable.learn([EHLO, MAIL], false);
  expect(passable.led([EHLO, MAIL])).not.toEqual([EHLO, MAIL]);
});

test('one that passes is left as it is', () => {
  const passable = refusedIn([EHLO, MAIL]);
  expect(passable.led([EHLO])).toEqual([EHLO]);
});

test('a standing that has ever passed is not given up', () => {
  const passable = refusedIn([EHLO, MAIL]);
  passable.learn([EHLO, MAIL], true);
  expect(passable.led([EHLO, MAIL])).toEqual([EHLO, MAIL]);
});

test('where nothing leads out, nothing is changed', () => {
  const nowhere = [EHLO, MAIL, { kind: 'rset' } as const];
  const passable = refusedIn([EHLO, MAIL], [EHLO], [], [HELO], nowhere);
  expect(passable.led([EHLO, MAIL])).toEqual([EHLO, MAIL]);
});

describe('a step that spoils STARTTLS for good', () => {
  const RSET: Step = { kind: 'rset' };
  const NOOP: Step = { kind: 'noop' };
  /** Whoever has said MAIL is refused, in a transaction or not. */
  const spoiledByMail = () => {
    const passable = newPassable();
    passable.learn([EHLO], true);
    for (let again = 0; again < 6; again++) passable.learn([EHLO, MAIL, RSET], false);
    return passable;
  };

  test('is left out, with what was only ever said beside it', () => {
    expect(spoiledByMail().led([EHLO, NOOP, MAIL, RSET])).toEqual([EHLO, NOOP]);
  });

  test('is suspected only until it is seen to do no harm', () => {
    const passable = spoiledByMail();
    passable.learn([EHLO, RSET], true);
    expect(passable.led([EHLO, MAIL, RSET])).toEqual([EHLO, RSET]);
  });

  test('is tried by itself now and then', () => {
    const passable = spoiledByMail();
    const led = Array.from({ length: 16 }, () => passable.led([EHLO, MAIL, RSET]));
    for (const kept of [MAIL, RSET]) expect(led).toContainEqual([EHLO, kept]);
    expect(led.filter(steps => steps.length > 1)).toHaveLength(4);
  });

  test('is none where something leads out of what it led into', () => {
    const passable = newPassable();
    passable.learn([EHLO], true);
    for (let again = 0; again < 6; again++) passable.learn([EHLO, MAIL], false);
    expect(passable.led([EHLO, MAIL])).toEqual([EHLO, MAIL, RSET]);
  });
});
