/** Findings as reports hold them. */

import { expect, test } from 'vitest';
import type { Examination } from '../../src/experiment.ts';
import type { Finding } from '../../src/investigate/finding.ts';
import { reportedFinding } from '../../src/report/finding.ts';
import { BARE, type Upgrade } from '../../src/scenario.ts';
import type { Transcript } from '../../src/transcript.ts';

const TRANSCRIPT: Transcript = {
  nonce: 'zn',
  upgrade: 'secure',
  entries: [],
  handlers: [],
  deliveries: [],
  connections: 1,
};
const GLUED: Upgrade = { ...BARE, glued: { lines: [{ kind: 'noop' }], times: 1, ending: 'CRLF' } };

function found(upgrade: Upgrade): Finding {
  return {
    scenario: { before: [], upgrade, after: [] },
    deviation: {
      claim: 'fresh-connection',
      requirement: 'rfc3207-4.2-server-discards',
      level: 'must',
      proof: 'pair',
      step: 0,
      used: '250',
      fresh: '503',
      summary: 'MAIL is answered 250 in TLS, but 503 on a fresh connection',
      signature: 'mail code 250/503',
    },
    fingerprint: 'keeps greeting',
    kept: ['greeting'],
    confirmed: '5/5',
    minimal: true,
    example: { used: { transcript: TRANSCRIPT } } as Examination,
  };
}

test('what shows without plaintext behind STARTTLS does not violate the claim that none of it runs', () => {
  const claims = new Set(['fresh-connection', 'markers', 'no-plaintext-carryover']);
  const also = (upgrade: Upgrade) =>
    reportedFinding(found(upgrade), 'starttls-first', { login: { user: 'u', password: 'p' }, claims }).also;
  expect(also(BARE)).toEqual(['markers']);
  expect(also(GLUED)).toEqual(['markers', 'no-plaintext-carryover']);
});
