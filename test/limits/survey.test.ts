import { describe, expect, test } from 'vitest';
import { type Driver, pause } from '../../src/drivers/driver.ts';
import { violations } from '../../src/limits/judge.ts';
import type { MeasuredLimit } from '../../src/limits/measured.ts';
import { LIMIT_NAMES } from '../../src/limits/names.ts';
import { roughly, type Survey, type SurveyOptions, survey } from '../../src/limits/survey.ts';
import { PRESETS } from '../../src/policy.ts';
import { probe } from '../../src/probe.ts';
import { SOUND } from '../../src/targets/reference/behaviour.ts';
import { variantOf } from '../../src/targets/reference/named.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';
import { targetOf } from '../../src/targets/registry.ts';

async function surveyed(name: string, options: Partial<SurveyOptions> = {}): Promise<Survey> {
  const target = await targetOf(name).start();
  try {
    return await survey(target, await probe(target), { commands: 30_000, tries: 8, ...options });
  } finally {
    await target.stop();
  }
}

const rowOf = ({ limits }: Survey, limit: string): MeasuredLimit | undefined =>
  limits.find(row => row.limit === limit);

/** Thresholds as they are planted: what one connection is served. */
const PLANTED: Readonly<Record<string, number>> = {
  transactions: 5,
  recipients: 8,
  errors: 6,
  unknown: 5,
  commands: 39,
  'failed-logins': 3,
  // The fifth is taken; the next MAIL is refused.
  messages: 5,
  bytes: 8_192 - 512,
  time: 300,
  delays: 4,
};

describe.each(LIMIT_NAMES)('a limit on %s', limit => {
  test.each(['kept', 'restarted', 'forgotten'] as const)('that is %s', async fate => {
    const result = await surveyed(`reference:limit-${limit}-${fate}`, { only: [limit, 'errors'] });
    expect(rowOf(result, limit)).toMatchObject({
      // STARTTLS counts, too, where the count is kept.
      threshold: limit === 'commands' && fate === 'kept' ? 38 : PLANTED[limit],
      kept: fate === 'kept' ? 'kept' : 'forgotten',
      atStarttls: fate,
      tried: fate === 'kept' ? '8/8' : '0/8',
    });
    const freePasses = violations(result.limits, PRESETS['no-free-pass']);
    expect(freePasses.map(violation => violation.limit.limit)).toEqual(fate === 'kept' ? [] : [limit]);
    const outliving = violations(result.limits, PRESETS.letter);
    expect(outliving.map(violation => violation.limit.limit)).toEqual(fate === 'kept' ? [limit] : []);
    expect(violations(result.limits, PRESETS.practice)).toEqual([]);
  });

  // The target leaves it to chance; that twenty tries show one side alone happens once in half a million runs.
  test('that is kept only sometimes', async () => {
    const result = await surveyed(`reference:limit-${limit}-sometimes`, {
      only: [limit, 'errors'],
      tries: 20,
    });
    expect(rowOf(result, limit)?.atStarttls).toBe('sometimes');
    expect(violations(result.limits, PRESETS['no-free-pass'])).toHaveLength(1);
    expect(violations(result.limits, PRESETS.letter)).toHaveLength(1);
  });
});

describe('a first look', () => {
  /** Limits on failed logins that are seen where all but the first AUTH are answered so. */
  async function seen(code: number, close: boolean): Promise<readonly string[]> {
    const target = referenceInMemory({
      behaviour: {
        ...SOUND,
        judge: (event, _argument, { session }) =>
          event === 'auth' && session.failedLogins > 0 ? { code, lines: ['No more'], close } : 'sound',
      },
    });
    const limits = await roughly(target, await probe(target), 8, 10_000);
    return limits.map(({ limit }) => limit);
  }

  test.each([
    [454, false],
    [421, true],
    [502, true],
  ])('takes %i for a limit (the connection ends with it: %s)', async (code, close) => {
    expect(await seen(code, close)).toEqual(['failed-logins']);
  });

  test('takes what speaks of state for none, so that the search does not stay below it', async () => {
    expect(await seen(502, false)).toEqual([]);
  });
});

test('a first look takes no limit from a server that binds a connection to its first sender', async () => {
  const binding = referenceInMemory(variantOf('mail-bound-to-sender').options);
  expect(await roughly(binding, await probe(binding), 8, 10_000)).toEqual([]);
  const counting = referenceInMemory({ limits: { transactions: 1 } });
  const limits = await roughly(counting, await probe(counting), 8, 10_000);
  expect(limits.map(({ limit }) => limit)).toContain('transactions');
});

test('a first look opens no more connections at once than it may', async () => {
  const target = referenceInMemory();
  const probed = await probe(target);
  let [open, most] = [0, 0];
  const driver: Driver = {
    ...target.driver,
    connect: async wait => {
      most = Math.max(most, ++open);
      const opening = await target.driver.connect(wait);
      await pause(target.driver, 1);
      open--;
      return opening;
    },
  };
  await roughly(target, { ...probed, stage: { ...probed.stage, driver } }, 2, 10_000);
  expect(most).toBe(2);
});

