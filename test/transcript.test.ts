import { describe, expect, test } from 'vitest';
import type { Reply } from '../src/smtp/reply.ts';
import {
  type Entry,
  fellSilent,
  isCutOff,
  isKeptWaiting,
  isTurnedAway,
  type Part,
  repliesTo,
  surplusReplies,
  type Transcript,
  type UpgradeOutcome,
} from '../src/transcript.ts';

const reply = (code: number): Reply => ({ kind: 'reply', code, lines: ['text'] });
const at = (part: Part, step = 0): Pick<Entry, 'at' | 'part' | 'step'> => ({ at: 0, part, step });
const received = (part: Part, code: number, step = 0): Entry => ({
  ...at(part, step),
  kind: 'received',
  reply: reply(code),
});
const sent = (part: Part, bytes: string, step = 0): Entry => ({ ...at(part, step), kind: 'sent', bytes });
const ended = (part: Part): Entry => ({ ...at(part), kind: 'ended', how: 'fin' });
const silence = (part: Part): Entry => ({ ...at(part), kind: 'silence', waited: 1 });

const transcript = (entries: readonly Entry[], upgrade: UpgradeOutcome = 'secure'): Transcript => ({
  nonce: 'z',
  upgrade,
  entries,
  handlers: [],
  deliveries: [],
  connections: 1,
});

test('the replies of a step are those of its part and its number, in order', () => {
  const run = transcript([
    received('before', 250, 1),
    received('after', 250, 1),
    received('after', 354, 1),
    received('after', 503, 2),
  ]);
  expect(repliesTo(run, 'after', 1)).toEqual([reply(250), reply(354)]);
  expect(repliesTo(run, 'before', 1)).toEqual([reply(250)]);
  expect(repliesTo(run, 'fence', 1)).toEqual([]);
});

describe('a connection is turned away', () => {
  test.each([421, 450, 554])('where it is greeted by %i', code => {
    expect(isTurnedAway(transcript([received('greeting', code)], 'lost'))).toBe(true);
  });

  test('where it ends before a word, or nobody listens', () => {
    expect(isTurnedAway(transcript([ended('greeting')], 'lost'))).toBe(true);
    expect(isTurnedAway(transcript([], 'unreachable'))).toBe(true);
  });

  test('not where it is greeted, kept waiting, or refused something later', () => {
    expect(isTurnedAway(transcript([received('greeting', 220), ended('before')], 'lost'))).toBe(false);
    expect(isTurnedAway(transcript([silence('greeting')], 'lost'))).toBe(false);
    expect(isTurnedAway(transcript([received('greeting', 220), received('before', 421)], 'lost'))).toBe(
      false,
    );
    expect(isTurnedAway(transcript([], 'lost'))).toBe(false);
  });

  test('whatever became of the one that its ticket comes of', () => {
    expect(isTurnedAway(transcript([received('ticket', 220), received('greeting', 421)], 'lost'))).toBe(true);
    expect(isTurnedAway(transcript([received('ticket', 421), received('greeting', 220)]))).toBe(false);
  });
});

test('it is kept waiting where silence comes first, and not where silence comes later', () => {
  expect(isKeptWaiting(transcript([silence('greeting')], 'lost'))).toBe(true);
  expect(isKeptWaiting(transcript([received('greeting', 220), silence('before')], 'lost'))).toBe(false);
  expect(isKeptWaiting(transcript([silence('ticket'), received('greeting', 220)]))).toBe(false);
});

test('it is cut off where TLS did not come about, or the server ended it', () => {
  expect(isCutOff(transcript([received('greeting', 220)]))).toBe(false);
  expect(isCutOff(transcript([ended('after')]))).toBe(true);
  expect(isCutOff(transcript([], 'failed'))).toBe(true);
});

test('it fell silent where an answer was waited for, and not where it ended', () => {
  expect(fellSilent(transcript([silence('after')]))).toBe(true);
  expect(fellSilent(transcript([ended('after')]))).toBe(false);
});

describe('replies that answer nothing', () => {
  const fence = (codes: readonly number[], quits = 1): number =>
    surplusReplies(
      transcript([
        received('after', 250),
        ...Array.from({ length: quits }, () => sent('fence', 'QUIT\r\n')),
        ...codes.map(code => received('fence', code)),
      ]),
    );

  test('are those beyond one for each QUIT', () => {
    expect([fence([221]), fence([250, 221]), fence([250, 250, 221]), fence([500, 221], 2)]).toEqual([
      0, 1, 2, 0,
    ]);
  });

  test('are none where one is missing, and a 421 is none: it may come at any time', () => {
    expect([fence([]), fence([421]), fence([421, 221]), fence([250, 421, 221])]).toEqual([0, 0, 0, 1]);
  });

  test('may be bytes that are no reply', () => {
    const malformed: Entry = {
      ...at('fence'),
      kind: 'received',
      reply: { kind: 'malformed', reason: 'no-code', bytes: 'x' },
    };
    expect(surplusReplies(transcript([sent('fence', 'QUIT\r\n'), malformed, received('fence', 221)]))).toBe(
      1,
    );
  });
});
