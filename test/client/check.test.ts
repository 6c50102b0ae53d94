import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { CLIENT_CLAIMS } from '../../properties/client/index.ts';
import { checkClient } from '../../src/client/check.ts';
import { clientNamed } from '../../src/client/known.ts';
import type { Client, Order } from '../../src/client/launch.ts';
import { CLEAN, type Script } from '../../src/client/script.ts';
import type { Exit } from '../../src/client/transcript.ts';
import type { Report } from '../../src/report/report.ts';
import { authority, caFile } from './authority.ts';

const checked = (client: Client, scenarios: number, stopOnFirst = false): Promise<Report> =>
  checkClient(
    { client, authority, caFile, tls: 'required', limit: 5_000 },
    { seed: 1, jobs: 8, claims: CLIENT_CLAIMS, wanted: [], scenarios, stopOnFirst, silence: false },
  );

/** A client that connects, and waits until it is sent away. */
const silent = ({ host, port }: Order): Promise<Exit> =>
  new Promise(resolve => {
    const socket = connect({ host, port }).resume();
    socket.once('close', () => resolve({ kind: 'exited', code: 1, output: '' }));
  });

describe('check-client', () => {
  test('nodemailer 9.0.1 is answered by a fragment that was glued to the 220', async () => {
    const report = await checked(clientNamed('nodemailer@9.0.1'), 1_000, true);
    expect(report.findings[0]).toMatchObject({
      claim: 'client-injected',
      fingerprint: 'answered with a fragment glued to the 220',
      level: 'must',
      minimal: true,
    });
  });

  test('the newest nodemailer holds', async () => {
    const report = await checked(clientNamed('nodemailer'), 300);
    expect(report.findings).toEqual([]);
    expect(report.verdict).toBe('holds');
  });

  test('a client that says nothing in every third run is not said to hold', async () => {
    let runs = 0;
    const sound = clientNamed('reference');
    const client: Client = {
      ...sound,
      idle: 50,
      launch: (order, signal) => (runs++ % 3 === 2 ? silent(order) : sound.launch(order, signal)),
    };
    const { verdict, reason } = await checked(client, 100);
    expect(verdict).toBe('inconclusive');
    expect(reason).toMatch(/of 100 scenarios could not be judged/);
  });

  test('an interruption before the first script is told as that, and not as too little time', async () => {
    const user = new AbortController();
    let runs = 0;
    const sound = clientNamed('reference');
    const client: Client = {
      ...sound,
      launch: (order, signal) => {
        // The first of the search: what it may do is known then.
        if (++runs === 6) user.abort();
        return sound.launch(order, signal);
      },
    };
    const { reason } = await checkClient(
      { client, authority, caFile, tls: 'required', limit: 5_000 },
      { seed: 1, jobs: 1, claims: CLIENT_CLAIMS, wanted: [], silence: false, signal: user.signal },
    );
    expect(reason).toBe('it was interrupted before anything was tried');
  });

  test('a silent server that was not put to the test is told, and one in TLS is where it is asked for', async () => {
    const plain: Script = { errand: {}, before: [], upgrade: CLEAN, after: [] };
    const silent: Script = { ...plain, after: [{ kind: 'close', on: 'ehlo', how: 'silence' }] };
    // A machine that is busy is no client that hangs; who does hang is waited for that long several times.
    const limit = (silence: boolean): number => (silence ? 5_000 : 10_000);
    const searched = (silence: boolean): Promise<Report> =>
      checkClient(
        { client: clientNamed('reference'), authority, caFile, tls: 'required', limit: limit(silence) },
        {
          seed: 1,
          jobs: 8,
          claims: CLIENT_CLAIMS,
          wanted: [],
          scenarios: silence ? 2 : 1,
          examples: [silent, plain],
          silence,
        },
      );
    const [without, asked] = await Promise.all([searched(false), searched(true)]);
    expect(without).toMatchObject({ verdict: 'holds', notes: [{ kind: 'skipped' }] });
    // The reference client waits for as long as it is let.
    expect(asked).toMatchObject({
      verdict: 'violated',
      findings: [{ fingerprint: 'late in silence' }],
      notes: [],
    });
  });

  test('while a silent server keeps the client waiting, other scripts are played', async () => {
    const sound = clientNamed('reference');
    const underWay = new Set<{ begunMeanwhile: number }>();
    const seen: number[] = [];
    const client: Client = {
      ...sound,
      async launch(order, signal) {
        const run = { begunMeanwhile: 0 };
        for (const other of underWay) other.begunMeanwhile++;
        underWay.add(run);
        const exit = await sound.launch(order, signal);
        underWay.delete(run);
        if (exit.kind === 'late') seen.push(run.begunMeanwhile);
        return exit;
      },
    };
    const silentOne: Script = {
      errand: {},
      before: [],
      upgrade: CLEAN,
      after: [{ kind: 'close', on: 'ehlo', how: 'silence' }],
    };
    await checkClient(
      { client, authority, caFile, tls: 'required', limit: 2_000 },
      {
        seed: 1,
        jobs: 4,
        claims: CLIENT_CLAIMS,
        wanted: [],
        scenarios: 40,
        examples: [silentOne],
        silence: true,
      },
    );
    // The first of them is played before anything is looked into: only its fresh run would begin beside it.
    expect(seen[0]).toBeGreaterThan(4);
  });

  test('while something is looked into nothing new is begun, so that a slow client comes to its end', async () => {
    const faulty = clientNamed('reference:keeps-size');
    let later = 0;
    const client: Client = {
      ...faulty,
      launch: (order, signal) => {
        if (order.errand.login && order.errand.letter === 'utf8-sender') later++;
        return faulty.launch(order, signal);
      },
    };
    const size = { kind: 'size', limit: null } as const;
    const kept: Script = { errand: {}, before: [size], upgrade: CLEAN, after: [] };
    const next: Script = { ...kept, errand: { login: true, letter: 'utf8-sender' } };
    const begun: number[] = [];
    await checkClient(
      { client, authority, caFile, tls: 'required', limit: 5_000 },
      {
        seed: 1,
        jobs: 1,
        claims: CLIENT_CLAIMS,
        wanted: [],
        scenarios: 24,
        examples: [...Array<Script>(8).fill(kept), ...Array<Script>(16).fill(next)],
        silence: false,
        onFinding: () => void begun.push(later),
      },
    );
    // One script was under way, with its fresh run and that once more.
    expect(begun[0]).toBeLessThanOrEqual(3);
  });

  test('a client that has become slow is looked at once more, but not for long', async () => {
    const sound = clientNamed('reference');
    const began = performance.now();
    // Enough to get to know it, however slow the machine is.
    let prompt = 16;
    const client: Client = {
      ...sound,
      launch: async (order, signal) => {
        if (prompt-- > 0) return sound.launch(order, signal);
        await setTimeout(20_000, undefined, signal === undefined ? {} : { signal }).catch(() => {});
        return { kind: 'late', waited: 20_000, output: '' };
      },
    };
    const { verdict, reason } = await checkClient(
      { client, authority, caFile, tls: 'required', limit: 20_000 },
      { seed: 1, jobs: 4, claims: CLIENT_CLAIMS, wanted: [], time: 5_000, silence: false },
    );
    expect(verdict).toBe('inconclusive');
    expect(reason).toBe('at the end there was no time to see that the client still hands over a message');
    expect(performance.now() - began).toBeLessThan(8_000);
  });

  test('for how many of the scripts that go first there was no time is told', async () => {
    const plain: Script = { errand: {}, before: [], upgrade: CLEAN, after: [] };
    const options = { seed: 1, jobs: 4, claims: CLIENT_CLAIMS, wanted: [], silence: true };
    const stage = {
      client: clientNamed('reference'),
      authority,
      caFile,
      tls: 'required',
      limit: 10_000,
    } as const;
    const notes = async (scenarios: number) =>
      (await checkClient(stage, { ...options, scenarios, examples: [plain, plain, plain] })).notes;
    expect(await notes(1)).toEqual([
      {
        kind: 'skipped',
        text: 'of the scripts that go before random ones 2 were not played: give it more time',
      },
    ]);
    expect(await notes(3)).toEqual([]);
  });

  test('and where there was none for more than a few of them, nobody is said to hold', async () => {
    const sound = clientNamed('reference');
    const slow: Client = {
      ...sound,
      launch: async (order, signal) => {
        await setTimeout(300);
        return sound.launch(order, signal);
      },
    };
    const { verdict, reason } = await checkClient(
      { client: slow, authority, caFile, tls: 'required', limit: 10_000 },
      {
        seed: 1,
        jobs: 2,
        claims: CLIENT_CLAIMS,
        wanted: [],
        time: 12_000,
        examples: Array<Script>(1_000).fill({ errand: {}, before: [], upgrade: CLEAN, after: [] }),
        silence: false,
      },
    );
    expect(verdict).toBe('inconclusive');
    expect(reason).toMatch(/^of the scripts that go before random ones \d+ were not played/);
  });

  test('one that was begun and cut short was not played', async () => {
    const sound = clientNamed('reference');
    const enough = new AbortController();
    let runs = 0;
    // The second round, of sixteen, is begun, and nobody comes to its end.
    const halting: Client = {
      ...sound,
      launch: async (order, signal) => {
        if (++runs > 20) enough.abort();
        return sound.launch(order, signal);
      },
    };
    const plain = (): Script => ({ errand: {}, before: [], upgrade: CLEAN, after: [] });
    const { notes, stats } = await checkClient(
      { client: halting, authority, caFile, tls: 'required', limit: 10_000 },
      {
        seed: 1,
        jobs: 8,
        claims: CLIENT_CLAIMS,
        wanted: [],
        examples: Array.from({ length: 24 }, plain),
        silence: false,
        signal: enough.signal,
      },
    );
    expect(stats.scenarios).toBeGreaterThanOrEqual(8);
    expect(stats.scenarios).toBeLessThan(24);
    expect(notes).toContainEqual({
      kind: 'skipped',
      text: `of the scripts that go before random ones ${24 - stats.scenarios} were not played: give it more time`,
    });
  });

  test('a client that does not come to an end is stopped when time is up', async () => {
    let stopped = 0;
    const client: Client = {
      ...clientNamed('reference'),
      launch: (_, signal) =>
        new Promise(resolve =>
          signal?.addEventListener('abort', () => {
            stopped++;
            resolve({ kind: 'late', waited: 0, output: '' });
          }),
        ),
    };
    const { verdict, reason } = await checkClient(
      { client, authority, caFile, tls: 'required', limit: 3_600_000 },
      { seed: 1, jobs: 8, claims: CLIENT_CLAIMS, wanted: [], time: 1_000, silence: false },
    );
    expect(stopped).toBe(1);
    expect(verdict).toBe('inconclusive');
    expect(reason).toBe('the run was over before the client had come to an end');
  });
});