describe('a survey', () => {
  test('finds no limit where there is none, and says how far it looked', async () => {
    const { limits, commands } = await surveyed('reference');
    expect(limits.map(({ kept }) => kept)).toEqual(limits.map(() => 'none'));
    expect(new Set(limits.map(({ limit }) => limit))).toEqual(
      new Set([...LIMIT_NAMES, 'transaction-recipients']),
    );
    for (const { none } of limits) expect(none).toBeGreaterThanOrEqual(16);
    expect(commands.sent).toBeLessThan(commands.most);
  });

  test('tells a limit from those that it hides', async () => {
    const result = await surveyed('reference:limit-errors-kept');
    const within = result.limits.filter(row => row.within !== undefined);
    expect(within.map(({ limit, within: general }) => [limit, general])).toEqual([
      ['errors', 'errors'],
      ['unknown', 'errors'],
      ['failed-logins', 'errors'],
    ]);
    const byMessages = await surveyed('reference:limit-transactions-kept');
    expect(rowOf(byMessages, 'messages')?.within).toBe('transactions');
  });

  test('takes what chance counts of the plaintext part for no limit of its own', async () => {
    for (let run = 0; run < 25; run++) {
      const result = await surveyed('reference:limit-commands-sometimes', {
        only: ['commands', 'errors'],
        tries: 20,
      });
      const general = result.limits.filter(row => row.limit !== 'commands').map(({ within }) => within);
      expect(general).not.toContain(undefined);
    }
  });

  test('never sends more commands than were stated', async () => {
    const result = await surveyed('reference:limit-errors-kept', { commands: 700 });
    expect(result.commands.sent).toBeLessThanOrEqual(700);
    expect(rowOf(result, 'messages')).toMatchObject({
      kept: 'unknown',
      reason: '700 commands were not enough',
    });
  });

  test('shows three runs: refused behind the plaintext events, served without them, refused behind as many in TLS', async () => {
    const { example } = rowOf(await surveyed('reference:limit-unknown-kept'), 'unknown') ?? {};
    const codes = (run: 'used' | 'fresh' | 'transplanted'): readonly number[] =>
      example?.transcripts[run].entries.flatMap(entry =>
        entry.kind === 'received' && entry.part === 'after' && entry.reply.kind === 'reply'
          ? [entry.reply.code]
          : [],
      ) ?? [];
    expect(codes('used').at(-1)).toBe(421);
    expect(codes('fresh')).not.toContain(421);
    expect(codes('transplanted').at(-1)).toBe(421);
    expect(codes('transplanted').length).toBeGreaterThan(codes('fresh').length);
  });

  test('compares what RFC 9422 announces with what is done', async () => {
    const { announced, limits } = await surveyed('reference:limit-announced');
    expect(announced).toEqual([
      { keyword: 'RCPTMAX', announced: 5, measured: 'fewer: 4' },
      { keyword: 'MAILMAX', announced: 3, measured: 'as announced' },
    ]);
    expect(limits.find(({ limit }) => limit === 'transaction-recipients')?.threshold).toBe(4);
  });

  test('names a limit that counts across connections, and takes it for none of the session', async () => {
    const result = await surveyed('reference:across-transactions');
    const row = rowOf(result, 'transactions');
    expect(row).toMatchObject({ kept: 'unknown', reason: 'it counts across connections' });
    expect(violations(result.limits, PRESETS['no-free-pass'])).toEqual([]);
    expect(violations(result.limits, PRESETS.letter)).toEqual([]);
  });

  test('goes on where some connections are turned away, and says so', async () => {
    let connections = 0;
    const target = referenceInMemory({
      behaviour: {
        ...SOUND,
        greeting: sound =>
          ++connections % 7 === 0 ? { code: 421, lines: ['Too many connections'], close: true } : sound,
      },
    });
    const result = await survey(target, await probe(target), { commands: 30_000, tries: 1 });
    expect(result.turnedAway).toBe('421 Too many connections');
    expect(result.limits.map(({ kept }) => kept)).toEqual(result.limits.map(() => 'none'));
  });

  test('stops where connections are turned away for good, and says so', async () => {
    let connections = 0;
    const target = referenceInMemory({
      behaviour: {
        ...SOUND,
        greeting: sound =>
          ++connections > 20 ? { code: 421, lines: ['Too many connections'], close: true } : sound,
      },
    });
    const { limits } = await survey(target, await probe(target), { commands: 30_000, tries: 1 });
    expect(limits.at(-1)).toMatchObject({
      kept: 'unknown',
      stopped: true,
      reason: 'the target turns connections away: 421 Too many connections',
    });
  });
});

test('an interruption is heeded while a reply is waited for', async () => {
  const target = await targetOf('reference').start();
  const probed = await probe(target);
  const user = new AbortController();
  const silent: Driver = { ...probed.stage.driver, connect: () => new Promise(() => user.abort()) };
  const { limits } = await survey(
    target,
    { ...probed, stage: { ...probed.stage, driver: silent } },
    { commands: 1_000, tries: 1, signal: user.signal },
  );
  expect(new Set(limits.map(({ kept }) => kept))).toEqual(new Set(['unknown']));
});
