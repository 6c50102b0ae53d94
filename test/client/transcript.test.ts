import { describe, expect, test } from 'vitest';
import { ends } from '../../properties/client/ends.ts';
import type { ClientEvidence } from '../../src/client/claim.ts';
import { type ClientTranscript, type Entry, hangs, lastWords } from '../../src/client/transcript.ts';

const where = { connection: 0, secure: true } as const;
const replied = (at: number): Entry => ({ ...where, at, kind: 'replied', bytes: '250 Ok\r\n' });
const ended = (at: number, by: 'client' | 'server'): Entry => ({ ...where, at, kind: 'ended', by });
const stopped = (...entries: readonly Entry[]): ClientTranscript => ({
  nonce: 'zabcdefghi',
  entries,
  exit: { kind: 'late', waited: 10_000, output: '' },
});
const accused = (transcript: ClientTranscript): boolean =>
  ends.judge({ transcript } as ClientEvidence).length > 0;

describe('a client that had to be stopped', () => {
  test('hangs where nothing has happened for a good part of its time, whatever its end brings about', () => {
    const silent = stopped(replied(100), ended(10_001, 'client'));
    expect(hangs(silent)).toBe(true);
    expect(accused(silent)).toBe(true);
    expect(hangs(stopped(replied(100), ended(2_000, 'server')))).toBe(true);
  });

  test('is slow, and not accused, where it was on its way, or has not come to a connection', () => {
    for (const slow of [stopped(), stopped(replied(100), replied(9_000)), stopped(ended(9_500, 'server'))]) {
      expect(hangs(slow)).toBe(false);
      expect(accused(slow)).toBe(false);
    }
  });

  test('is slow where it comes again after a pause, and was in another one; but not for ever, nor while it is connected', () => {
    const again = (at: number): readonly Entry[] => [
      { ...replied(at), connection: 1 },
      { ...ended(at, 'client'), connection: 1 },
    ];
    const paused = stopped(replied(100), ended(100, 'client'), ...again(4_100));
    expect(hangs(paused)).toBe(false);
    expect(accused(paused)).toBe(false);
    expect(hangs(stopped(replied(100), ended(100, 'client'), ...again(2_100)))).toBe(true);
    expect(hangs(stopped(replied(100), ended(100, 'client'), ...again(4_100).slice(0, 1)))).toBe(true);
  });

  test('and one that ended by itself does not hang', () => {
    const exit = { kind: 'exited', code: 1, output: '' } as const;
    expect(hangs({ ...stopped(replied(100)), exit })).toBe(false);
  });
});

test.each([
  ['no answer in time\n', 'no answer in time'],
  [
    'configured\nsmtp: login refused\n\tat Transport.login(Transport.java:7)\n    at main\n',
    'smtp: login refused',
  ],
  ['Traceback (most recent call last):\n  File "a.py", line 1\nOSError: refused\n', 'OSError: refused'],
  ['', ''],
])('what a client wrote last is told without where it was thrown: %j', (output, words) => {
  expect(lastWords({ kind: 'exited', code: 1, output })).toBe(words);
});
