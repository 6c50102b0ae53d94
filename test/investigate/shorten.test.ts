/** What may stand for a suspicion while it is made small, and what may not. */

import { expect, test } from 'vitest';
import { CLAIMS } from '../../properties/index.ts';
import type { Deviation } from '../../src/claim.ts';
import { Experiment } from '../../src/experiment.ts';
import { newExplainer } from '../../src/investigate/explain.ts';
import { proposed } from '../../src/investigate/shorten.ts';
import { probe } from '../../src/probe.ts';
import { BARE, type Scenario } from '../../src/scenario.ts';
import { SOUND } from '../../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';
import type { RunningTarget } from '../../src/targets/target.ts';

/** Two servers that take turns behind one address; one of them lists an extension less. */
function balanced(): RunningTarget {
  const lists: typeof SOUND.offer = (offer, context) =>
    SOUND.offer(offer, context).filter(keyword => keyword !== 'ENHANCEDSTATUSCODES');
  const one = referenceInMemory();
  const other = referenceInMemory({ behaviour: { ...SOUND, offer: lists } });
  let connections = 0;
  const connect: RunningTarget['driver']['connect'] = wait =>
    (connections++ % 2 === 0 ? one : other).driver.connect(wait);
  const { mailbox: _, ...target } = one;
  return { ...target, driver: { ...one.driver, connect } };
}

const SCENARIO: Scenario = {
  before: [
    { kind: 'ehlo', name: 'a' },
    { kind: 'mail', from: 'a' },
  ],
  upgrade: BARE,
  after: [{ kind: 'noop' }],
};
/** What no field explains, so that each of them is guessed at. */
const UNEXPLAINED: Deviation = {
  claim: 'fresh-connection',
  requirement: 'rfc3207-4.2-server-discards',
  level: 'must',
  proof: 'pair',
  step: 0,
  used: '555',
  fresh: '250',
  summary: 'NOOP is answered 555 in TLS, but 250 on a fresh connection',
  signature: 'noop code 555/250',
  difference: { step: 0, verb: 'noop', aspect: 'code', place: '0', used: '555', fresh: '250' },
};

test('what varies by itself stands for nothing but itself', async () => {
  const probed = await probe(balanced());
  const { baseline = 'starttls-first' } = probed;
  const options = { ...probed, baseline, jobs: 1, claims: CLAIMS };
  const experiment = new Experiment(options);
  await experiment.learnNoise({ ...SCENARIO, after: [{ kind: 'ehlo', name: 'b' }] });
  for (let look = 0; look < 8; look++) {
    const suspicion = { scenario: SCENARIO, deviation: UNEXPLAINED };

    expect(await proposed(experiment, newExplainer(options), [], suspicion)).toBeUndefined();
  }
});
