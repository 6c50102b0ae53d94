import { describe, expect, onTestFinished, test } from 'vitest';
import { CLAIMS } from '../properties/index.ts';
import { check } from '../src/check.ts';
import type { Driver } from '../src/drivers/driver.ts';
import { BARE, type Scenario } from '../src/scenario.ts';
import { SOUND } from '../src/targets/reference/behaviour.ts';
import { KEPT_FIELDS } from '../src/targets/reference/faults/kept.ts';
import { listen } from '../src/targets/reference/listener.ts';
import { referenceInMemory } from '../src/targets/reference/target.ts';
import { targetOf } from '../src/targets/registry.ts';
import { hostile } from './hostile.ts';
import { FATAL, mortal } from './mortal.ts';

async function checked(name: string, scenarios: number, seed = 1) {
  const target = await targetOf(name, {}).start();
  return check(target, { name, seed, jobs: 8, claims: CLAIMS, wanted: [], scenarios, stopOnFirst: true });
}

describe('check', () => {
  test('the sound reference server holds, and every claim was put to the test', async () => {
    const report = await checked('reference', 5_000);
    expect(report.findings).toEqual([]);
    expect(report.verdict).toBe('holds');
    expect(report.claims.filter(({ judged }) => judged === 0)).toEqual([]);
    expect(report.stats.connectionsPerScenario).toBeLessThan(1.3);
  });

  test.each(KEPT_FIELDS)('the planted fault "keeps %s" is found', async field => {
    const report = await checked(`reference:keeps-${field}`, 3_000);
    expect(report.verdict).toBe('violated');
    expect(report.findings[0]?.minimal).toBe(true);
    expect(report.findings[0]?.steps).toBeLessThanOrEqual(6);
  });

  test('a server that speaks LMTP is put to the same test', async () => {
    const report = await checked('reference:sound-lmtp', 300);
    expect(report.verdict).toBe('holds');
    expect(report.claims.filter(({ judged }) => judged === 0)).toEqual([]);
    const keeping = { ...SOUND, flipped: () => new Set(['sender'] as const) };
    const target = referenceInMemory({ lmtp: true, behaviour: keeping });
    const options = { name: 'lmtp', seed: 1, jobs: 8, claims: CLAIMS, wanted: [], scenarios: 100 };
    const [finding] = (await check(target, options)).findings;
    expect([finding?.fingerprint, finding?.steps]).toEqual(['keeps sender', 4]);
  });

  test('same seed, same scenarios, same finding', async () => {
    const [one, other] = [
      await checked('reference:keeps-greeting', 500, 7),
      await checked('reference:keeps-greeting', 500, 7),
    ];
    expect(one.findings.map(({ scenario }) => scenario)).toEqual(
      other.findings.map(({ scenario }) => scenario),
    );
  });

  test('a target that is not known when time is up is given up', async () => {
    const address = await hostile({ greet: socket => socket.write('220 slow.example ESMTP\r\n') });
    const target = await targetOf(address).start();
    const options = { name: 'slow', seed: 1, jobs: 8, claims: CLAIMS, wanted: [], time: 1_000 };
    await expect(check(target, options)).rejects.toThrow('time was up before the target was known');
  });

  test('a user who interrupts while the target is looked at for the first time is not kept waiting', async () => {
    const address = await hostile({ greet: socket => socket.write('220 slow.example ESMTP\r\n') });
    const target = await targetOf(address).start();
    const user = new AbortController();
    const options = { name: 'slow', seed: 1, jobs: 8, claims: CLAIMS, wanted: [], signal: user.signal };
    const run = check(target, options);
    user.abort();
    await expect(run).rejects.toThrow('it was interrupted before the target was known');
  });

  test('what a target declines in a handshake is not played, and a note says so', async () => {
    const target = await listen({}, { host: '127.0.0.1', port: 0 }, { minVersion: 'TLSv1.3' });
    onTestFinished(() => target.stop());
    const played: Scenario[] = [];
    const report = await check(target, {
      ...{ name: 'young', seed: 1, jobs: 8, claims: CLAIMS, wanted: [], scenarios: 64 },
      onExamined: ({ scenario }) => played.push(scenario),
    });
    expect(report.notes).toContainEqual({
      kind: 'untested',
      text: 'TLS 1.2: no handshake is completed with it',
    });
    expect(JSON.stringify(played)).not.toContain('"version":"1.2"');
  });

  test('a note says how many messages were taken in TLS and not delivered in time', async () => {
    const message: Scenario = {
      before: [],
      upgrade: BARE,
      after: [
        { kind: 'ehlo', name: 'p' },
        { kind: 'mail', from: 'p' },
        { kind: 'rcpt', to: 'p' },
        { kind: 'data', body: 'plain', token: 'q' },
      ],
    };
    const target = { ...referenceInMemory(), mailbox: { find: async () => undefined } };
    const options = { name: 'black hole', seed: 1, jobs: 8, claims: CLAIMS, wanted: [] };
    const { notes } = await check(target, { ...options, examples: [message], scenarios: 1 });
    expect(notes).toContainEqual({
      kind: 'untested',
      text: expect.stringMatching(/^1 of 1 messages that were taken in TLS were not delivered in time/),
    });
  });

  test('a target that answers no more at the end is not waited for, and nothing is said to hold', async () => {
    const target = referenceInMemory();
    let isGone = false;
    const driver: Driver = {
      ...target.driver,
      connect: wait => (isGone ? new Promise(() => {}) : target.driver.connect(wait)),
    };
    const report = await check(
      { ...target, driver },
      {
        ...{ name: 'gone', seed: 1, jobs: 8, claims: CLAIMS, wanted: [], time: 1_500 },
        onProgress: ({ scenarios }) => {
          isGone = scenarios > 0;
        },
      },
    );
    expect(report.verdict).toBe('inconclusive');
    expect(report.reason).toContain('time was up before a known-good session at the end was over');
  });

  test('a target that ended by itself is told of, with what brings it down; nothing is judged by that', async () => {
    const examples: readonly Scenario[] = [
      { before: [{ kind: 'line', text: FATAL }], upgrade: BARE, after: [{ kind: 'noop' }] },
    ];
    const options = { name: 'mortal', seed: 1, jobs: 8, claims: CLAIMS, wanted: [], scenarios: 40 };
    const report = await check(mortal(), { ...options, examples });
    expect([report.findings, report.stats.inconclusive]).toEqual([[], 0]);
    expect(report.notes.filter(({ kind }) => kind === 'restarted')).toEqual([
      {
        kind: 'restarted',
        text: expect.stringMatching(/ended by itself 2 times .*: line > starttls > noop$/),
      },
    ]);
  });

  test('a target that came down for good is waited for, and told of with what was under way', async () => {
    const { driver, ...target } = mortal();
    const examples: readonly Scenario[] = [
      { before: [{ kind: 'line', text: FATAL }], upgrade: BARE, after: [{ kind: 'noop' }] },
    ];
    const { restarts = () => Promise.resolve(0), ...unattended } = driver;
    const connect: Driver['connect'] = async wait =>
      (await restarts()) > 0 ? { kind: 'refused', reason: 'ECONNREFUSED' } : driver.connect(wait);
    const options = { name: 'fallen', seed: 1, jobs: 1, claims: CLAIMS, wanted: [], scenarios: 400 };
    const report = await check({ ...target, driver: { ...unattended, connect } }, { ...options, examples });
    expect(report.verdict).toBe('inconclusive');
    expect(report.reason).toBe(
      'no connection is taken any more: the target has come down, or lets nobody in',
    );
    expect(report.notes).toContainEqual({
      kind: 'gone',
      text: 'under way at the end: line > starttls > noop',
    });
    // Nobody knocks hundreds of times where nobody is.
    expect(report.stats.scenarios).toBeLessThan(100);
  });

  describe('where the greeting comes late', () => {
    /** Checks a server that greets after so many milliseconds, and counts the connections that ended unused. */
    async function checkedLate(delay: number) {
      let open = 0;
      let most = 0;
      let unused = 0;
      const target = referenceInMemory({});
      const driver: Driver = {
        ...target.driver,
        async connect(wait) {
          open += 1;
          most = Math.max(most, open);
          const opening = await target.driver.connect(wait);
          if (opening.kind === 'refused') return opening;
          const { connection } = opening;
          const { receive, send, end } = connection;
          let isGreeted = false;
          let isUsed = false;
          let isEnded = false;
          connection.send = bytes => {
            isUsed = true;
            send.call(connection, bytes);
          };
          connection.receive = limit => {
            if (!isGreeted) target.driver.pause?.(delay);
            isGreeted = true;
            return receive.call(connection, limit);
          };
          connection.end = how => {
            if (!isEnded) open -= 1;
            if (!isEnded && !isUsed) unused += 1;
            isEnded = true;
            end.call(connection, how);
          };
          return opening;
        },
      };
      const options = { name: 'late', seed: 1, jobs: 1, claims: CLAIMS, wanted: [], scenarios: 20 };
      const report = await check({ ...target, driver }, options);
      // Whatever waited is ended with the check.
      await new Promise(resolve => setImmediate(resolve));
      expect(open).toBe(0);
      return { most, unused, report };
    }

    test('it is waited for ahead', async () => {
      const [late, early] = [await checkedLate(100), await checkedLate(10)];
      expect(late.report.findings).toEqual([]);
      expect(late.unused).toBeGreaterThan(early.unused);
    });

    test('the longer it takes, the more connections wait, up to a limit', async () => {
      const mostOpen = async (delay: number) => (await checkedLate(delay)).most;
      const [early, late, later, latest] = [
        await mostOpen(10),
        await mostOpen(50),
        await mostOpen(200),
        await mostOpen(9_000),
      ];
      expect(late).toBeGreaterThan(early);
      expect(later).toBeGreaterThan(late);
      expect(latest).toBe(later);
    });
  });

  test('smtp-server 3.19.2: each defect is one finding, as short as it goes, over real TCP and TLS', async () => {
    const target = await targetOf('smtp-server@3.19.2', {}).start();
    try {
      const report = await check(target, {
        name: 'smtp-server',
        seed: 1,
        jobs: 8,
        claims: CLAIMS,
        wanted: [],
        scenarios: 40,
      });
      const steps = new Map(report.findings.map(finding => [finding.fingerprint, finding.steps]));
      expect(steps.get('keeps greeting')).toBe(3);
      expect(steps.get('keeps sender')).toBe(4);
      expect(steps.get('no-plaintext-carryover: glued fragment')).toBeLessThanOrEqual(2);
      expect(new Set(steps.keys()).size).toBe(report.findings.length);
    } finally {
      await target.stop();
    }
  }, 240_000);
});
