import { describe, expect, test } from 'vitest';
import { CLAIMS } from '../../properties/index.ts';
import type { Deviation } from '../../src/claim.ts';
import type { Driver } from '../../src/drivers/driver.ts';
import { type Examination, Experiment } from '../../src/experiment.ts';
import { type Confirmation, confirm, standsFor } from '../../src/investigate/confirm.ts';
import { probe, speechOf, stageOf } from '../../src/probe.ts';
import type { Scenario } from '../../src/scenario.ts';
import { type Behaviour, type Context, SOUND } from '../../src/targets/reference/behaviour.ts';
import { ReferenceServer } from '../../src/targets/reference/server.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';
import { chance } from '../chance.ts';

const SCENARIO: Scenario = {
  before: [{ kind: 'ehlo', name: 'a' }],
  upgrade: { handshake: { kind: 'sound', version: '1.3' } },
  after: [
    { kind: 'ehlo', name: 'p' },
    { kind: 'mail', from: 'p' },
  ],
};

const isBusy = ({ used }: Deviation): boolean => used === '451';

/** What becomes of a suspicion, that MAIL is answered 451 unless said, each time it comes up in so many looks. */
async function verdicts(
  bent: Partial<Behaviour>,
  looks: number,
  scenario = SCENARIO,
  isMeant: (deviation: Deviation) => boolean = isBusy,
): Promise<ReadonlyMap<Confirmation['kind'], number>> {
  const target = referenceInMemory({ behaviour: { ...SOUND, ...bent }, random: chance() });
  const probed = await probe(target);
  if (probed.baseline === undefined) throw new Error('no baseline');
  const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 1 });
  const counts = new Map<Confirmation['kind'], number>();
  for (let look = 0; look < looks; look++) {
    const { deviations } = await experiment.examineAnew(scenario);
    const suspicion: Deviation | undefined = deviations.find(isMeant);
    if (suspicion === undefined) continue;
    const { kind } = await confirm(experiment, scenario, suspicion);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

const BUSY = { code: 451, lines: ['Busy'] };

describe('a race', () => {
  test('is confirmed where only used connections show it', async () => {
    const counts = await verdicts(
      {
        judge: (event, _argument, { beforeTls, random }) =>
          event === 'mail' && beforeTls?.greeting !== undefined && random() < 0.4 ? BUSY : 'sound',
      },
      30,
    );
    expect(counts.get('confirmed')).toBeGreaterThan(5);
    expect(counts.get('unstable')).toBeUndefined();
  });

  test('of what is said in the segment of STARTTLS is confirmed even where it is rare', async () => {
    const random = chance();
    const counts = await verdicts(
      {
        flipped: ({ session: { sender }, piped }) =>
          new Set(sender !== undefined && piped && random() < 0.12 ? (['greeting', 'sender'] as const) : []),
      },
      300,
      {
        before: [
          { kind: 'ehlo', name: 'a' },
          { kind: 'mail', from: 'b' },
        ],
        upgrade: { piped: true, handshake: { kind: 'sound', version: '1.3' } },
        after: [{ kind: 'rcpt', to: 'p' }],
      },
      () => true,
    );
    expect(counts.get('confirmed')).toBeGreaterThan(10);
    expect(counts.get('confirmed')).toBeGreaterThan(2 * (counts.get('unconfirmed') ?? 0));
    expect(counts.get('unstable')).toBeUndefined();
  });

  test('of what travels with STARTTLS is confirmed even where it is rare', async () => {
    const burst: Scenario = {
      ...SCENARIO,
      before: [],
      upgrade: {
        ...SCENARIO.upgrade,
        glued: { lines: [{ kind: 'noop' }], times: 100, ending: 'CRLF' },
      },
    };
    const random = chance();
    const counts = await verdicts(
      {
        flipped: ({ session: { pending } }) =>
          new Set(pending !== '' && random() < 0.12 ? (['pending'] as const) : []),
      },
      300,
      burst,
      ({ claim }) => claim === 'no-plaintext-carryover',
    );
    expect(counts.get('confirmed')).toBeGreaterThan(10);
    expect(counts.get('confirmed')).toBeGreaterThan(2 * (counts.get('unconfirmed') ?? 0));
    expect(counts.get('unstable')).toBeUndefined();
  });

  test('is known across connections where a new one shows it now and then as well', async () => {
    const nonceIn = (text: string): string => /z[0-9a-f]{12}/.exec(text)?.[0] ?? '';
    const counts = await verdicts(
      {
        judge: (event, argument, { secure, memory, random }) => {
          if (event === 'ehlo' && !secure) memory.set(nonceIn(argument), true);
          return event === 'mail' && memory.has(nonceIn(argument)) && random() < 0.4 ? BUSY : 'sound';
        },
      },
      30,
    );
    expect(counts.get('cross-connection')).toBeGreaterThan(5);
    expect(counts.get('confirmed')).toBeUndefined();
  });

  test('is never confirmed where any connection may show it, however rarely', async () => {
    const counts = await verdicts(
      { judge: (event, _argument, { random }) => (event === 'mail' && random() < 0.08 ? BUSY : 'sound') },
      4_000,
    );
    expect(counts.get('unstable')).toBeGreaterThan(50);
    expect(counts.get('confirmed')).toBeUndefined();
  });
});

test('what shows in all of fewer pairs than five that came to TLS is not confirmed', async () => {
  let asked = 0;
  const counts = await verdicts(
    {
      judge: (event, _argument, { session, secure, beforeTls }) => {
        const isRefused = event === 'starttls' && !secure && session.greeting !== undefined;
        // Of twenty that follow one that was taken, three are.
        if (isRefused && ![0, 3].includes(asked++ % 11)) return { code: 502, lines: ['Not now'] };
        return event === 'mail' && beforeTls?.greeting !== undefined ? BUSY : 'sound';
      },
    },
    120,
  );
  expect(counts.get('unconfirmed')).toBeGreaterThan(5);
  expect(counts.get('confirmed')).toBeUndefined();
});

test('an extension whose parameters always vary keeps nothing from being confirmed', async () => {
  let serial = 0;
  const target = referenceInMemory({
    behaviour: {
      ...SOUND,
      offer: (sound, { beforeTls }) => [
        ...sound.filter(line => line !== 'DSN' || beforeTls?.greeting === undefined),
        `XSESSION ${serial++}`,
      ],
    },
  });
  const probed = await probe(target);
  if (probed.baseline === undefined) throw new Error('no baseline');
  const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 1 });
  await experiment.learnNoise(SCENARIO);
  const { deviations } = await experiment.examineAnew(SCENARIO);
  expect(deviations.map(({ signature }) => signature)).toEqual(['ehlo list DSN nothing/DSN']);
  const [suspicion] = deviations;
  if (suspicion === undefined) throw new Error('the target shows nothing');
  expect((await confirm(experiment, SCENARIO, suspicion)).kind).toBe('confirmed');
});

