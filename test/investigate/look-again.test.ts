/** What becomes of a suspicion when it is looked at again. */

import { expect, test } from 'vitest';
import { CLAIMS } from '../../properties/index.ts';
import type { Deviation } from '../../src/claim.ts';
import { Experiment } from '../../src/experiment.ts';
import { seenAgain } from '../../src/investigate/look-again.ts';
import { PRESETS } from '../../src/policy.ts';
import { probe } from '../../src/probe.ts';
import { BARE, type Scenario, type Upgrade } from '../../src/scenario.ts';
import { type Behaviour, SOUND } from '../../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';

const KEPT: Deviation = {
  claim: 'fresh-connection',
  requirement: 'rfc3207-4.2-server-discards',
  level: 'must',
  proof: 'pair',
  step: 0,
  used: '250',
  fresh: '503',
  summary: 'MAIL is answered 250 in TLS, but 503 on a fresh connection',
  signature: 'mail code 250/503',
};

const behind = (upgrade: Upgrade): Scenario => ({
  before: [{ kind: 'ehlo', name: 'a' }],
  upgrade,
  after: [{ kind: 'mail', from: 'p' }],
});

/** What comes of MAIL that was taken in TLS, by a server that keeps the greeting at these handshakes behind EHLO. */
async function looked(isKept: (nth: number) => boolean, upgrade: Upgrade = BARE) {
  let greeted = 0;
  const flipped: Behaviour['flipped'] = ({ session: { greeting } }) =>
    new Set(greeting !== undefined && isKept(greeted++) ? (['greeting'] as const) : []);
  const probed = await probe(referenceInMemory({ behaviour: { ...SOUND, flipped } }));
  const experiment = new Experiment({ ...probed, baseline: 'starttls-first', claims: CLAIMS, jobs: 8 });
  const options = { experiment, policy: PRESETS.practice, jobs: 8, expired: () => false };
  return seenAgain(options, [], { scenario: behind(upgrade), deviation: KEPT });
}

test('what does not come again was seen once', async () => {
  expect(await looked(() => false)).toEqual({
    kind: 'unconfirmed',
    text: `seen once and not again: ${KEPT.summary}`,
  });
});

test('what comes again behind a bare STARTTLS is told by that', async () => {
  const glued: Upgrade = { ...BARE, glued: { lines: [{ kind: 'noop' }], times: 1, ending: 'CRLF' } };
  const again = await looked(() => true, glued);
  expect(again).toMatchObject({ kind: 'shown', race: { rate: 1, scenario: { upgrade: BARE } } });
});

test('what comes now and then has its rate, of more looks than what comes always', async () => {
  const again = await looked(nth => nth % 2 === 0);
  expect(again.kind === 'shown' && again.race.rate).toBe(0.5);
});
