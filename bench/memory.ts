/**
 * Memory of a campaign, however long it runs: an hour on three targets unless said.
 *
 *     node bench/memory.ts [TIME]
 *
 * What the campaign and its workers hold in memory (RSS, as `ps` tells it) is looked at every ten seconds; the servers that
 * they start are other people's, and not counted. Compared are the medians of the second minute and of the last five, and
 * the most that was seen from the second minute on. A campaign with workers for all targets has seen all of them by then.
 */

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const TARGETS = ['smtp-server', 'haraka', 'reference'];
const INTERVAL = 10_000;
const MINUTE = 60_000;
const MIB = 1_024;

interface Sample {
  /** Milliseconds since the beginning. */
  readonly at: number;
  /** MiB. */
  readonly campaign: number;
  readonly workers: number;
}

function sample(campaign: number, at: number): Sample {
  const processes = execFileSync('ps', ['-eo', 'pid=,ppid=,rss=,args='], { encoding: 'utf8' })
    .split('\n')
    .map(line => /^ *(\d+) +(\d+) +(\d+) (.*)$/.exec(line)?.slice(1) ?? []);
  const held = (isOurs: (pid: number, parent: number, command: string) => boolean): number =>
    processes
      .filter(([pid, parent, , command = '']) => isOurs(Number(pid), Number(parent), command))
      .reduce((sum, [, , rss]) => sum + Number(rss) / MIB, 0);
  return {
    at,
    campaign: held(pid => pid === campaign),
    workers: held((_, parent, command) => parent === campaign && command.includes('worker-process')),
  };
}

function median(samples: readonly Sample[], what: 'campaign' | 'workers'): number {
  const values = samples.map(one => one[what]).sort((a, b) => a - b);
  return values[values.length >> 1] ?? Number.NaN;
}

const [time = '1h'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'bench-memory-'));
const file = join(folder, 'campaign.json');
writeFileSync(file, JSON.stringify({ targets: TARGETS, workers: TARGETS.length, jobs: 2, seed: 7 }));
const began = performance.now();
const child = spawn(process.execPath, [MAIN, 'campaign', file, '--time', time], { stdio: 'ignore' });
const samples: Sample[] = [];
const timer = setInterval(() => {
  samples.push(sample(child.pid ?? 0, performance.now() - began));
}, INTERVAL);
child.on('close', () => {
  clearInterval(timer);
  rmSync(folder, { recursive: true, force: true });
  const end = samples.at(-1)?.at ?? 0;
  const early = samples.filter(({ at }) => at >= MINUTE && at < 2 * MINUTE);
  const late = samples.filter(({ at }) => at > end - 5 * MINUTE);
  for (const what of ['campaign', 'workers'] as const) {
    const [from, to] = [median(early, what), median(late, what)];
    const most = Math.max(...samples.filter(({ at }) => at >= MINUTE).map(one => one[what]));
    process.stdout.write(
      `${what}: ${from.toFixed(0)} MiB in the second minute, ${to.toFixed(0)} MiB in the last five: ${(to - from).toFixed(0)} more; never more than ${most.toFixed(0)}\n`,
    );
  }
});
