import { expect, test } from 'vitest';
import { CLAIMS } from '../../properties/index.ts';
import { newCoverage } from '../../src/coverage.ts';
import { Experiment } from '../../src/experiment.ts';
import { newAllowed } from '../../src/investigate/allowed.ts';
import type { Finding } from '../../src/investigate/finding.ts';
import { newSightings } from '../../src/investigate/sightings.ts';
import type { Investigator } from '../../src/investigate/suspicions.ts';
import { NOT_MEASURED } from '../../src/limits/beforehand.ts';
import { newDoor } from '../../src/limits/door.ts';
import { probe } from '../../src/probe.ts';
import { type Asked, assembled, type Searched } from '../../src/report/assemble.ts';
import type { Report } from '../../src/report/report.ts';
import { BARE, type Scenario } from '../../src/scenario.ts';
import { emptyTally } from '../../src/tally.ts';
import { SOUND } from '../../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';
import type { RunningTarget } from '../../src/targets/target.ts';

const SCENARIO: Scenario = {
  before: [{ kind: 'ehlo', name: 'a' }],
  upgrade: BARE,
  after: [{ kind: 'mail', from: 'p' }],
};

/** The report of a run in which every claim was put to the test and nobody looked into what `markers` showed. */
async function reportWith(
  isFound: boolean,
  ignored: readonly string[] = [],
  limited = NOT_MEASURED,
  searched: Partial<Searched> & { readonly lost?: Partial<Investigator>; readonly turnedAway?: number } = {},
  asked: Partial<Asked> = {},
  knownDeviations: RunningTarget['knownDeviations'] = [],
): Promise<Report> {
  const { lost = {}, turnedAway = 0, ...rest } = searched;
  const target = {
    ...referenceInMemory({ behaviour: { ...SOUND, flipped: () => new Set(['greeting']) } }),
    ignored,
    knownDeviations,
  };
  const probed = await probe(target);
  if (probed.baseline === undefined) throw new Error('no baseline');
  const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 1 });
  const example = await experiment.examineAnew(SCENARIO);
  const [deviation] = example.deviations;
  if (deviation === undefined) throw new Error('nothing shown');
  const finding: Finding = {
    scenario: SCENARIO,
    deviation,
    fingerprint: 'keeps greeting',
    kept: ['greeting'],
    confirmed: '5/5',
    minimal: true,
    example,
  };
  const sightings = newSightings();
  sightings.add(finding.fingerprint, example, [deviation, { ...deviation, claim: 'handler-state' }]);
  const tally = { ...emptyTally(), turnedAway };
  for (const { id } of CLAIMS) tally.exercised.set(id, 7);
  const options = { name: 'x', seed: 1, jobs: 1, claims: CLAIMS, wanted: [], ...asked };
  return assembled(
    { target, options, at: '2026-11-28T00:00:00Z', clock: 0, probed },
    {
      experiment,
      investigator: {
        consider: () => Promise.resolve(),
        refine: () => Promise.resolve(),
        findings: isFound ? [finding] : [],
        sightings,
        unread: new Set(['markers']),
        notes: [],
        late: 0,
        glimpses: 0,
        unstable: new Set(),
        allowed: newAllowed(),
        ...lost,
      },
      tally,
      coverage: newCoverage(),
      files: new Map(),
      limited,
      door: newDoor(experiment),
      end: undefined,
      enough: false,
      alive: true,
      notes: [],
      baselines: [],
      ...rest,
    },
  );
}

const verdicts = ({ claims }: Report): object =>
  Object.fromEntries(claims.map(({ id, verdict }) => [id, verdict]));

test('on a server that is found out a claim is violated, open where not all was looked into, or holds', async () => {
  expect(verdicts(await reportWith(true))).toMatchObject({
    'fresh-connection': 'violated',
    'handler-state': 'violated',
    markers: 'inconclusive',
    'delivered-mail': 'holds',
  });
});

test('where nothing counts as a finding, what nobody looked into is the affair of the whole run', async () => {
  expect(verdicts(await reportWith(false))).toMatchObject({ markers: 'holds', 'handler-state': 'holds' });
});

test('what a target shows and nobody compares stands in the report', async () => {
  const { notes } = await reportWith(false, ['session.error: a text for the log']);
  expect(notes).toContainEqual({ kind: 'skipped', text: 'not compared: session.error: a text for the log' });
});

test('the password is taken out of what was measured, and of every note', async () => {
  const limit = { limit: 'messages', kept: 'kept', explained: 0, refusal: '421 no more, secret' } as const;
  const report = await reportWith(false, ['x: secret'], { ...NOT_MEASURED, limits: [limit] });
  expect(report.limits).toMatchObject([{ refusal: '421 no more, (password)' }]);
  expect(report.notes).toContainEqual({ kind: 'skipped', text: 'not compared: x: (password)' });
});

const UNSTABLE = { kind: 'unstable', text: 'fresh connections answer MAIL now 250, now 451' } as const;

test('the grounds of the verdict are what the search counted, and how it ended', async () => {
  const { grounds } = await reportWith(
    false,
    [],
    { ...NOT_MEASURED, judged: { judged: 0, unmeasured: ['errors'], untold: [] } },
    { turnedAway: 3, alive: false, lost: { late: 4, glimpses: 5, notes: [UNSTABLE] } },
  );
  expect(grounds).toMatchObject({
    turnedAway: 3,
    alive: false,
    late: 4,
    glimpses: 5,
    passing: 1,
    unmeasured: ['errors'],
    stale: [],
  });
  expect(grounds).not.toHaveProperty('closed');
  expect(grounds).not.toHaveProperty('interrupted');
});

/** The report of a run at whose end the door was shut. */
function shutOut(refusals: readonly string[]): Promise<Report> {
  const door = {
    isOpen: async () => false,
    reopens: async () => false,
    refusals,
  };
  const end = { closed: true, combinations: { pairs: 0, triples: 0 } };
  return reportWith(false, [], NOT_MEASURED, { door, end });
}

test('a door that stayed shut is no less so where nobody had the time to look at it', async () => {
  const { verdict, reason } = await shutOut([]);
  expect([verdict, reason]).toEqual([
    'inconclusive',
    'connections were turned away, and there was no time left to wait for the target',
  ]);
});

test('a door that stayed shut is told with what was refused at it', async () => {
  const refusals = ['MAIL: 450', 'RCPT: 450'];
  const report = await shutOut(refusals);
  expect(report.grounds?.closed).toBe(refusals.join('; '));
  expect(report.notes.filter(({ kind }) => kind === 'cross-connection')).toHaveLength(2);
  expect(report.verdict).toBe('inconclusive');
});

test('a known deviation that was not found is stale, but where the run was cut short, or asked for less', async () => {
  const known = [{ fingerprint: 'keeps sender', reason: 'by design' }];
  const stale = async (asked: Partial<Asked>) =>
    (await reportWith(false, [], NOT_MEASURED, {}, asked, known)).grounds;
  expect(await stale({})).toMatchObject({ stale: ['keeps sender'] });
  expect(await stale({ wanted: ['markers'] })).toMatchObject({ stale: [] });
  expect(await stale({ signal: AbortSignal.abort() })).toMatchObject({ stale: [], interrupted: true });
});