test('a few pairs confirm nothing where fresh connections have given either answer', async () => {
  /** What fresh connections have been asked since the target was looked at; the first answer, and those from the eighth on, differ. */
  let asked: number | undefined;
  const target = referenceInMemory({
    behaviour: {
      ...SOUND,
      judge: (event, _argument, { beforeTls }) => {
        if (event !== 'mail' || asked === undefined) return 'sound';
        if (beforeTls?.greeting !== undefined) return BUSY;
        asked++;
        return asked === 1 || asked > 8 ? BUSY : 'sound';
      },
    },
  });
  const probed = await probe(target);
  if (probed.baseline === undefined) throw new Error('no baseline');
  const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 1 });
  asked = 0;
  experiment.learnFrom([await experiment.fresh(SCENARIO), await experiment.fresh(SCENARIO)]);
  const { deviations } = await experiment.examineAnew(SCENARIO);
  const suspicion = deviations.find(({ used }) => used === '451');
  if (suspicion === undefined) throw new Error('the target shows nothing');
  expect((await confirm(experiment, SCENARIO, suspicion)).kind).toBe('unstable');
});

test('what a resumed session shows by itself is what TLS tells, and no finding', async () => {
  const target = referenceInMemory({
    behaviour: {
      ...SOUND,
      answer: (sound, event, { session }) =>
        event === 'ehlo' && session.tls?.resumed === true ? { ...sound, lines: ['resumed'] } : sound,
    },
  });
  const experiment = new Experiment({
    stage: stageOf(target),
    speech: speechOf(target),
    baseline: 'starttls-first',
    claims: CLAIMS,
    facts: { refusedUngreeted: ['mail'], offered: [], loginKnown: true },
    jobs: 4,
  });
  const scenario: Scenario = {
    before: [{ kind: 'ehlo', name: 'a' }],
    upgrade: { handshake: { kind: 'sound', version: '1.3', resumed: [{ kind: 'ehlo', name: 'e' }] } },
    after: [{ kind: 'ehlo', name: 'p' }],
  };
  const [deviation] = (await experiment.examineAnew(scenario)).deviations;
  if (deviation === undefined) throw new Error('the target shows nothing');
  expect((await confirm(experiment, scenario, deviation)).kind).toBe('tls-knowledge');
});

