import { describe, expect, test } from 'vitest';
import { CLAIMS } from '../properties/index.ts';
import { check } from '../src/check.ts';
import { Experiment } from '../src/experiment.ts';
import { PRESETS } from '../src/policy.ts';
import { probe } from '../src/probe.ts';
import type { Scenario, Step } from '../src/scenario.ts';
import { newInvestigator } from '../src/suspicions.ts';
import { type Behaviour, SOUND } from '../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../src/targets/reference/target.ts';

const keepsGreeting: Behaviour = { ...SOUND, flipped: () => new Set(['greeting']) };
const SHOWN: Scenario = {
  before: [{ kind: 'ehlo', name: 'a' }],
  upgrade: { handshake: { kind: 'sound', version: '1.3' } },
  after: [{ kind: 'mail', from: 'p' }],
};

const times = (count: number, step: Step): readonly Step[] => Array.from({ length: count }, () => step);

/** Considers one examination, of a kept greeting unless said, when the search is stopped for a reason. */
async function considered(
  stop: { readonly stopped?: boolean; readonly expired?: boolean; readonly enough?: boolean },
  behaviour = keepsGreeting,
  shown = SHOWN,
) {
  const probed = await probe(referenceInMemory({ behaviour }));
  if (probed.baseline === undefined) throw new Error('no baseline');
  const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 1 });
  const investigator = newInvestigator({
    experiment,
    policy: PRESETS.practice,
    jobs: 1,
    expired: () => stop.stopped === true || stop.expired === true,
    stopped: () => stop.stopped === true,
    enough: () => stop.enough === true,
    onFinding: () => {},
  });
  await investigator.consider([await experiment.examineAnew(shown)]);
  return investigator;
}

describe('a difference', () => {
  test('is a finding where there is time to look into it', async () => {
    const { findings, late } = await considered({});
    expect(findings.map(({ fingerprint }) => fingerprint)).toEqual(['keeps greeting']);
    expect(late).toBe(0);
  });

  test('that is seen when time is up is not looked into, and is counted', async () => {
    const { findings, late } = await considered({ stopped: true });
    expect(findings).toEqual([]);
    expect(late).toBe(1);
  });

  test('that nobody wants any more is not counted', async () => {
    expect((await considered({ stopped: true, enough: true })).late).toBe(0);
  });
});

describe('a number that counts commands of two kinds', () => {
  const counts: Behaviour = {
    ...SOUND,
    follow: (seen, { event }) => seen + (event === 'mail' ? 100 : event === 'vrfy' ? 1 : 0),
    shown: (session, where, { progress }) =>
      where === 'hook' ? { ...session, proxy: { NAME: String(progress) } } : session,
  };
  const mixed: Scenario = {
    before: [{ kind: 'ehlo', name: 'a' }, { kind: 'mail', from: 'b' }, ...times(4, { kind: 'vrfy' })],
    upgrade: { handshake: { kind: 'sound', version: '1.3' } },
    after: [{ kind: 'ehlo', name: 'p' }],
  };

  test('is a limit where there is time to make it small', async () => {
    const { findings, explained, late } = await considered({}, counts, mixed);
    expect(findings).toEqual([]);
    expect([...explained.keys()]).toHaveLength(1);
    expect(late).toBe(0);
  });

  test('is never a finding where there is none', async () => {
    const { findings, late } = await considered({ expired: true }, counts, mixed);
    expect(findings).toEqual([]);
    expect(late).toBe(1);
  });
});

test('fields that are kept together are named one by one', async () => {
  const target = referenceInMemory({
    behaviour: { ...SOUND, flipped: () => new Set(['greeting', 'login', 'sender'] as const) },
  });
  const { findings } = await check(target, {
    name: 'reference',
    seed: 1,
    jobs: 1,
    claims: CLAIMS,
    wanted: [],
    scenarios: 300,
  });
  const names = findings.map(({ fingerprint }) => fingerprint).filter(name => name.startsWith('keeps '));
  expect(names.sort()).toEqual(['keeps greeting', 'keeps login', 'keeps sender']);
});
