import { describe, expect, test } from 'vitest';
import { CLAIMS } from '../../properties/index.ts';
import { check } from '../../src/check.ts';
import { Experiment } from '../../src/experiment.ts';
import type { Finding } from '../../src/investigate/finding.ts';
import { newInvestigator } from '../../src/investigate/suspicions.ts';
import { PRESETS } from '../../src/policy.ts';
import { probe } from '../../src/probe.ts';
import { BARE, type Scenario, type Step, size } from '../../src/scenario.ts';
import { type Behaviour, SOUND } from '../../src/targets/reference/behaviour.ts';
import { inOrder } from '../../src/targets/reference/faults/triggers.ts';
import { variantOf } from '../../src/targets/reference/named.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';
import { COUNTED, COUNTS } from '../counting.ts';

const keepsGreeting: Behaviour = { ...SOUND, flipped: () => new Set(['greeting']) };
const SHOWN: Scenario = {
  before: [{ kind: 'ehlo', name: 'a' }],
  upgrade: { handshake: { kind: 'sound', version: '1.3' } },
  after: [{ kind: 'mail', from: 'p' }],
};

const times = (count: number, step: Step): readonly Step[] => Array.from({ length: count }, () => step);

/** What looks into a server of this behaviour, for as long as nothing says stop. */
async function investigating(behaviour: Behaviour) {
  const probed = await probe(referenceInMemory({ behaviour }));
  if (probed.baseline === undefined) throw new Error('no baseline');
  const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 1 });
  const options = {
    experiment,
    policy: PRESETS.practice,
    jobs: 1,
    expired: () => false,
    stopped: () => false,
    enough: () => false,
    inTime: <T>(work: Promise<T>) => work,
    onFinding: () => {},
  };
  return { experiment, options };
}

/** Considers one examination after the other, of a kept greeting unless said, when the search is stopped for a reason. */
async function considered(
  stop: {
    readonly stopped?: boolean;
    /** So many scenarios are considered before the search is stopped. */
    readonly stoppedAfter?: number;
    readonly expired?: boolean;
    readonly enough?: boolean;
    readonly onFinding?: (finding: Finding) => void;
  },
  behaviour = keepsGreeting,
  ...shown: readonly Scenario[]
) {
  let done = 0;
  const isStopped = (): boolean =>
    stop.stopped === true || done >= (stop.stoppedAfter ?? Number.POSITIVE_INFINITY);
  const { experiment, options } = await investigating(behaviour);
  const investigator = newInvestigator({
    ...options,
    expired: () => isStopped() || stop.expired === true,
    stopped: isStopped,
    enough: () => stop.enough === true,
    ...(stop.onFinding === undefined ? {} : { onFinding: stop.onFinding }),
  });
  for (const scenario of shown.length > 0 ? shown : [SHOWN]) {
    await investigator.consider([await experiment.examineAnew(scenario)]);
    done++;
  }
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

  test('that came to something else before is not counted when time is up', async () => {
    const { behaviour = SOUND } = variantOf('sound-greylisting').options;
    const envelope = [
      { kind: 'ehlo', name: 'a' },
      { kind: 'mail', from: 'a' },
      { kind: 'rcpt', to: 'b' },
    ] as const;
    const again: Scenario = { ...SHOWN, before: envelope, after: envelope };
    const left = await Promise.all(
      [0, 1].map(stoppedAfter => considered({ stoppedAfter }, behaviour, again, again)),
    );
    // Before it was seen once to be known across connections, it may be anything.
    expect(left.map(({ late }) => late)).toEqual([2, 0]);
    expect(left.map(({ unread }) => unread.has('fresh-connection'))).toEqual([true, false]);
  });

  test('that nobody wants any more is not counted', async () => {
    expect((await considered({ stopped: true, enough: true })).late).toBe(0);
  });
});

test.each([
  [true, 0],
  [false, 1],
])('what nobody had time for follows from a finding, if that is news: %s', async (isNews, late) => {
  const flipped: Behaviour['flipped'] = () => new Set(['greeting', 'dialogue'] as const);
  const { experiment, options } = await investigating({ ...SOUND, flipped });
  let isStopped = false;
  const investigator = newInvestigator({ ...options, isNews: () => isNews, stopped: () => isStopped });
  await investigator.consider([await experiment.examineAnew(SHOWN)]);
  isStopped = true;
  const judged = await experiment.examineAnew(SHOWN);
  const deviations = judged.deviations.map(deviation => ({
    ...deviation,
    signature: 'auth code 334/504',
    claim: 'follows-model',
    difference: { step: 0, verb: 'auth', aspect: 'code', place: '0', used: '334', fresh: '504' } as const,
  }));
  await investigator.consider([{ ...judged, scenario: { ...SHOWN, before: [] }, deviations }]);
  expect(investigator.findings).toHaveLength(1);
  expect(investigator.late).toBe(late);
});

