/** Machines of whole servers: sound ones whose STARTTLS leads to one state, and faulty ones whose does not. */

import { describe, expect, test } from 'vitest';
import type { Driver } from '../../src/drivers/driver.ts';
import { type Learned, learn } from '../../src/learn/learn.ts';
import { learnedVerdict } from '../../src/learn/verdict.ts';
import { type Policy, PRESETS } from '../../src/policy.ts';
import type { Behaviour } from '../../src/targets/reference/behaviour.ts';
import { SOUND } from '../../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';
import { targetOf } from '../../src/targets/registry.ts';

const INPUTS = ['ehlo', 'mail', 'rcpt', 'data', 'rset', 'auth', 'starttls'];

const learned = async (name: string, inputs = INPUTS): Promise<Learned> =>
  learn(await targetOf(name).start(), { jobs: 8, extra: 1, inputs });

const behaving = (changes: Partial<Behaviour>, inputs = INPUTS): Promise<Learned> =>
  learn(referenceInMemory({ behaviour: { ...SOUND, ...changes } }), { jobs: 8, extra: 1, inputs });

describe('a sound server', () => {
  test('is learned as a whole, and STARTTLS leads to one state from everywhere', async () => {
    const all = await learned('reference');
    expect(learnedVerdict(all)).toEqual({ verdict: 'holds' });
    expect(all).toMatchObject({ extra: 1, unexplained: 0, findings: [] });
    expect(new Set(all.entries.map(({ to }) => to))).toEqual(new Set([all.fresh]));
    // Greeted or not, logged in or not, with a sender, a recipient or neither; and the same in TLS.
    expect(all.machine?.states).toHaveLength(14);
    expect(all.connections).toBe(all.words);
  });

  test('that refuses STARTTLS in a transaction goes on in plaintext there', async () => {
    const { machine, entries } = await behaving({
      judge: (event, _, { session }) =>
        event === 'starttls' && session.sender !== undefined
          ? { code: 503, enhanced: '5.5.1', lines: ['Not now'] }
          : 'sound',
    });
    const refusing = machine?.states.filter(({ moves }) => moves['starttls']?.output === '503') ?? [];
    expect(refusing.some(({ access }) => access.join(' ') === 'ehlo mail')).toBe(true);
    expect(entries.every(({ told }) => told === undefined)).toBe(true);
  });
});

test.each([
  ['keeps-greeting', 'keeps greeting'],
  ['keeps-login', 'keeps login'],
  ['keeps-sender', 'keeps sender'],
])('of reference:%s the states that STARTTLS leads astray to are one finding, %s', async (fault, name) => {
  const all = await learned(`reference:${fault}`);
  expect(learnedVerdict(all).verdict).toBe('violated');
  expect(all.findings.map(({ fingerprint, minimal }) => [fingerprint, minimal])).toEqual([[name, true]]);
});

