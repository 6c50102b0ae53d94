/** A campaign on a queue: a real Redis, workers that are killed, and a Redis that is started again in the middle. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue, Worker } from 'bullmq';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { afresh, events, type Finished, fingerprints, finished, unitsDone } from './command.ts';
import { report } from './reports.ts';

const missing = spawnSync('redis-server', ['--version']).error === undefined ? '' : 'redis-server is missing';
const TARGETS = ['reference:keeps-login', 'reference:keeps-greeting'];
const FLAGS = ['--scenarios', '1200'];

let folder = '';
let url = '';
const started: ChildProcess[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'queue-'));
  url = `redis://127.0.0.1:${await freePort()}`;
});
afterEach(async () => {
  for (const child of started.splice(0)) await killed(child);
  rmSync(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** A Redis that writes down all that it is told before it answers; resolves when it takes connections. */
async function redis(): Promise<ChildProcess> {
  const persistence = ['--dir', folder, '--appendonly', 'yes', '--appendfsync', 'always'];
  const { port } = new URL(url);
  const child = spawn('redis-server', ['--bind', '127.0.0.1', '--port', port, ...persistence]);
  started.push(child);
  await said(child, /Ready to accept connections/);
  return child;
}

/** Resolves when a process says something; rejects when it ends without having said it. */
function said(child: ChildProcess, what: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        if (what.test(text)) resolve();
      });
    child.once('close', () => reject(new Error(`ended without saying ${what}: ${text}`)));
  });
}

function worker(): ChildProcess {
  const child = afresh('worker', '--queue', url, '--workers', '1');
  started.push(child);
  return child;
}

function campaign(name: string, ...flags: readonly string[]): Promise<Finished> {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ targets: TARGETS, seed: 3, corpus: `${name}-corpus`, results: name }));
  const child = afresh('campaign', file, ...FLAGS, ...flags);
  started.push(child);
  return finished(child);
}

describe.skipIf(missing !== '')(`two workers on a queue${missing && `: ${missing}`}`, () => {
  test('one killed, Redis killed and started again: they find what one process finds, each unit counted once', async () => {
    const alone = await campaign('alone', '--workers', '1');
    const first = await redis();
    const [lost, other] = [worker(), worker()];
    const together = campaign('together', '--queue', url);
    // The one that has taken a unit and not yet done it.
    const victim = await Promise.race([lost, other].map(child => said(child, /taken/).then(() => child)));
    await Promise.all([killed(victim), killed(first)]);
    await redis();
    expect((await together).code).toBe(alone.code);
    expect(fingerprints(join(folder, 'together'))).toEqual(fingerprints(join(folder, 'alone')));
    expect(fingerprints(join(folder, 'together')).length).toBeGreaterThanOrEqual(2);
    const done = unitsDone(join(folder, 'together'));
    expect([...done].sort()).toEqual([...unitsDone(join(folder, 'alone'))].sort());
    expect(new Set(done).size).toBe(done.length);
  }, 240_000);

  test('a campaign says that there is no worker yet; killed, it goes on with what its workers have done meanwhile', async () => {
    await redis();
    const file = join(folder, 'c.json');
    writeFileSync(file, JSON.stringify({ targets: TARGETS, seed: 3 }));
    const first = afresh('campaign', file, ...FLAGS, '--queue', url);
    started.push(first);
    await said(first, /no worker is at the queue yet/);
    const one = worker();
    await said(one, /done/);
    await killed(first);
    const second = await finished(afresh('campaign', file, ...FLAGS, '--queue', url));
    expect(second.text).toMatch(/going on with run/);
    const results = join(folder, 'results');
    const runs = events(results).flatMap(event => (event.kind === 'begun' ? [event.run] : []));
    expect(runs).toHaveLength(1);
    expect(new Set(unitsDone(results)).size).toBe(4);
    expect(unitsDone(results)).toHaveLength(4);
  }, 240_000);

  test('a worker speaks to no host that it was not told it may', async () => {
    await redis();
    worker();
    const file = join(folder, 'far.json');
    const target = { name: 'far', target: 'smtp://mail.example.com', authorised: 'mail.example.com' };
    writeFileSync(file, JSON.stringify({ targets: [target] }));
    const { code, text } = await finished(afresh('campaign', file, ...FLAGS, '--queue', url));
    expect(code).toBe(3);
    expect(text).toMatch(/not started with --authorised mail\.example\.com/);
  }, 60_000);
});

describe.skipIf(missing !== '')(`a Redis that anybody may write to${missing && `: ${missing}`}`, () => {
  /** Lines that no worker of ours writes. */
  const STRANGE = [
    '{',
    'null',
    '{"kind":"finding","finding":{"fingerprint":"\\u001b[2J"}}',
    '{"kind":"progress"}',
  ];

  test.each([
    ['no result', { verdict: 'holds' }, /not a result of afresh/],
    ['an empty list', [], /a result of another target/],
    ['a result of another target', report(), /a result of another target/],
  ])('%s in place of a report is told, and judges nothing', async (_, answer, reason) => {
    await redis();
    const strange = new Worker(
      'afresh-units',
      async job => {
        for (const line of STRANGE) await job.log(line);
        return answer;
      },
      { connection: { url, maxRetriesPerRequest: null } },
    );
    const { code, text } = await campaign('strange', '--queue', url);
    await strange.close(true);
    expect(text).not.toContain('fault of afresh');
    expect(text).toMatch(reason);
    expect(code).toBe(3);
  });

  test('a worker takes no job for a unit that is none, and goes on', async () => {
    await redis();
    const queue = new Queue('afresh-units', { connection: { url, maxRetriesPerRequest: null } });
    for (const data of [null, 7, { run: '../../x' }]) await queue.add('\u001b[2J', data);
    worker();
    const { code } = await campaign('among', '--queue', url);
    await queue.close();
    expect(code).toBe(1);
  });

  test('its memory may be full for a while', async () => {
    await redis();
    const memory = (most: string) => spawnSync('redis-cli', ['-u', url, 'CONFIG', 'SET', 'maxmemory', most]);
    memory('1');
    const file = join(folder, 'full.json');
    writeFileSync(file, JSON.stringify({ targets: TARGETS, corpus: 'full-corpus', results: 'full' }));
    const child = afresh('campaign', file, '--scenarios', '60', '--queue', url);
    started.push(child);
    const ended = finished(child);
    await said(child, /the queue cannot be used \(OOM .*; waiting for it/);
    memory('0');
    worker();
    expect((await ended).code).toBe(1);
  });

  test('what it says when it turns a password away is told', async () => {
    await redis();
    const { port } = new URL(url);
    const { code, text } = await campaign('who', '--queue', `redis://me:secret@127.0.0.1:${port}`);
    expect(text).toMatch(
      /no Redis answers there \(WRONGPASS .*is it running, and are the address and the password/,
    );
    expect(text).not.toContain('secret');
    expect(code).toBe(2);
  });
});

test.each(['redis://127.0.0.1:99999', 'redis://[::1', 'redis://127.0.0.1/abc'])(
  '%s is no address of a Redis',
  async address => {
    const { code, text } = await campaign('nowhere', '--queue', address);
    expect(text).toMatch(/^afresh: .*Say the address of a Redis, such as.*\n$/);
    expect(code).toBe(2);
  },
);

test('without a Redis, one line says so', async () => {
  const { code, text } = await finished(afresh('worker', '--queue', url));
  expect(code).toBe(2);
  expect(text).toMatch(
    /^afresh: redis:\/\/127\.0\.0\.1:\d+: no Redis answers there \(connect ECONNREFUSED .*; is it running.*\n$/,
  );
}, 30_000);