test('where nothing was said but what travelled with STARTTLS, whatever shows that it was read stands for it', async () => {
  const probed = await probe(
    referenceInMemory({ behaviour: { ...SOUND, flipped: () => new Set(['pending']) } }),
  );
  if (probed.baseline === undefined) throw new Error('no baseline');
  const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 1 });
  const carried: Scenario = {
    before: [],
    upgrade: { ...SCENARIO.upgrade, glued: { lines: [{ kind: 'noop' }], times: 1, ending: 'CRLF' } },
    after: [],
  };
  const called = { claim: 'handler-state', signature: 'onMailFrom handler  called/nothing' };
  const stands = async (scenario: Scenario): Promise<string | undefined> =>
    standsFor(await experiment.examineAnew(scenario), called)?.claim;
  expect(await stands(carried)).toBe('no-plaintext-carryover');
  expect(await stands({ ...carried, before: SCENARIO.before })).toBeUndefined();
});

test('a late reply stands for another to the same command, where it may race the handshake', () => {
  const late = { claim: 'fresh-connection', signature: 'rcpt code 235/503' } as Deviation;
  const seen = (upgrade: Scenario['upgrade']): Examination =>
    ({ scenario: { ...SCENARIO, upgrade }, deviations: [late] }) as unknown as Examination;
  const piped = seen({ ...SCENARIO.upgrade, piped: true });
  const wanted = (signature: string) => ({ claim: 'fresh-connection', signature });
  expect(standsFor(piped, wanted('mail code 235/503'))).toBe(late);
  expect(standsFor(piped, wanted('mail code 250/503'))).toBeUndefined();
  expect(standsFor(seen(SCENARIO.upgrade), wanted('mail code 235/503'))).toBeUndefined();
});

/** Busy at MAIL on those used connections, counted from 0, that are listed. */
function busyOn(listed: readonly number[]): Partial<Behaviour> {
  let used = -1;
  return {
    judge: (event, _argument, { beforeTls }) => {
      if (event !== 'mail' || beforeTls?.greeting === undefined) return 'sound';
      used++;
      return listed.includes(used) ? BUSY : 'sound';
    },
  };
}

describe('what shows now and then', () => {
  test.each([
    ['in 2 of 20 pairs is chance', [0, 1, 12], 'unconfirmed'],
    ['in 3 of 20 pairs is a race', [0, 1, 12, 20], 'confirmed'],
    ['and in none of the first five pairs is not looked for any longer', [0, 6, 7, 8, 9], 'unconfirmed'],
  ] as const)('%s', async (_, listed, kind) => {
    expect([...(await verdicts(busyOn(listed), 1))]).toEqual([[kind, 1]]);
  });
});

test('what a new connection shows after the same was said on an earlier one is known across connections', async () => {
  const nonceOf = ({ session }: Context): string => session.greeting?.name.replace(/.\..*$/, '') ?? '';
  const counts = await verdicts(
    {
      answer: (sound, event, context) => {
        if (event === 'ehlo' && !context.secure) context.memory.set(nonceOf(context), true);
        return sound;
      },
      judge: (event, _argument, context) =>
        event === 'mail' && context.secure && context.memory.has(nonceOf(context)) ? BUSY : 'sound',
    },
    3,
  );
  expect([...counts]).toEqual([['cross-connection', 3]]);
});

