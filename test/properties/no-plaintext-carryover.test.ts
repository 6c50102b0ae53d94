/** What is answered in the clear behind the 220, and what is only said of a handshake that failed. */

import { describe, expect, test } from 'vitest';
import { noPlaintextCarryover } from '../../properties/no-plaintext-carryover.ts';
import type { Evidence } from '../../src/claim.ts';
import type { Difference } from '../../src/compare.ts';
import { ASPECTS } from '../../src/observe.ts';
import { BARE, type Glue, type Scenario, type Step, type Upgrade } from '../../src/scenario.ts';
import type { Transcript } from '../../src/transcript.ts';
import { evidence as madeBy, reply, stray } from './evidence.ts';

/** What the claim says of so many lines behind STARTTLS, the handshake behind them that failed, and what was heard. */
function claimed(lines: number, heard: string, where: 'glued' | 'segment' = 'glued'): readonly string[] {
  const scenario: Scenario = {
    before: [],
    upgrade: {
      [where]: { lines: [{ kind: 'noop' }], times: lines, ending: 'CRLF' },
      handshake: { kind: 'sound', version: '1.3' },
    },
    after: [],
  };
  const used: Transcript = {
    nonce: 'zq7',
    upgrade: 'lost',
    entries: [{ at: 0, part: 'upgrade', step: 0, kind: 'stray', bytes: heard }],
    handlers: [],
    deliveries: [],
    connections: 1,
  };
  const evidence: Evidence = {
    scenario,
    used,
    observation: { facts: [], digest: '' },
    differences: [],
    paired: false,
    speech: { nonce: 'zq7', user: '', password: '', recipient: '' },
    facts: { refusedUngreeted: [], offered: [], loginKnown: false },
  };
  return noPlaintextCarryover.judge(evidence).map(({ signature }) => signature);
}

/** A run in TLS with so many replies to the closing QUIT, which is all that is said in it. */
const answered = (replies: number): Transcript => ({
  nonce: 'zq7',
  upgrade: 'secure',
  entries: [
    { at: 0, part: 'fence', step: 0, kind: 'sent', bytes: 'QUIT\r\n' },
    ...Array.from(
      { length: replies },
      () =>
        ({
          at: 0,
          part: 'fence',
          step: 0,
          kind: 'received',
          reply: { kind: 'reply', code: 250, lines: ['Ok'] },
        }) as const,
    ),
  ],
  handlers: [],
  deliveries: [],
  connections: 1,
});

test('a reply too many answers what was glued to STARTTLS only if a fresh connection does not give it as well', () => {
  const glued: Evidence = {
    scenario: {
      before: [],
      upgrade: {
        glued: { lines: [{ kind: 'noop' }], times: 1, ending: 'CRLF' },
        handshake: { kind: 'sound', version: '1.3' },
      },
      after: [],
    },
    used: answered(2),
    fresh: answered(1),
    observation: { facts: [], digest: '' },
    differences: [],
    paired: true,
    speech: { nonce: 'zq7', user: '', password: '', recipient: '' },
    facts: { refusedUngreeted: [], offered: [], loginKnown: false },
  };
  expect(noPlaintextCarryover.judge(glued).map(({ signature }) => signature)).toEqual([
    'replies too many in TLS',
  ]);
  expect(noPlaintextCarryover.judge({ ...glued, fresh: answered(2) })).toEqual([]);
});

const ANSWERED = ['reply in plaintext behind the 220'];

test('one refusal behind many lines is said of the handshake that they made fail, whatever its code', () => {
  expect(claimed(700, '550 5.0.0 Handshake error\r\n')).toEqual([]);
  expect(claimed(700, '554-TLS is needed\r\n554 bye\r\n')).toEqual([]);
  expect(claimed(1, '550 5.0.0 Handshake error\r\n', 'segment')).toEqual([]);
});

test('an answer to each line, one that accepts, or one to a single line is an answer in the clear', () => {
  expect(claimed(2, '500 What?\r\n500 What?\r\n')).toEqual(ANSWERED);
  expect(claimed(700, '250 Ok\r\n')).toEqual(ANSWERED);
  expect(claimed(1, '550 No\r\n')).toEqual(ANSWERED);
});

