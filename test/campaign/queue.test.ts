/** A campaign on a queue: a real Redis, workers that are killed, and a Redis that is started again in the middle. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { afresh, events, type Finished, fingerprints, finished, unitsDone } from './command.ts';

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

test('without a Redis, one line says so', async () => {
  const { code, text } = await finished(afresh('worker', '--queue', url));
  expect(code).toBe(2);
  expect(text).toMatch(/^afresh: redis:\/\/127\.0\.0\.1:\d+: no Redis answers there; is it running.*\n$/);
}, 30_000);
