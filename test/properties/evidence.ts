/** Evidence made by hand, for the tests of what claims make of it. */

import type { Evidence } from '../../src/claim.ts';
import { BARE, type Scenario } from '../../src/scenario.ts';
import type { Entry, Transcript } from '../../src/transcript.ts';

export const NONCE = 'zq7wabcdefghi';

/** A reply at a step, or at the closing QUIT. */
export const reply = (
  part: Entry['part'],
  step: number,
  code: number,
  ...lines: readonly string[]
): Entry => ({
  at: 0,
  part,
  step,
  kind: 'received',
  reply: { kind: 'reply', code, lines: lines.length === 0 ? [''] : lines },
});

/** Plaintext that was heard behind the 220. */
export const stray = (bytes: string): Entry => ({ at: 0, part: 'upgrade', step: 0, kind: 'stray', bytes });

/** A run in TLS, unless it is said to have come otherwise. */
export const transcript = (more: Partial<Transcript> = {}): Transcript => ({
  nonce: NONCE,
  upgrade: 'secure',
  entries: [],
  handlers: [],
  deliveries: [],
  connections: 1,
  ...more,
});

/** Of a scenario in which nothing is said but this, on a server of which this much is known. */
export function evidence(
  scenario: Partial<Scenario>,
  used: Partial<Transcript> = {},
  more: Partial<Evidence> = {},
): Evidence {
  return {
    scenario: { before: [], upgrade: BARE, after: [], ...scenario },
    used: transcript(used),
    observation: { facts: [], digest: '' },
    differences: [],
    paired: true,
    speech: { nonce: NONCE, user: 'u', password: 'p', recipient: 'r@lab.example' },
    facts: { refusedUngreeted: [], offered: [], loginKnown: false },
    ...more,
  };
}
