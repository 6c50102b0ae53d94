/** What pairs show of a clean upgrade, and MAIL or AUTH that is taken in TLS without any greeting there. */

import { describe, expect, test } from 'vitest';
import { capabilitiesRenewed } from '../../properties/capabilities-renewed.ts';
import { freshConnection } from '../../properties/fresh-connection.ts';
import { handlerState } from '../../properties/handler-state.ts';
import type { Difference } from '../../src/compare.ts';
import { ASPECTS, type Aspect } from '../../src/observe.ts';
import { BARE, type Step, type Upgrade } from '../../src/scenario.ts';
import type { Entry } from '../../src/transcript.ts';
import { evidence, reply } from './evidence.ts';

const GLUED: Upgrade = { ...BARE, glued: { lines: [{ kind: 'noop' }], times: 1, ending: 'CRLF' } };
const EHLO: Step = { kind: 'ehlo', name: 'a' };
const MAIL: Step = { kind: 'mail', from: 'a' };
const AUTH: Step = { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'u' };

const QUIT: Entry = { at: 0, part: 'fence', step: 0, kind: 'sent', bytes: 'QUIT\r\n' };

/** One difference of each aspect. */
const DIFFERENCES = ASPECTS.map(
  (aspect): Difference => ({ step: 0, verb: 'mail', aspect, place: '0', used: 'a', fresh: 'b' }),
);
const aspects = (all: readonly { readonly difference?: Difference }[]): readonly (Aspect | undefined)[] =>
  all.map(({ difference }) => difference?.aspect).sort();

describe('a pair that differs', () => {
  const claimed = (upgrade: Upgrade, paired: boolean) =>
    [freshConnection, capabilitiesRenewed, handlerState].map(claim =>
      aspects(claim.judge(evidence({ upgrade }, {}, { differences: DIFFERENCES, paired }))),
    );

  test('is claimed by each for its own aspects', () => {
    expect(claimed(BARE, true)).toEqual([
      ['code', 'count', 'end', 'enhanced', 'text'],
      ['list'],
      ['handler'],
    ]);
  });

  test('is the affair of another claim where plaintext travelled with STARTTLS, but for lists and hooks', () => {
    expect(claimed(GLUED, true)).toEqual([[], ['list'], ['handler']]);
  });

  test('is none where one of the runs did not come to TLS', () => {
    expect(claimed(BARE, false)).toEqual([[], [], []]);
  });

  test('was put to the test where something was said before TLS', () => {
    const isExercised = (before: readonly Step[], paired: boolean): boolean =>
      freshConnection.exercised(evidence({ before }, {}, { paired }));
    expect([isExercised([EHLO], true), isExercised([], true), isExercised([EHLO], false)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('a command that a server refuses ungreeted in plaintext', () => {
  /** What is said of it where the server answers so in TLS. */
  const taken = (
    after: readonly Step[],
    code: number,
    upgrade = BARE,
    refused = ['mail', 'auth'] as const,
  ) => {
    const step = after.findIndex(({ kind }) => kind === 'mail' || kind === 'auth');
    const facts = { refusedUngreeted: refused, offered: [], loginKnown: true };
    return freshConnection
      .judge(evidence({ after, upgrade }, { entries: [reply('after', step, code)] }, { facts }))
      .map(({ signature }) => signature);
  };

  test.each<[string, readonly Step[], number, string]>([
    ['MAIL', [MAIL], 250, 'mail code 250/503'],
    ['MAIL behind another command', [{ kind: 'noop' }, MAIL], 250, 'mail code 250/503'],
    ['MAIL that a greeting comes behind', [MAIL, EHLO], 250, 'mail code 250/503'],
    ['AUTH', [AUTH], 235, 'auth code 235/503'],
    ['AUTH that is asked for more', [AUTH], 334, 'auth code 334/503'],
  ])('must not be taken in TLS: %s', (_, after, code, signature) => {
    expect(taken(after, code)).toEqual([signature]);
  });

  test.each<[string, readonly Step[], number]>([
    ['refused there, too', [MAIL], 503],
    ['greeted by HELO', [{ kind: 'helo', name: 'a' }, MAIL], 250],
    ['greeted by EHLO', [EHLO, AUTH], 235],
    ['greeted by LHLO', [{ kind: 'lhlo', name: 'a' }, MAIL], 250],
    ['behind bytes that may be a greeting', [{ kind: 'bytes', bytes: 'a' }, MAIL], 250],
    ['answered otherwise', [AUTH], 250],
  ])('may be %s', (_, after, code) => {
    expect(taken(after, code)).toEqual([]);
  });

  test('is the affair of another claim where plaintext travelled with STARTTLS', () => {
    expect(taken([MAIL], 250, GLUED)).toEqual([]);
  });

  test('is not answered by a 250 that nobody asked for, behind which all answers come too late', () => {
    const facts = { refusedUngreeted: ['mail'] as const, offered: [], loginKnown: true };
    const said = (...toQuit: readonly number[]) =>
      freshConnection.judge(
        evidence(
          { after: [MAIL] },
          { entries: [reply('after', 0, 250), QUIT, ...toQuit.map(code => reply('fence', 0, code))] },
          { facts },
        ),
      );
    expect(said(221)).toHaveLength(1);
    expect(said(503, 221)).toEqual([]);
  });

  test('is taken as it is in plaintext where that takes it', () => {
    const facts = { refusedUngreeted: ['auth'] as const, offered: [], loginKnown: true };
    const used = { entries: [reply('after', 0, 250)] };
    expect(freshConnection.judge(evidence({ after: [MAIL] }, used, { facts }))).toEqual([]);
  });
});

describe('STARTTLS in the list', () => {
  const offered = (
    verb: 'ehlo' | 'lhlo' | 'help',
    upgrade: 'secure' | 'failed',
    code: number,
    line: string,
  ) => {
    const step: Step = verb === 'help' ? { kind: verb } : { kind: verb, name: 'a' };
    const entries = [reply('after', 0, code, 'starttls.example', line)];
    return capabilitiesRenewed.judge(evidence({ after: [step] }, { upgrade, entries }, { paired: false }));
  };

  test('must not be there once TLS is on, in whichever letters', () => {
    expect(offered('ehlo', 'secure', 250, 'STARTTLS')).toMatchObject([{ step: 0, proof: 'sighting' }]);
    expect(offered('lhlo', 'secure', 250, 'starttls')).toHaveLength(1);
  });

  test('may be in plaintext, in a refusal, in other replies, and in other words', () => {
    expect(offered('ehlo', 'failed', 250, 'STARTTLS')).toEqual([]);
    expect(offered('ehlo', 'secure', 550, 'STARTTLS')).toEqual([]);
    expect(offered('help', 'secure', 250, 'STARTTLS')).toEqual([]);
    expect(offered('ehlo', 'secure', 250, 'STARTTLSDOMAIN')).toEqual([]);
  });
});