test('an outcome behind a difference in words is behind nothing known, and is looked into when time is short', async () => {
  const answer: Behaviour['answer'] = (sound, event, { session }) =>
    event === 'noop' ? { ...sound, lines: [`Ok, ${session.greeting?.verb ?? 'stranger'}`] } : sound;
  const asked: Scenario = { ...SHOWN, after: [{ kind: 'noop' }, ...SHOWN.after] };
  const { findings, notes } = await considered({ expired: true }, { ...keepsGreeting, answer }, asked);
  expect(findings.map(({ fingerprint }) => fingerprint)).toEqual(['keeps greeting']);
  expect(notes.filter(({ kind }) => kind === 'skipped')).toEqual([]);
});

test('what was seen by chance a few times is looked into again when it is seen again and again', async () => {
  let isKept = false;
  const flipped: Behaviour['flipped'] = () => new Set(isKept ? (['greeting'] as const) : []);
  const { experiment, options } = await investigating({ ...SOUND, flipped });
  const investigator = newInvestigator(options);
  const consider = async (isKeptForGood: boolean): Promise<void> => {
    isKept = true;
    const examination = await experiment.examineAnew(SHOWN);
    isKept = isKeptForGood;
    await investigator.consider([examination]);
  };
  for (let glimpses = 0; glimpses < 3; glimpses++) await consider(false);
  expect(investigator.findings).toEqual([]);
  for (let more = 0; more < 3; more++) await consider(true);
  expect(investigator.findings.map(({ fingerprint }) => fingerprint)).toEqual(['keeps greeting']);
});

describe('one defect that shows to several claims', () => {
  const keepsLogin: Behaviour = { ...SOUND, flipped: () => new Set(['login']) };
  const loggedIn: Scenario = {
    before: [
      { kind: 'ehlo', name: 'a' },
      { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'u', initial: true },
    ],
    upgrade: { handshake: { kind: 'sound', version: '1.3' } },
    after: [
      { kind: 'ehlo', name: 'b' },
      { kind: 'mail', from: 'p' },
      { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'u', initial: true },
    ],
  };

  test('is one finding, with all the claims that deviated by it', async () => {
    const { findings, sightings } = await considered({}, keepsLogin, loggedIn);
    expect(findings.map(({ fingerprint }) => fingerprint)).toEqual(['keeps login']);
    expect([...sightings.claims('keeps login')]).toContain('handler-state');
    expect(sightings.claims('keeps login').size).toBeGreaterThan(1);
    expect(sightings.count('keeps login')).toBe(1);
  });

  test('leaves no claim unread that was looked into, and each that was not', async () => {
    expect([...(await considered({}, keepsLogin, loggedIn)).unread]).toEqual([]);
    expect([...(await considered({ stopped: true }, keepsLogin, loggedIn)).unread]).toContain(
      'handler-state',
    );
  });
});

test('two suspicions of one defect, taken up side by side, come to one finding', async () => {
  const glued = (glue: Scenario['upgrade']['glued']): Scenario => ({
    before: [],
    upgrade: { ...SHOWN.upgrade, ...(glue === undefined ? {} : { glued: glue }) },
    after: [{ kind: 'noop' }],
  });
  const behaviour: Behaviour = { ...SOUND, flipped: () => new Set(['pending'] as const) };
  const probed = await probe(referenceInMemory({ behaviour }));
  if (probed.baseline === undefined) throw new Error('no baseline');
  const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 4 });
  const investigator = newInvestigator({
    experiment,
    policy: PRESETS.practice,
    jobs: 4,
    expired: () => false,
    stopped: () => false,
    enough: () => false,
    inTime: work => work,
    onFinding: () => {},
  });
  await investigator.consider([
    await experiment.examineAnew(glued({ lines: [{ kind: 'help' }], times: 1, ending: 'CRLF' })),
    await experiment.examineAnew(glued({ lines: [{ kind: 'vrfy' }], times: 2, ending: 'LF' })),
    await experiment.examineAnew(glued({ lines: [], times: 1, ending: 'CRLF', fragment: { kind: 'help' } })),
  ]);
  expect(investigator.findings.map(({ fingerprint }) => fingerprint)).toEqual([
    'no-plaintext-carryover: glued lines',
  ]);
});

