/**
 * What a second worker brings, and what is left of a campaign that is killed again and again.
 *
 *     node bench/campaign.ts waiting   one worker process against two, and one worker on a queue against two
 *     node bench/campaign.ts cores     the same where work is all there is
 *     node bench/campaign.ts kills [TARGET…]   kill -9 at 20 random moments, beside a run that is left alone
 *
 * The slow target answers each command after 100 ms, so that waiting can be shared out. The one in memory keeps a core
 * busy: counted is processor time, so that whatever else the machine does takes nothing away. The queue needs redis-server.
 */

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SOUND } from '../src/targets/reference/behaviour.ts';
import { listen } from '../src/targets/reference/listener.ts';

const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const REDIS = { port: '17379', url: 'redis://127.0.0.1:17379' } as const;
const DELAY = 100;
const KILLS = 20;
/** Milliseconds in which a campaign is read, begun, or gone on with. */
const START = 1_000;

const folder = mkdtempSync(join(tmpdir(), 'bench-campaign-'));
const say = (text: string): void => void process.stdout.write(`${text}\n`);

function afresh(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], { stdio: 'ignore' });
}

/** The file of a campaign; two of the same target make two pieces of work. */
function written(name: string, targets: readonly string[]): string {
  const file = join(folder, `${name}.json`);
  const named = targets.map((target, index) => ({
    name: `${target} ${index}`.replace(/[^a-z0-9]+/g, '-'),
    target,
  }));
  const folders = { corpus: `${name}-corpus`, results: `${name}-results` };
  writeFileSync(file, JSON.stringify({ targets: named, seed: 1, ...folders }));
  return file;
}

/** Seconds that a campaign took, from its own account. */
async function timed(name: string, targets: readonly string[], ...flags: readonly string[]): Promise<number> {
  await once(afresh('campaign', written(name, targets), ...flags), 'close');
  const runs = join(folder, `${name}-results`, 'runs');
  const [run = ''] = readdirSync(runs);
  return (JSON.parse(readFileSync(join(runs, run, 'campaign.json'), 'utf8')) as { seconds: number }).seconds;
}

/** Seconds of processor time that the busiest worker of a campaign took, as last seen before its end. */
async function processed(
  name: string,
  targets: readonly string[],
  ...flags: readonly string[]
): Promise<number> {
  const child = afresh('campaign', written(name, targets), ...flags);
  let most = 0;
  const timer = setInterval(() => {
    const processes = execFileSync('ps', ['-eo', 'ppid=,cputimes='], { encoding: 'utf8' }).split('\n');
    for (const line of processes) {
      const [parent, seconds = 0] = line.trim().split(/ +/).map(Number);
      if (parent === child.pid) most = Math.max(most, seconds);
    }
  }, 250);
  await once(child, 'close');
  clearInterval(timer);
  return most;
}

function compared(what: string, one: number, two: number): void {
  say(`${what}: one ${one.toFixed(1)} s, two ${two.toFixed(1)} s: ${(one / two).toFixed(2)} times as fast`);
}

const workers = (count: number): readonly string[] => ['--workers', String(count)];

async function waiting(): Promise<void> {
  const slow = await listen({ behaviour: { ...SOUND, delay: () => DELAY } }, { host: '127.0.0.1', port: 0 });
  const twice = [slow.address, slow.address];
  const flags = ['--scenarios', '60', '--jobs', '4'];
  compared(
    'worker processes, slow target',
    await timed('slow-1', twice, ...flags, ...workers(1)),
    await timed('slow-2', twice, ...flags, ...workers(2)),
  );
  if (spawnSync('redis-server', ['--version']).error === undefined) {
    const redis = spawn('redis-server', ['--bind', '127.0.0.1', '--port', REDIS.port, '--save', ''], {
      stdio: 'ignore',
    });
    const hands = [afresh('worker', '--queue', REDIS.url, '--workers', '1')];
    const one = await timed('queue-1', twice, ...flags, '--queue', REDIS.url);
    hands.push(afresh('worker', '--queue', REDIS.url, '--workers', '1'));
    const two = await timed('queue-2', twice, ...flags, '--queue', REDIS.url);
    compared('workers on a queue, slow target', one, two);
    for (const child of [...hands, redis]) child.kill();
  } else say('workers on a queue: redis-server is missing');
  await slow.stop();
}

async function cores(): Promise<void> {
  const flags = ['--scenarios', '24000'];
  compared(
    'processor time of the busiest worker, target in memory',
    await processed('memory-1', ['reference', 'reference'], ...flags, ...workers(1)),
    await processed('memory-2', ['reference', 'reference'], ...flags, ...workers(2)),
  );
}

const FAULTY = ['reference:keeps-login', 'reference:keeps-greeting', 'reference:keeps-sender', 'reference'];

async function kills(targets: readonly string[]): Promise<void> {
  const flags = ['--scenarios', '3000', '--workers', '2'];
  const seconds = await timed('alone', targets, ...flags);
  const file = written('killed', targets);
  for (let kill = 1; kill <= KILLS; kill++) {
    const child = afresh('campaign', file, ...flags);
    await sleep((2 * START + (2_000 * seconds) / KILLS) * Math.random());
    child.kill('SIGKILL');
    if (child.exitCode !== null) say(`it had ended before kill ${kill}`);
    whole('killed');
  }
  await timed('killed', targets, ...flags);
  const [alone, killed] = [fingerprints('alone'), fingerprints('killed')];
  const apart = [
    ...alone.filter(name => !killed.includes(name)).map(name => `${name}: only where it is left alone`),
    ...killed.filter(name => !alone.includes(name)).map(name => `${name}: only where it is killed`),
  ];
  say(`${KILLS} kills of a campaign of ${seconds.toFixed(0)} s: ${apart.length} fingerprints apart`);
  for (const line of [...apart, ...alone.filter(name => killed.includes(name))]) say(`  ${line}`);
}

/** The files of a folder and below, each read as JSON: that fails if one is cut off. */
function files(name: string): readonly (readonly [string, unknown])[] {
  if (!existsSync(join(folder, name))) return [];
  return readdirSync(join(folder, name), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.json'))
    .map(entry => [entry.name, JSON.parse(readFileSync(join(entry.parentPath, entry.name), 'utf8'))]);
}

/** Of the journal only the last line may be cut off: what stands before it is read at the next start, or refused. */
function whole(name: string): void {
  for (const part of ['corpus', 'results']) files(`${name}-${part}`);
}

function fingerprints(name: string): readonly string[] {
  return files(`${name}-results`)
    .flatMap(([file, report]) => {
      const { findings = [] } = report as { readonly findings?: readonly { readonly fingerprint: string }[] };
      return findings.map(({ fingerprint }) => `${file} ${fingerprint}`);
    })
    .sort();
}

try {
  const [mode = '', ...targets] = process.argv.slice(2);
  const modes = { waiting, cores, kills: () => kills(targets.length > 0 ? targets : FAULTY) };
  await modes[mode as keyof typeof modes]();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
