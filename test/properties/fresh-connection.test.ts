/** MAIL without EHLO, and what only looks like it. */

import { expect, test } from 'vitest';
import { freshConnection } from '../../properties/fresh-connection.ts';
import type { Evidence } from '../../src/claim.ts';
import type { Entry } from '../../src/transcript.ts';

const replied = (part: 'after' | 'fence', code: number): Entry => ({
  at: 0,
  part,
  step: 0,
  kind: 'received',
  reply: { kind: 'reply', code, lines: ['x'] },
});

/** What is said of MAIL without EHLO, which is refused in plaintext, where TLS brings these replies to it and to QUIT. */
function claimed(toMail: number, ...toQuit: readonly number[]): readonly string[] {
  const evidence: Evidence = {
    scenario: {
      before: [],
      upgrade: { handshake: { kind: 'sound', version: '1.3' } },
      after: [{ kind: 'mail', from: 'm' }],
    },
    used: {
      nonce: 'zq7',
      upgrade: 'secure',
      entries: [
        { at: 0, part: 'after', step: 0, kind: 'sent', bytes: 'MAIL FROM:<m>\r\n' },
        replied('after', toMail),
        { at: 0, part: 'fence', step: 0, kind: 'sent', bytes: 'QUIT\r\n' },
        ...toQuit.map(code => replied('fence', code)),
      ],
      handlers: [],
      deliveries: [],
      connections: 1,
    },
    observation: { facts: [], digest: '' },
    differences: [],
    paired: true,
    speech: { nonce: 'zq7', user: '', password: '', recipient: '' },
    facts: { refusedUngreeted: ['mail'], offered: [], loginKnown: false },
  };
  return freshConnection.judge(evidence).map(({ signature }) => signature);
}

test('MAIL that is taken in TLS without EHLO, and refused so in plaintext, is a finding', () => {
  expect(claimed(250, 221)).toEqual(['mail code 250/503']);
  expect(claimed(503, 221)).toEqual([]);
});

test('a 250 that nobody asked for is no answer to MAIL', () => {
  expect(claimed(250, 503, 221)).toEqual([]);
});