describe('a finding for which there was no time', () => {
  const LONG: Scenario = { ...SHOWN, before: [...times(5, { kind: 'noop' }), ...SHOWN.before] };

  test('is made small when there is, and told once more by its name', async () => {
    const told: Finding[] = [];
    const onFinding = (finding: Finding): void => void told.push(finding);
    const investigator = await considered({ expired: true, onFinding }, keepsGreeting, LONG);
    expect(investigator.findings.map(({ minimal }) => minimal)).toEqual([false]);
    await investigator.refine(() => false);
    expect(investigator.findings).toEqual([told[1]]);
    expect(told.map(({ fingerprint, minimal }) => [fingerprint, minimal])).toEqual([
      ['keeps greeting', false],
      ['keeps greeting', true],
    ]);
    await investigator.refine(() => false);
    expect(told).toHaveLength(2);
  });

  test('is called otherwise where it turns out to be something else', async () => {
    const odd: Behaviour = {
      ...SOUND,
      judge: (event, _argument, { secure, beforeTls }) =>
        event === 'noop' && secure && beforeTls?.greeting !== undefined
          ? { code: 252, lines: ['No'] }
          : 'sound',
    };
    const shown: Scenario = { ...LONG, after: [{ kind: 'noop' }] };
    const told: Finding[] = [];
    const onFinding = (finding: Finding): void => void told.push(finding);
    const investigator = await considered({ expired: true, onFinding }, odd, shown);
    const [rough] = investigator.findings;
    expect(investigator.sightings.count(rough?.fingerprint ?? '')).toBe(1);
    await investigator.refine(() => false);
    const names = investigator.findings.map(({ fingerprint }) => fingerprint);
    expect(names).toEqual(['fresh-connection: ehlo > starttls > noop > noop']);
    expect(names.map(investigator.sightings.count)).toEqual([1]);
    expect(told.map(({ withdraws }) => withdraws)).toEqual([undefined, rough?.fingerprint]);
  });

  test('stays as it is where it is over, and nobody is asked', async () => {
    let asked = 0;
    const asks: Behaviour = {
      ...keepsGreeting,
      greeting: sound => {
        asked++;
        return sound;
      },
    };
    const investigator = await considered({ expired: true }, asks, LONG);
    const before = asked;
    await investigator.refine(() => true);
    expect(investigator.findings.map(({ minimal }) => minimal)).toEqual([false]);
    expect(asked).toBe(before);
  });
});

test('a shorter way to show a kept field, by another effect of it, is called by that field alone', async () => {
  const keepsBoth: Behaviour = { ...SOUND, flipped: () => new Set(['greeting', 'login'] as const) };
  const login: Step = { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'b', initial: true };
  const { findings } = await considered({}, keepsBoth, {
    before: [...SHOWN.before, login],
    upgrade: SHOWN.upgrade,
    after: [...SHOWN.before, login],
  });
  expect(findings.map(({ fingerprint, scenario }) => [fingerprint, size(scenario)])).toContainEqual([
    'keeps login',
    4,
  ]);
});

describe('two defects that follow from the same', () => {
  const followsEhlo: Behaviour = {
    ...keepsGreeting,
    judge: (event, _argument, { secure, beforeTls }) =>
      event === 'quit' && secure && beforeTls?.greeting !== undefined
        ? { code: 221, enhanced: '2.0.0', lines: ['See you again'] }
        : 'sound',
  };
  const toldAtTheEnd: Scenario = { ...SHOWN, after: [{ kind: 'noop' }] };

  test.each([
    ['the kept field first', [SHOWN, toldAtTheEnd]],
    ['the one that no field explains first', [toldAtTheEnd, SHOWN]],
  ])('are two findings, whichever is seen first: %s', async (_, shown) => {
    const { findings } = await considered({}, followsEhlo, ...shown);
    expect(findings.map(({ fingerprint }) => fingerprint)).toContain('keeps greeting');
  });
});

describe('what a fresh connection shows by itself', () => {
  test('comes to no defect of what is kept, and is a finding of its own', async () => {
    const both: Behaviour = {
      ...keepsGreeting,
      judge: (event, _argument, { secure }) =>
        event === 'starttls' && secure ? { code: 220, lines: ['Ready'] } : 'sound',
    };
    const again: Scenario = { ...SHOWN, after: [{ kind: 'mail', from: 'p' }, { kind: 'starttls' }] };
    const { findings, sightings } = await considered({}, both, SHOWN, again);
    expect(findings.map(({ deviation }) => deviation.claim).sort()).toEqual([
      'follows-model',
      'fresh-connection',
    ]);
    expect([...sightings.claims('keeps greeting')]).not.toContain('follows-model');
  });
});