describe('silence', () => {
  /** Silent at MAIL on used connections, counted from 0, that are listed; a fresh one answers after so many milliseconds. */
  async function confirmed(listed: (used: number) => boolean, freshAfter: number): Promise<Confirmation> {
    const target = referenceInMemory({});
    let [used, waited] = [-1, 0];
    const driver: Driver = {
      ...target.driver,
      now: () => target.driver.now() + waited,
      async connect(wait) {
        const opening = await target.driver.connect(wait);
        if (opening.kind === 'refused') return opening;
        const { connection } = opening;
        const { send, receive } = connection;
        let [greeted, silent, late] = [false, false, false];
        connection.send = bytes => {
          greeted ||= /^EHLO \w+a\./.test(bytes);
          const isMail = bytes.startsWith('MAIL');
          if (isMail && greeted) used++;
          silent ||= isMail && greeted && listed(used);
          late = isMail && !greeted;
          send.call(connection, bytes);
        };
        connection.receive = limit => {
          if (silent) return { kind: 'silence' };
          if (late) waited += freshAfter;
          late = false;
          return receive.call(connection, limit);
        };
        return opening;
      },
    };
    const experiment = new Experiment({
      stage: stageOf({ ...target, driver }),
      speech: speechOf(target),
      baseline: 'starttls-first',
      claims: CLAIMS,
      facts: { refusedUngreeted: [], offered: [], loginKnown: false },
      jobs: 1,
    });
    const { deviations } = await experiment.examineAnew(SCENARIO);
    const suspicion = deviations.find(deviation => deviation.used === 'silence');
    if (suspicion === undefined) throw new Error('the target shows nothing');
    return confirm(experiment, SCENARIO, suspicion);
  }

  test('that is there every time, where a fresh connection answers at once, is confirmed', async () => {
    expect((await confirmed(() => true, 0)).kind).toBe('confirmed');
  });

  test('that is not there every time is no finding: a race of waits proves nothing', async () => {
    expect((await confirmed(used => used !== 3, 0)).kind).toBe('unconfirmed');
  });

  test('where a fresh connection takes its time, too, is no finding: a slow server is not a silent one', async () => {
    expect((await confirmed(() => true, 3_000)).kind).toBe('unconfirmed');
  });
});

describe('a value that comes back', () => {
  const SAID: Scenario = { ...SCENARIO, after: [{ kind: 'rcpt', to: 'p' }] };
  const isSighting = ({ claim }: Deviation): boolean => claim === 'markers';
  const naming = (name: (context: Context) => string | undefined): Partial<Behaviour> => ({
    answer: (sound, event, context) => {
      if (event === 'ehlo' && context.session.greeting !== undefined)
        context.memory.set('last', context.session.greeting.name);
      return event === 'rcpt' ? { ...sound, lines: [name(context) ?? 'nobody'] } : sound;
    },
  });
  const ofAny = naming(({ memory }) => memory.get('last') as string | undefined);

  test('is confirmed where only the connection that said it shows it', async () => {
    const counts = await verdicts(
      naming(({ beforeTls }) => beforeTls?.greeting?.name),
      3,
      SAID,
      isSighting,
    );
    expect([...counts]).toEqual([['confirmed', 3]]);
  });

  test('is known across connections where a new one shows it, too', async () => {
    expect((await verdicts(ofAny, 20, SAID, isSighting)).get('confirmed')).toBeUndefined();
    expect((await verdicts(ofAny, 20, SAID, isSighting)).get('cross-connection')).toBeGreaterThan(0);
  });

  test('is so, too, where the connection that made the ticket said it', async () => {
    const resumed: Scenario = {
      ...SAID,
      before: [],
      upgrade: { handshake: { kind: 'sound', version: '1.3', resumed: [{ kind: 'ehlo', name: 'e' }] } },
    };
    const counts = await verdicts(ofAny, 20, resumed, isSighting);
    expect(counts.get('confirmed')).toBeUndefined();
    expect(counts.get('cross-connection')).toBeGreaterThan(0);
  });
});

test('what a new connection shows once it has waited is known across connections: a second attempt may come too soon', async () => {
  let now = (): number => 0;
  const target = referenceInMemory(
    {
      behaviour: {
        ...SOUND,
        judge: (event, argument, { memory }) => {
          const first = memory.get(argument) ?? now();
          memory.set(argument, first);
          return event === 'rcpt' && now() - Number(first) < 200 ? BUSY : 'sound';
        },
      },
    },
    (options, openedAt) => {
      now = options.now;
      return new ReferenceServer(options, openedAt);
    },
  );
  const probed = await probe(target);
  const experiment = new Experiment({ ...probed, baseline: 'starttls-first', claims: CLAIMS, jobs: 1 });
  const attempt: Scenario['before'] = [
    { kind: 'ehlo', name: 'a' },
    { kind: 'mail', from: 'b' },
    { kind: 'rcpt', to: 'c' },
  ];
  const scenario: Scenario = {
    before: [...attempt, { kind: 'pause', ms: 250 }],
    upgrade: { handshake: { kind: 'sound', version: '1.3' } },
    after: attempt,
  };
  const [deviation] = (await experiment.examineAnew(scenario)).deviations;
  if (deviation === undefined) throw new Error('the target shows nothing');
  expect((await confirm(experiment, scenario, deviation)).kind).toBe('cross-connection');
});
