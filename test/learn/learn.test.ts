/** Machines of whole servers: sound ones whose STARTTLS leads to one state, and faulty ones whose does not. */

import { describe, expect, test } from 'vitest';
import { type Learned, learn } from '../../src/learn/learn.ts';
import { learnedVerdict } from '../../src/learn/verdict.ts';
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
});