describe('a target that answers no more when time is up', () => {
  const spoken: Scenario = {
    ...SHOWN,
    before: [{ kind: 'noop' }, { kind: 'ehlo', name: 'a' }, { kind: 'noop' }, { kind: 'rset' }],
    after: [{ kind: 'noop' }, { kind: 'mail', from: 'p' }, { kind: 'noop' }],
  };

  /** What becomes of a kept greeting where time is up at some connection, which is never answered. */
  async function cutOffAt(connection: number, pressed: boolean) {
    const { driver, ...target } = referenceInMemory({ behaviour: keepsGreeting });
    let left = Number.POSITIVE_INFINITY;
    let timeIsUp = (): void => {};
    const end = new Promise<undefined>(resolve => {
      timeIsUp = () => resolve(undefined);
    });
    const probed = await probe({
      ...target,
      driver: {
        ...driver,
        connect: wait => {
          if (left-- > 0) return driver.connect(wait);
          timeIsUp();
          return new Promise(() => {});
        },
      },
    });
    if (probed.baseline === undefined) throw new Error('no baseline');
    const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 1 });
    const examination = await experiment.examineAnew(spoken);
    left = connection;
    const investigator = newInvestigator({
      experiment,
      policy: PRESETS.practice,
      jobs: 1,
      pressed,
      expired: () => left < 0,
      stopped: () => left < 0,
      enough: () => false,
      inTime: work => Promise.race([work, end]),
      onFinding: () => {},
    });
    await investigator.consider([examination]);
    const [finding] = investigator.findings;
    const steps = finding === undefined ? undefined : size(finding.scenario);
    return { late: investigator.late, minimal: finding?.minimal, steps };
  }

  test('holds nobody up, and what it showed is a finding or counted as late, whenever that is', async () => {
    const ends: string[] = [];
    for (let connection = 0; connection < 100; connection += 3) {
      const { late, minimal, steps } = await cutOffAt(connection, true);
      expect(late).toBe(minimal === undefined ? 1 : 0);
      // What the model proposes is confirmed in place of all that was said.
      expect([undefined, 3]).toContain(steps);
      ends.push(minimal === undefined ? 'late' : minimal ? 'minimal' : 'confirmed');
    }
    // Too early to be sure; then what is confirmed stands as it is, until it is made small.
    expect([...new Set(ends)]).toEqual(['late', 'confirmed', 'minimal']);
  });

  test('is not asked to confirm first where there is time for all of it', async () => {
    const quick = await Promise.all([25, 1_000].map(connection => cutOffAt(connection, false)));
    expect(quick).toEqual([
      { late: 1, minimal: undefined, steps: undefined },
      { late: 0, minimal: true, steps: 3 },
    ]);
  });
});

describe('a number that counts commands of two kinds', () => {
  test('is a limit where there is time to make it small', async () => {
    const { findings, allowed, late } = await considered({}, COUNTS, COUNTED);
    expect(findings).toEqual([]);
    expect([...allowed.explained.keys()]).toHaveLength(1);
    expect(late).toBe(0);
  });

  test('is never a finding where there is none', async () => {
    const { findings, late } = await considered({ expired: true }, COUNTS, COUNTED);
    expect(findings).toEqual([]);
    expect(late).toBe(1);
  });
});

test('on a server that is found out, what shows now and then behind any STARTTLS is no race of what is glued to it', async () => {
  let used = 0;
  const { findings, notes } = await considered(
    {},
    {
      ...keepsGreeting,
      judge: (event, _argument, { beforeTls }) =>
        event === 'vrfy' && beforeTls?.greeting !== undefined && used++ % 4 === 0
          ? { code: 451, lines: ['Busy'] }
          : 'sound',
    },
    SHOWN,
    {
      ...SHOWN,
      upgrade: { ...SHOWN.upgrade, glued: { lines: [{ kind: 'noop' }], times: 1, ending: 'CRLF' } },
      after: [{ kind: 'ehlo', name: 'p' }, { kind: 'vrfy' }],
    },
  );
  expect(findings.map(({ fingerprint }) => fingerprint)).toEqual(['keeps greeting']);
  expect(notes.map(({ kind }) => kind)).toEqual(['unconfirmed']);
});