describe('no verdict is drawn', () => {
  const busy = { code: 451, enhanced: '4.3.0', lines: ['Busy'] } as const;

  test('where it is interrupted, and what is learned by then is told', async () => {
    const controller = new AbortController();
    const all = await learn(referenceInMemory(), {
      jobs: 8,
      extra: 1,
      inputs: INPUTS,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    expect(all.machine?.states.length).toBeGreaterThan(0);
    expect(learnedVerdict(all)).toEqual({
      verdict: 'inconclusive',
      reason: 'the machine was not put to the whole test: it was interrupted',
    });
  });

  test('where the same is not always answered alike', async () => {
    let times = 0;
    const all = await behaving({
      judge: event => (event === 'rset' && times++ % 7 > 2 ? busy : 'sound'),
    });
    expect(learnedVerdict(all)).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringMatching(/not always answered alike: .*RSET/),
    });
  });

  test('where there is a contradiction, though a whole suite was passed before', async () => {
    let words = 0;
    let times = 0;
    const behaviour: Behaviour = {
      ...SOUND,
      judge: event => (event === 'rset' && words > 400 && times++ % 2 > 0 ? busy : 'sound'),
    };
    const all = await learn(referenceInMemory({ behaviour }), {
      jobs: 8,
      extra: 9,
      inputs: ['ehlo', 'rset', 'starttls'],
      onProgress: now => {
        words = now.words;
      },
    });
    expect(all).not.toHaveProperty('extra');
    expect(learnedVerdict(all).reason).toMatch(/whole test: the same is not always answered alike/);
  });

  test('where no session is served in the end', async () => {
    const target = referenceInMemory();
    const { connect } = target.driver;
    let isOver = false;
    const driver: Driver = {
      ...target.driver,
      connect: wait => (isOver ? { kind: 'refused', reason: 'ECONNREFUSED' } : connect(wait)),
      pause: () => {},
    };
    let told = 0;
    const options = { jobs: 1, extra: 1, inputs: ['ehlo', 'starttls'] };
    const { findings, served } = await learn({ ...target, driver }, { ...options, onProgress: () => told++ });
    expect([findings, served]).toEqual([[], true]);
    // The last that is told is told behind the last word.
    let left = told;
    const onProgress = (): void => {
      isOver = --left === 0;
    };
    expect((await learn({ ...target, driver }, { ...options, onProgress })).served).toBe(false);
  });

  test('where there are too many states, as there are where something is counted', async () => {
    const all = await behaving(
      {
        judge: (event, _, { session }) =>
          event === 'rset' && session.tls === undefined ? { ...busy, code: 400 + session.commands } : 'sound',
      },
      ['rset', 'starttls'],
    );
    expect(learnedVerdict(all)).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringMatching(/more than \d+ states: something is counted/),
    });
  });

  test('where the target takes no more connections', async () => {
    const target = referenceInMemory();
    let connections = 0;
    const connect: Driver['connect'] = wait =>
      connections++ < 60 ? target.driver.connect(wait) : { kind: 'refused', reason: 'ECONNREFUSED' };
    const all = await learn(
      { ...target, driver: { ...target.driver, connect } },
      { jobs: 1, extra: 1, inputs: INPUTS },
    );
    expect(all.incomplete).toMatch(/^the target takes no more connections/);
  });

  test('by a machine that is too small for what is known already', async () => {
    const controller = new AbortController();
    const target = referenceInMemory();
    let connections = 0;
    const connect: Driver['connect'] = wait => {
      if (connections++ === 60) controller.abort();
      return target.driver.connect(wait);
    };
    const all = await learn(
      { ...target, driver: { ...target.driver, connect } },
      { jobs: 1, extra: 1, inputs: INPUTS, signal: controller.signal },
    );
    expect(all).not.toHaveProperty('machine');
    expect(all.incomplete).toMatch(/^it was interrupted \(at \d+ states\)$/);
  });

  test.each([
    ['a second look does not show what was learned', 0, []],
    ['a third one does not', 1, ['unconfirmed']],
    ['it does not come again with new tokens', 4, ['unconfirmed']],
  ])('where %s', async (_, looks, doubts) => {
    const keeping = async (most: number) => {
      let connections = 0;
      let learned = 0;
      const behaviour: Behaviour = {
        ...SOUND,
        greeting: answer => {
          connections++;
          return answer;
        },
        flipped: () => new Set(connections <= most ? ['greeting'] : []),
      };
      const onProgress = (): void => {
        learned = connections;
      };
      const all = await learn(referenceInMemory({ behaviour }), {
        jobs: 1,
        extra: 1,
        inputs: INPUTS,
        onProgress,
      });
      return { all, learned };
    };
    const { learned } = await keeping(Number.POSITIVE_INFINITY);
    const { all } = await keeping(learned + looks);
    expect(all).toMatchObject({ findings: [], unexplained: 1 });
    expect([...new Set(all.notes.map(({ kind }) => kind))]).toEqual(doubts);
    expect(learnedVerdict(all)).toMatchObject({
      reason: expect.stringMatching(/a second look did not show/),
    });
  });
});

test('states that an ordinary session alone leads to are known, though no short word tells of them', async () => {
  const ok = { code: 250, enhanced: '2.0.0', lines: ['Ok'] } as const;
  const { machine } = await behaving(
    {
      // Whatever is said is taken; what it came to is told by DATA alone.
      judge: (event, _, { session }) => {
        if (event === 'mail')
          return session.greeting === undefined || session.sender !== undefined ? ok : 'sound';
        return event === 'rcpt' && session.sender === undefined ? ok : 'sound';
      },
    },
    ['ehlo', 'mail', 'rcpt', 'data', 'starttls'],
  );
  expect(machine?.states.some(({ moves }) => moves['data']?.output === '354 250')).toBe(true);
});

describe('what is known of the target', () => {
  test('is no finding where it is accepted, and a note with the reason', async () => {
    const target = await targetOf('reference:keeps-sender').start();
    const knownDeviations = [{ fingerprint: 'keeps sender', reason: 'our proxy' }];
    const all = await learn({ ...target, knownDeviations }, { jobs: 8, extra: 1, inputs: INPUTS });
    expect(all.findings).toEqual([]);
    expect(all.notes).toContainEqual({ kind: 'known', text: expect.stringContaining('our proxy') });
    expect(learnedVerdict(all)).toEqual({ verdict: 'holds' });
  });

  test('such as which limits may outlive STARTTLS, decides what a state that is told by a limit comes to', async () => {
    const counting = (policy: Policy) =>
      learn(
        { ...referenceInMemory({ limits: { errors: 1 } }), policy },
        { jobs: 8, extra: 1, inputs: ['ehlo', 'rcpt', 'starttls'] },
      );
    const usual = await counting(PRESETS.practice);
    expect(learnedVerdict(usual)).toEqual({ verdict: 'holds' });
    expect(usual.notes).toContainEqual({ kind: 'allowed', text: expect.stringMatching(/errors/) });
    expect(learnedVerdict(await counting(PRESETS.letter)).verdict).toBe('violated');
  });
});