test('a refusal of a fragment is an answer in the clear, and none where a line stood in place of the ClientHello', () => {
  const line: Glue = { lines: [{ kind: 'noop' }], times: 1, ending: 'CRLF' };
  const fragment: Glue = { lines: [], times: 1, ending: 'CRLF', fragment: { kind: 'noop' } };
  const heard = { upgrade: 'lost', entries: [stray('550 No\r\n')] } as const;
  const judged = (upgrade: Partial<Upgrade>): readonly string[] =>
    noPlaintextCarryover
      .judge(madeBy({ upgrade: { ...BARE, ...upgrade } }, heard))
      .map(({ signature }) => signature);
  expect(judged({ glued: fragment })).toEqual(ANSWERED);
  expect(judged({ glued: line, segment: line })).toEqual([]);
  expect(judged({ segment: fragment })).toEqual([]);
});

describe('what travels with STARTTLS', () => {
  const GLUED: Upgrade = { ...BARE, glued: { lines: [{ kind: 'noop' }], times: 1, ending: 'CRLF' } };
  const DIFFERENCES = ASPECTS.map(
    (aspect): Difference => ({ step: 0, verb: 'mail', aspect, place: '0', used: 'a', fresh: 'b' }),
  );
  const judged = (upgrade: Upgrade, used: Partial<Transcript>, more: Partial<Evidence> = {}) =>
    noPlaintextCarryover.judge(madeBy({ upgrade }, used, more)).map(({ signature }) => signature);

  test('is claimed to be taken for commands by what a pair shows of replies, and by nothing else', () => {
    const deviations = noPlaintextCarryover.judge(
      madeBy({ upgrade: GLUED }, {}, { differences: DIFFERENCES }),
    );
    expect(deviations.map(({ difference }) => difference?.aspect).sort()).toEqual([
      'code',
      'count',
      'end',
      'enhanced',
      'text',
    ]);
    expect(judged(GLUED, {}, { differences: DIFFERENCES, paired: false })).toEqual([]);
    expect(judged(BARE, { entries: [stray('250 Ok\r\n')] }, { differences: DIFFERENCES })).toEqual([]);
  });

  test('is answered in the clear by a whole reply, whatever comes of TLS', () => {
    expect(judged(GLUED, { entries: [stray('250 Ok\r\n')] })).toEqual(ANSWERED);
    expect(judged(GLUED, { entries: [stray('454 No\r\n')] })).toEqual(ANSWERED);
    expect(judged(GLUED, { entries: [stray('nonsense')] })).toEqual([]);
    // A session in TLS that goes on has thrown nothing away, however many lines there were.
    const many = { ...GLUED, glued: { lines: [], times: 1, ending: 'CRLF' } } as const;
    expect(judged({ ...many, segment: GLUED.glued as Glue }, { entries: [stray('550 No\r\n')] })).toEqual(
      ANSWERED,
    );
  });

  test('is not said to be where the 220 may answer what was said before STARTTLS', () => {
    const chunk: Step = { kind: 'bdat', body: 'plain', token: 'a' };
    const behindChunk = (code: number): readonly string[] =>
      noPlaintextCarryover
        .judge(
          madeBy(
            { before: [chunk], upgrade: GLUED },
            { entries: [reply('before', 0, code), stray('250 Ok\r\n')] },
          ),
        )
        .map(({ signature }) => signature);
    expect(behindChunk(250)).toEqual(ANSWERED);
    expect(behindChunk(503)).toEqual([]);
    expect(behindChunk(334)).toEqual([]);
    const open: Step = { kind: 'auth', mechanism: 'LOGIN', answer: 'open', user: 'a' };
    const before = { before: [open], upgrade: GLUED };
    expect(noPlaintextCarryover.judge(madeBy(before, { entries: [stray('250 Ok\r\n')] }))).toEqual([]);
  });

  test.each([221, 421, 454, 554])('may be answered by a goodbye, or by a refusal of TLS: %i', code => {
    expect(judged(GLUED, { upgrade: 'lost', entries: [stray(`${code} No\r\n`)] })).toEqual([]);
  });

  test('is for another claim where the handshake was made to fail', () => {
    const upgrade: Upgrade = { ...GLUED, handshake: { kind: 'failed', how: 'plaintext' } };
    expect(judged(upgrade, { upgrade: 'failed', entries: [stray('250 Ok\r\n')] })).toEqual([]);
  });

  test('is put to the test where something does, and TLS comes about', () => {
    const isExercised = (upgrade: Upgrade, outcome: Transcript['upgrade']): boolean =>
      noPlaintextCarryover.exercised(madeBy({ upgrade }, { upgrade: outcome }));
    expect([isExercised(GLUED, 'secure'), isExercised(BARE, 'secure'), isExercised(GLUED, 'lost')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
