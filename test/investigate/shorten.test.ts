/** What may stand for a suspicion while it is made small, and what may not. */

import { describe, expect, test } from 'vitest';
import { CLAIMS } from '../../properties/index.ts';
import type { Deviation } from '../../src/claim.ts';
import { Experiment } from '../../src/experiment.ts';
import { newExplainer } from '../../src/investigate/explain.ts';
import type { Finding } from '../../src/investigate/finding.ts';
import { proposed, trimmed } from '../../src/investigate/shorten.ts';
import { PRESETS } from '../../src/policy.ts';
import { probe } from '../../src/probe.ts';
import { BARE, type Scenario, type Step, type Upgrade } from '../../src/scenario.ts';
import type { Field } from '../../src/smtp/session.ts';
import { type Behaviour, SOUND } from '../../src/targets/reference/behaviour.ts';
import { variantOf } from '../../src/targets/reference/named.ts';
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

describe('what the model takes for the shortest way is', () => {
  const EHLO: Step = { kind: 'ehlo', name: 'a' };
  const MAIL: Step = { kind: 'mail', from: 'b' };
  const NOOP: Step = { kind: 'noop' };
  const RCPT: Step = { kind: 'rcpt', to: 'c' };

  /** What is proposed for the first deviation of a scenario on such a server, where these fields are known to be kept. */
  async function proposal(behaviour: Behaviour, scenario: Scenario, known: readonly Field[] = []) {
    const probed = await probe(referenceInMemory({ behaviour }));
    const { baseline = 'starttls-first' } = probed;
    const options = { ...probed, baseline, jobs: 1, claims: CLAIMS };
    const experiment = new Experiment(options);
    const [deviation] = (await experiment.examine(scenario)).deviations;
    if (deviation === undefined) throw new Error('the target shows nothing');
    const finding = { kept: known } as Partial<Finding> as Finding;
    return proposed(experiment, newExplainer(options), [finding], { scenario, deviation });
  }
  const keeping = (...fields: readonly Field[]): Behaviour => ({ ...SOUND, flipped: () => new Set(fields) });
  const around = (upgrade: Upgrade): Scenario => ({
    before: [EHLO, NOOP, MAIL, NOOP],
    upgrade,
    after: [NOOP, NOOP, RCPT, NOOP],
  });

  test('the scenario without what the kept field does not need', async () => {
    const small = await proposal(keeping('greeting', 'sender'), around(BARE));
    expect(small?.scenario).toMatchObject({ before: [EHLO, MAIL], after: [{ kind: 'rcpt' }] });
  });

  test('that of a field which is new, where another one is known', async () => {
    const scenario = { ...around(BARE), after: [MAIL] };
    const small = await proposal(keeping('greeting', 'sender'), scenario, ['greeting']);
    expect(small?.scenario.before.map(({ kind }) => kind)).toContain('mail');
  });

  const carrying = variantOf('keeps-pending').options.behaviour ?? SOUND;
  const LINES = { lines: [NOOP], times: 1, ending: 'CRLF' } as const;

  test('nothing but STARTTLS, where what travels with it is carried over', async () => {
    const small = await proposal(carrying, around({ ...BARE, glued: LINES }));
    expect(small?.scenario).toEqual({ before: [], upgrade: { ...BARE, glued: LINES }, after: [] });
  });

  test('a plain line in place of a fragment, where both are carried over', async () => {
    const fragment = { ...LINES, lines: [], fragment: NOOP };
    const small = await proposal(carrying, around({ ...BARE, glued: fragment }));
    // What is needless before it goes in a later step.
    expect(small?.scenario).toMatchObject({ upgrade: { ...BARE, glued: LINES }, after: [] });
  });
});

describe('what is trimmed', () => {
  const NAMED: Step = { kind: 'vrfy', argument: 'd' };
  const OTHER: Step = { kind: 'help' };

  /** The first deviation of a scenario on such a server, trimmed. */
  async function trim(behaviour: Behaviour, scenario: Scenario, expired = false) {
    const probed = await probe(referenceInMemory({ behaviour }));
    const { baseline = 'starttls-first' } = probed;
    const experiment = new Experiment({ ...probed, baseline, jobs: 4, claims: CLAIMS });
    const [deviation] = (await experiment.examine(scenario)).deviations;
    if (deviation === undefined) throw new Error('the target shows nothing');
    const options = { experiment, policy: PRESETS.practice, jobs: 4, expired: () => expired };
    return (await trimmed(options, { scenario, deviation })).scenario;
  }
  const keeping: Behaviour = { ...SOUND, flipped: () => new Set(['greeting'] as const) };
  const EHLO: Step = { kind: 'ehlo', name: 'a' };
  const MAIL: Step = { kind: 'mail', from: 'b' };
  const WHOLE: Scenario = {
    before: [NAMED, EHLO, OTHER, NAMED],
    upgrade: { ...BARE, spelling: 'lower' },
    after: [OTHER, NAMED, MAIL, OTHER, OTHER],
  };

  test('has no step that could be missed, and is said as it was', async () => {
    expect(await trim(keeping, WHOLE)).toEqual({ ...WHOLE, before: [EHLO], after: [MAIL] });
  });

  test('has one of two steps either of which can be missed', async () => {
    const twice: Scenario = { ...WHOLE, before: [NAMED, EHLO, { kind: 'ehlo', name: 'c' }, OTHER] };
    const { before } = await trim(keeping, twice);
    expect(before.map(({ kind }) => kind)).toEqual(['ehlo']);
  });

  test('stays as it is where time is up, but for what comes behind the step at which it shows', async () => {
    expect(await trim(keeping, WHOLE, true)).toEqual({ ...WHOLE, after: [OTHER, NAMED, MAIL] });
  });
});
