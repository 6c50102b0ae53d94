import { expect, test } from 'vitest';
import { CLAIMS } from '../../properties/index.ts';
import type { Deviation } from '../../src/claim.ts';
import { Experiment } from '../../src/experiment.ts';
import { confirm } from '../../src/investigate/confirm.ts';
import { saidOnce, shortenRace, surest, waitedFor } from '../../src/investigate/race.ts';
import { probe } from '../../src/probe.ts';
import { BARE, type Scenario } from '../../src/scenario.ts';
import { SOUND } from '../../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';
import { chance } from '../chance.ts';

/** Bytes of a burst that are too many for the server now and then, and almost always when there are twice as many. */
const TOO_MANY = 3_000;
const BURST: Scenario = {
  before: [{ kind: 'ehlo', name: 'a' }, { kind: 'vrfy' }, { kind: 'noop' }],
  upgrade: {
    glued: { lines: [{ kind: 'vrfy', argument: 'b' }, { kind: 'noop' }], times: 150, ending: 'CRLF' },
    handshake: { kind: 'sound', version: '1.2', sni: true },
  },
  after: [
    { kind: 'ehlo', name: 'p' },
    { kind: 'mail', from: 'q' },
  ],
};

test('a burst that races STARTTLS is made surer, then as small as it can be confirmed', async () => {
  const random = chance();
  const target = referenceInMemory({
    behaviour: {
      ...SOUND,
      flipped: ({ session: { pending } }) =>
        new Set(random() < (pending.length - TOO_MANY) / TOO_MANY ? (['pending'] as const) : []),
    },
  });
  const probed = await probe(target);
  if (probed.baseline === undefined) throw new Error('no baseline');
  const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 4 });
  const suspected = async () => (await experiment.examineAnew(BURST)).deviations[0];
  let deviation = await suspected();
  for (let looks = 0; deviation === undefined && looks < 40; looks++) deviation = await suspected();
  if (deviation === undefined) throw new Error('the race did not show');

  const options = { jobs: 4, expired: () => false };
  const surer = await surest(experiment, { scenario: BURST, deviation, rate: 0.05 }, options);
  expect(surer.rate).toBeGreaterThan(0.5);
  const small = await shortenRace(experiment, surer, options);
  const { before, upgrade, after } = small.scenario;
  expect(small.minimal).toBe(true);
  expect([before, after]).toEqual([[], []]);
  expect(upgrade.handshake).toEqual({ kind: 'sound', version: '1.3' });
  expect(upgrade.glued?.lines).toEqual([{ kind: 'noop' }]);
  // NOOP and its line end are six bytes.
  expect((upgrade.glued?.times ?? 0) * 6).toBeGreaterThan(TOO_MANY);
  expect((upgrade.glued?.times ?? 0) * 6).toBeLessThan(2 * TOO_MANY);
  expect((await confirm(experiment, small.scenario, small.deviation)).kind).toBe('confirmed');
});

test('what shows each time behind a wait is looked into there, and what shows there now and then is not', async () => {
  const deviation = { claim: 'fresh-connection', signature: 'mail code 250/503', step: 1 } as Deviation;
  const scenario: Scenario = { ...BURST, upgrade: BARE };
  const race = { scenario, deviation, rate: 0.1 };
  let looks = 0;
  const showing = (isShown: (asked: Scenario) => boolean): Experiment => {
    const suspect = async (asked: Scenario) => ({
      scenario: asked,
      deviations: isShown(asked) ? [deviation] : [],
    });
    return { suspect } as unknown as Experiment;
  };
  const byAndBy = await waitedFor(
    showing(({ after: [first] }) => first?.kind === 'pause' && first.ms > 100),
    race,
  );
  expect(byAndBy?.rate).toBe(1);
  expect(byAndBy?.scenario.after.map(({ kind }) => kind)).toEqual(['pause', 'ehlo', 'mail']);
  const undone = await waitedFor(
    showing(({ after: [, second] }) => second?.kind === 'pause'),
    race,
  );
  expect(undone?.scenario.after.map(({ kind }) => kind)).toEqual(['ehlo', 'pause', 'mail']);
  expect(
    await waitedFor(
      showing(() => looks++ % 2 === 0),
      race,
    ),
  ).toBeUndefined();
});

test('a burst whose lines show it when they are said once is none, and one that takes its length stays', async () => {
  const deviation = { claim: 'no-plaintext-carryover', signature: 'mail code 250/503' } as Deviation;
  const needing = (most: number): Experiment => {
    const suspect = async (asked: Scenario) => ({
      scenario: asked,
      deviations: (asked.upgrade.glued?.times ?? 0) >= most ? [deviation] : [],
    });
    return { suspect } as unknown as Experiment;
  };
  const race = { scenario: BURST, deviation, rate: 1 };
  expect((await saidOnce(needing(1), race))?.scenario.upgrade.glued?.times).toBe(1);
  expect(await saidOnce(needing(100), race)).toBeUndefined();
});

test('a race is looked for with the other version of TLS, too', async () => {
  const target = referenceInMemory({
    behaviour: {
      ...SOUND,
      flipped: ({ session: { pending }, tls }) =>
        new Set(tls.version === 'TLSv1.2' && pending !== '' ? (['pending'] as const) : []),
    },
  });
  const probed = await probe(target);
  if (probed.baseline === undefined) throw new Error('no baseline');
  const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 4 });
  const [deviation] = (await experiment.examineAnew(BURST)).deviations;
  if (deviation === undefined) throw new Error('the race did not show');
  const seldom: Scenario = {
    ...BURST,
    upgrade: { ...BURST.upgrade, handshake: { kind: 'sound', version: '1.3' } },
  };
  const options = { jobs: 4, expired: () => false };
  const { scenario, rate } = await surest(experiment, { scenario: seldom, deviation, rate: 0.05 }, options);
  expect(scenario.upgrade.handshake).toMatchObject({ version: '1.2' });
  expect(rate).toBe(1);
});
