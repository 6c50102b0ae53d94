/** What a server may say in plaintext once a handshake has failed. */

import { expect, test } from 'vitest';
import { failedHandshake } from '../../properties/failed-handshake.ts';
import type { Scenario, Step } from '../../src/scenario.ts';
import type { Entry } from '../../src/transcript.ts';
import { evidence, reply, stray } from './evidence.ts';

const NOOP: Step = { kind: 'noop' };
const FAILED: Pick<Scenario, 'upgrade' | 'after'> = {
  upgrade: { handshake: { kind: 'failed', how: 'plaintext' } },
  after: [NOOP],
};

/** Whether the claim accuses a server that is heard to say this, behind these steps. */
const accuses = (entries: readonly Entry[], before: readonly Step[] = []): boolean =>
  failedHandshake.judge(evidence({ ...FAILED, before }, { upgrade: 'failed', entries })).length > 0;

test('a command that is answered in plaintext behind a failed handshake is a finding, refused or not', () => {
  expect(accuses([reply('after', 0, 250)])).toBe(true);
  expect(accuses([reply('after', 0, 503)])).toBe(true);
  expect(accuses([stray('250 Ok\r\n')])).toBe(true);
});

test('the close alone, a goodbye and a refusal of TLS are none', () => {
  expect(accuses([])).toBe(false);
  for (const code of [221, 421, 454, 554]) expect(accuses([reply('after', 0, code)])).toBe(false);
});

test('nothing is said where the 220 may answer what was said before STARTTLS', () => {
  const chunk: Step = { kind: 'bdat', body: 'plain', token: 'a' };
  const answered = reply('after', 0, 250);
  expect(accuses([reply('before', 0, 250), answered], [chunk])).toBe(true);
  expect(accuses([reply('before', 0, 503), answered], [chunk])).toBe(false);
});

const judged = (scenario: Pick<Scenario, 'upgrade' | 'after'>, ...entries: readonly Entry[]) =>
  failedHandshake.judge(evidence(scenario, { upgrade: 'failed', entries }));

test('it is told which command was answered, with what, and how TLS came to be no more', () => {
  expect(judged(FAILED, reply('after', 0, 250))).toMatchObject([
    {
      step: 0,
      summary: 'after the 220 and a failed handshake, NOOP is answered 250 in plaintext',
      used: '250 in plaintext',
    },
  ]);
  const ended: typeof FAILED = { ...FAILED, upgrade: { handshake: { kind: 'failed', how: 'close-notify' } } };
  expect(judged(ended, stray('500 What?\r\n'))).toMatchObject([
    {
      step: -1,
      summary:
        'after the 220 and a close_notify in TLS, what stood in place of the ClientHello is answered 500 in plaintext',
    },
  ]);
});

test('what was answered before the handshake, or by no reply at all, is none', () => {
  const garbage: Entry = {
    at: 0,
    part: 'after',
    step: 0,
    kind: 'received',
    reply: { kind: 'malformed', reason: 'no-code', bytes: '250' },
  };
  expect(judged(FAILED, reply('before', 0, 250), reply('upgrade', 0, 220), garbage)).toEqual([]);
});

test('it is put to the test where a handshake failed behind a STARTTLS with nothing behind it', () => {
  const glued = { lines: [NOOP], times: 1, ending: 'CRLF' } as const;
  const isExercised = (upgrade: Scenario['upgrade'], outcome: 'failed' | 'secure'): boolean =>
    failedHandshake.exercised(evidence({ ...FAILED, upgrade }, { upgrade: outcome }));
  expect(isExercised(FAILED.upgrade, 'failed')).toBe(true);
  expect(isExercised(FAILED.upgrade, 'secure')).toBe(false);
  expect(isExercised({ ...FAILED.upgrade, glued }, 'failed')).toBe(false);
});