test('a greeting that is kept is named as that where MAIL wants a login, too', async () => {
  const { findings } = await considered(
    {},
    {
      ...SOUND,
      flipped: () => new Set(['greeting', 'login'] as const),
      judge: (event, _argument, { session }) =>
        event === 'mail' && session.greeting !== undefined && session.login === undefined
          ? { code: 530, enhanced: '5.7.0', lines: ['Log in first'] }
          : 'sound',
    },
    {
      ...SHOWN,
      before: [
        ...SHOWN.before,
        { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'b', initial: true },
      ],
    },
  );
  expect(findings.map(({ fingerprint }) => fingerprint)).toContain('keeps greeting');
  expect(findings.map(({ fingerprint }) => fingerprint).filter(name => !name.startsWith('keeps'))).toEqual(
    [],
  );
});

test('what is kept in some sessions only, and showed in a refusal, is named by what a plainer question shows', async () => {
  const asked = inOrder('vrfy');
  const { findings } = await considered(
    {},
    {
      ...SOUND,
      follow: asked.follow,
      flipped: upgrading => new Set(asked.holds(upgrading) ? (['greeting'] as const) : []),
      judge: (event, argument, { session }) =>
        event === 'mail' && session.greeting !== undefined && /BODY=BINARYMIME/.test(argument)
          ? { code: 501, lines: ['Not that body'] }
          : 'sound',
    },
    {
      ...SHOWN,
      before: [...SHOWN.before, { kind: 'vrfy', argument: 'b' }],
      after: [{ kind: 'mail', from: 'p', body: 'BINARYMIME' }],
    },
  );
  expect(
    findings.map(({ fingerprint, minimal, scenario: { after } }) => ({ fingerprint, minimal, after })),
  ).toEqual([{ fingerprint: 'keeps greeting', minimal: true, after: [{ kind: 'mail', from: 'y' }] }]);
});

describe.each([
  'keeps-pending',
  'keeps-pending-in-transaction',
  'keeps-much-pending',
  'runs-all-but-first-line',
])('plaintext that is carried over in many forms, as by %s', name => {
  test('is one finding, of as few lines as it takes', async () => {
    const { findings } = await check(referenceInMemory(variantOf(name).options), {
      name,
      seed: 1,
      jobs: 8,
      claims: CLAIMS,
      wanted: [],
      scenarios: 250,
    });
    expect(findings.map(({ fingerprint, minimal }) => ({ fingerprint, minimal }))).toEqual([
      { fingerprint: 'no-plaintext-carryover: glued lines', minimal: true },
    ]);
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

test('what was found to vary by itself meanwhile is looked into no more', async () => {
  let minute = 0;
  const clock: Behaviour = {
    ...SOUND,
    answer: (answer, event) =>
      event === 'noop' ? { ...answer, lines: [`Ok at 12:0${minute} by the clock`] } : answer,
  };
  const { experiment, options } = await investigating(clock);
  const investigator = newInvestigator(options);
  const scenario: Scenario = { ...SHOWN, after: [{ kind: 'noop' }] };
  const used = await experiment.used(scenario);
  minute = 1;
  const examination = experiment.judge(used, await experiment.fresh(scenario));
  expect(examination.deviations.map(({ signature }) => signature)).toEqual([
    expect.stringMatching(/^noop text/),
  ]);
  const other = await experiment.fresh(scenario);
  minute = 2;
  experiment.learnFrom([other, await experiment.fresh(scenario)]);
  const { connections } = experiment.counts;
  await investigator.consider([examination]);
  expect(experiment.counts.connections).toBe(connections);
  expect(investigator).toMatchObject({ findings: [], notes: [], late: 0 });
});

test.each([
  [false, 'side by side'],
  [true, 'one after the other'],
])('where it is %s that time is short, two suspicions are looked into %s', async pressed => {
  const both: Behaviour = { ...SOUND, flipped: () => new Set(['greeting', 'login'] as const) };
  const login: Step = { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'u', initial: true };
  const loggedIn: Scenario = {
    before: [{ kind: 'ehlo', name: 'a' }, login],
    upgrade: BARE,
    after: [{ kind: 'ehlo', name: 'p' }, login],
  };
  const { experiment, options } = await investigating(both);
  const seen = [await experiment.examineAnew(SHOWN), await experiment.examineAnew(loggedIn)];
  const told: string[] = [];
  const { examineAnew } = experiment;
  experiment.examineAnew = scenario => {
    if (scenario === loggedIn) told.push('looked at');
    return examineAnew.call(experiment, scenario);
  };
  const onFinding = ({ fingerprint }: Finding): void => void told.push(fingerprint);
  await newInvestigator({ ...options, pressed, onFinding }).consider(seen);
  expect(told.filter(one => one !== 'looked at')).toEqual(['keeps greeting', 'keeps login']);
  expect(told.indexOf('looked at') > told.indexOf('keeps greeting')).toBe(pressed);
});
