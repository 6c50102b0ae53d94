/** Worker processes that are lost or hang: what becomes of the process, and of its unit. */

import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { workerProcesses } from '../../src/campaign/processes.ts';
import { newUnit } from './units.ts';

/** The processes below this one that perform units. */
function workers(): readonly number[] {
  const all = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' });
  return all.split('\n').flatMap(line => {
    const [, pid, parent, command = ''] = /^ *(\d+) +(\d+) (.*)$/.exec(line) ?? [];
    return Number(parent) === process.pid && command.includes('worker-process') ? [Number(pid)] : [];
  });
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Longer than a worker takes to start on a busy machine. */
const SILENCE = 8_000;
const LONG = { scenarios: 1_000_000 } as const;

test('a worker that hangs is killed, and its unit is performed by another', async () => {
  const workforce = workerProcesses(1, { silence: SILENCE });
  onTestFinished(() => workforce.close());
  const stop = new AbortController();
  let hung: number | undefined;
  const report = await workforce.perform(newUnit('t.explore.0', LONG), {
    signal: stop.signal,
    onProgress() {
      const [pid] = workers();
      if (pid === undefined) return;
      if (hung === undefined) process.kill(pid, 'SIGSTOP');
      else if (pid !== hung) stop.abort();
      hung ??= pid;
    },
  });
  expect(hung).toBeDefined();
  expect(isRunning(hung as number)).toBe(false);
  expect(report?.stats.scenarios).toBeGreaterThan(0);
}, 60_000);

test('a unit that hangs every worker is reported as not performed, with the reason', async () => {
  const workforce = workerProcesses(1, { silence: SILENCE });
  onTestFinished(() => workforce.close());
  const report = await workforce.perform(newUnit('t.explore.0', LONG), {
    onProgress() {
      for (const pid of workers()) process.kill(pid, 'SIGSTOP');
    },
  });
  expect(report).toMatchObject({
    verdict: 'inconclusive',
    reason: 'the worker process ended 2 times (it fell silent)',
  });
}, 60_000);

test('a worker that is alive and gets no further is killed, too', async () => {
  const workforce = workerProcesses(1, { standstill: 1 });
  onTestFinished(() => workforce.close());
  const report = await workforce.perform(newUnit('t.explore.0', LONG), {});
  expect(report?.reason).toBe('the worker process ended 2 times (its unit got no further)');
  expect(workers()).toEqual([]);
});

test('a worker that is old is replaced when its unit is done, and not before', async () => {
  const workforce = workerProcesses(1, { lifetime: 1 });
  onTestFinished(() => workforce.close());
  const seen: (readonly number[])[] = [];
  for (const unit of ['t.explore.0', 't.explore.1']) {
    const report = await workforce.perform(newUnit(unit, { scenarios: 20 }), {
      onProgress: () => void seen.push(workers()),
    });
    expect(report?.stats.scenarios).toBe(20);
    expect(workers()).toEqual([]);
  }
  expect(new Set(seen.flat()).size).toBe(2);
});

test('a worker that is not performs one unit after the other', async () => {
  const workforce = workerProcesses(1);
  onTestFinished(() => workforce.close());
  await workforce.perform(newUnit('t.explore.0', { scenarios: 20 }), {});
  const [first] = workers();
  await workforce.perform(newUnit('t.explore.1', { scenarios: 20 }), {});
  expect(workers()).toEqual([first]);
});

test('a worker whose campaign is killed ends without a word, though it has something to tell', () => {
  const script = fileURLToPath(new URL('../../src/campaign/worker-process.ts', import.meta.url));
  const order = { kind: 'perform', unit: newUnit('t.explore.0', LONG) };
  // It is stopped until it is late to say that it is alive, which it does before it hears that nobody listens.
  const campaign = `
    const { fork, spawn } = require('node:child_process');
    const worker = fork(${JSON.stringify(script)}, { serialization: 'advanced' });
    worker.send(${JSON.stringify(order)});
    worker.once('message', () => {
      process.kill(worker.pid, 'SIGSTOP');
      spawn('sh', ['-c', 'sleep 3; kill -CONT ' + worker.pid], { detached: true, stdio: 'ignore' });
      process.kill(process.pid, 'SIGKILL');
    });`;
  const { signal, stderr } = spawnSync(process.execPath, ['-e', campaign], { encoding: 'utf8' });
  expect({ signal, stderr }).toEqual({ signal: 'SIGKILL', stderr: '' });
});
