/** What is kept that no model tells of: lists of the plaintext, and the words of a proxy. */

import { describe, expect, test } from 'vitest';
import type { Deviation } from '../../src/claim.ts';
import type { Seen } from '../../src/experiment.ts';
import { isKeptList, isProxyKept, isRepliedLate } from '../../src/investigate/unmodelled.ts';
import { NOTHING } from '../../src/observe.ts';
import { BARE, type Scenario, type Step } from '../../src/scenario.ts';
import type { Transcript } from '../../src/transcript.ts';
import { reply, transcript } from '../properties/evidence.ts';

const EHLO: Step = { kind: 'ehlo', name: 'a' };
const scenario = (before: readonly Step[]): Scenario => ({ before, upgrade: BARE, after: [EHLO] });

/** A run that was told this list in plaintext. */
const told = (...lines: readonly string[]): Transcript =>
  ({
    nonce: 'zq7',
    entries: [
      {
        kind: 'received',
        part: 'before',
        step: 0,
        reply: { kind: 'reply', code: 250, lines: ['mx', ...lines] },
      },
    ],
  }) as unknown as Transcript;

const shows = (place: string, used: string, aspect = 'list'): Deviation =>
  ({ difference: { step: 0, verb: 'ehlo', aspect, place, used, fresh: 'other' } }) as Deviation;

test.each<[boolean, string, Deviation]>([
  [true, 'lists in TLS what the plaintext was told, in whatever order', shows('AUTH', 'AUTH LOGIN PLAIN')],
  [true, 'does not list what the plaintext was not told', shows('CHUNKING', NOTHING)],
  [false, 'lists with other parameters', shows('AUTH', 'AUTH PLAIN')],
  [false, 'does not list what the plaintext was told', shows('AUTH', NOTHING)],
  [false, 'says so in the text', shows('AUTH', 'AUTH LOGIN PLAIN', 'text')],
])('that the list is kept is %s where a server %s', (isKept, _, deviation) => {
  expect(isKeptList(scenario([EHLO]), deviation, told('AUTH PLAIN LOGIN'))).toBe(isKept);
});

test('a list that something else was said behind may be made anew, and be another for that', () => {
  const before: readonly Step[] = [EHLO, { kind: 'noop' }];
  const deviation = shows('AUTH', 'AUTH PLAIN');
  expect(isKeptList(scenario([EHLO]), deviation, told('AUTH PLAIN'))).toBe(true);
  expect(isKeptList(scenario(before), deviation, told('AUTH PLAIN'))).toBe(false);
});

test('a greeting that is told no list keeps none', () => {
  expect(isKeptList(scenario([{ kind: 'helo', name: 'a' }]), shows('AUTH', NOTHING), told())).toBe(false);
});

const XCLIENT: Step = { kind: 'xclient', attribute: 'NAME', value: 'a' };
const XFORWARD: Step = { kind: 'xforward', attribute: 'NAME', value: 'a' };

test.each<[boolean, string, readonly Step[], readonly number[]]>([
  [true, 'the words of a proxy alone', [XCLIENT, XFORWARD], [220, 250]],
  [false, 'words of a proxy that were refused', [XCLIENT], [550]],
  [false, 'a greeting beside them', [EHLO, XFORWARD], [250, 250]],
  [false, 'nothing', [], []],
])('that a proxy is remembered is %s where %s led to it', (isKept, _, before, codes) => {
  const entries = codes.map((code, step) => reply('before', step, code));
  expect(isProxyKept(scenario(before), transcript({ entries }))).toBe(isKept);
});

describe('replies come late', () => {
  const quit = { at: 0, part: 'fence', step: 0, kind: 'sent', bytes: 'QUIT\r\n' } as const;
  const late = transcript({ entries: [quit, reply('fence', 0, 250), reply('fence', 0, 221)] });
  const isLate = (said: Scenario, heard: Transcript): boolean =>
    isRepliedLate({ scenario: said, used: { transcript: heard } as Seen });
  const piped: Scenario = { ...scenario([{ kind: 'noop' }]), upgrade: { ...BARE, piped: true } };

  test('where QUIT is answered twice, and STARTTLS was in a segment with other commands', () => {
    expect(isLate(piped, late)).toBe(true);
    expect(isLate({ ...piped, upgrade: BARE }, late)).toBe(false);
  });

  test('not where each QUIT has its answer, or nobody knows how many commands there were', () => {
    const inTime = transcript({ entries: [quit, reply('fence', 0, 221)] });
    expect(isLate(piped, inTime)).toBe(false);
    expect(isLate({ ...piped, before: [{ kind: 'bytes', bytes: 'NOOP\n' }] }, late)).toBe(false);
  });
});
