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
