/**
 * Connections a second that afresh makes against a server, beside what a bare loop makes of the same bytes.
 *
 *     node bench/loop/main.ts [--scenarios N] [--seed S] [NAME…]
 *
 * Scenarios are drawn and played once, and written to a file with the bytes that were sent (`scenarios.ts`). From this
 * file both read: the bare loop (`bare.ts`) plays the used and the fresh run of each and only reads; afresh plays the same
 * two and does what `check` does with a pair: transcript, observation, comparison, claims. Only mail is not waited for:
 * how long a server's queue takes is no matter of connections. They take turns of `SLICE` scenarios, with 1 and with 8
 * connections in flight, so that what the machine does meanwhile falls on both. Loop, afresh and server are processes of
 * their own. Rates vary with the machine; the quotient is what counts (0.8 and more).
 */

import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CLAIMS } from '../../properties/index.ts';
import { Experiment, type ExperimentOptions } from '../../src/experiment.ts';
import { type Probed, probe } from '../../src/probe.ts';
import { unsupportedKinds } from '../../src/search.ts';
import { LAB_SERVERS } from '../../src/targets/lab/servers.ts';
import { targetOf } from '../../src/targets/registry.ts';
import type { RunningTarget } from '../../src/targets/target.ts';
import type { Order } from './bare.ts';
import { type Recorded, record } from './scenarios.ts';

const IN_FLIGHT = [1, 8];
/** Scenarios that one side plays before it is the other's turn: so many that the last ones, with fewer in flight, count for little. */
const SLICE = 50;
const RESULTS = 'results';
const REFERENCE = 'reference+tls';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { scenarios: { type: 'string', default: '500' }, seed: { type: 'string', default: '1' } },
});
const names =
  positionals.length > 0
    ? positionals
    : [REFERENCE, 'smtp-server', 'haraka', ...LAB_SERVERS.map(({ name }) => name)];

process.stdout.write('target          in flight   bare loop     afresh  quotient\n');
for (const name of names) {
  const target = await (name === REFERENCE ? served() : targetOf(name).start());
  try {
    await measure(name, target);
  } finally {
    await target.stop();
  }
}

/** The reference server in a process of its own. */
async function served(): Promise<RunningTarget> {
  const server = spawn(process.execPath, ['src/cli/main.ts', 'serve', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(server.stdout, 'data')) as [Buffer];
  const address = /smtp:\/\/\S+:\d+/.exec(line.toString())?.[0] ?? '';
  const login = { user: 'tester', password: 'secret' };
  const target = await targetOf(address, { login, recipient: '*@lab.example' }).start();
  return {
    ...target,
    stop: async () => {
      server.kill();
      await once(server, 'exit');
    },
  };
}

async function measure(name: string, target: RunningTarget): Promise<void> {
  const port = /:(\d+)$/.exec(target.address)?.[1];
  if (port === undefined) {
    process.stdout.write(`${name}: skipped: it has no port\n`);
    return;
  }
  const probed = await probe(target);
  const file = await recorded(name, probed);
  const recordings = JSON.parse(readFileSync(file, 'utf8')) as readonly Recorded[];
  const bare = fork(new URL('bare.ts', import.meta.url), [port, file]);
  for (const inFlight of IN_FLIGHT) {
    const experiment = experimentWith(probed, inFlight);
    const spent = { bare: 0, afresh: 0 };
    for (let first = 0; first < recordings.length; first += SLICE) {
      const order = { first, end: first + SLICE, inFlight };
      const sides = [
        async () => {
          spent.bare += await barely(bare, order);
        },
        async () => {
          spent.afresh += await examined(experiment, recordings, order);
        },
      ];
      // Whoever comes first finds the server rested.
      for (const side of (first / SLICE) % 2 === 0 ? sides : sides.reverse()) await side();
    }
    const rate = (milliseconds: number): string =>
      `${((2 * 1_000 * recordings.length) / milliseconds).toFixed(0)}/s`;
    const quotient = (spent.bare / spent.afresh).toFixed(2);
    process.stdout.write(
      `${name.padEnd(15)} ${String(inFlight).padStart(9)} ${rate(spent.bare).padStart(11)} ${rate(spent.afresh).padStart(10)} ${quotient.padStart(9)}\n`,
    );
  }
  bare.kill();
}

/** Milliseconds that the bare loop takes. */
async function barely(bare: ChildProcess, order: Order): Promise<number> {
  bare.send(order);
  const [milliseconds] = (await once(bare, 'message')) as [number];
  return milliseconds;
}

/** Milliseconds that afresh takes for the same connections; the experiment sees to how many there are at once. */
async function examined(
  experiment: Experiment,
  recordings: readonly Recorded[],
  { first, end }: Order,
): Promise<number> {
  const start = performance.now();
  await Promise.all(recordings.slice(first, end).map(({ scenario }) => experiment.examineAnew(scenario)));
  return performance.now() - start;
}

function experimentWith(probed: Probed, jobs: number): Experiment {
  const { baseline } = probed;
  if (baseline === undefined) throw new Error('the server takes no STARTTLS');
  const { mailbox: _, ...stage } = probed.stage;
  return new Experiment({ ...probed, stage, baseline, jobs, claims: CLAIMS } satisfies ExperimentOptions);
}

/** The file of scenarios for one server, which decides what is refused, and so what is sent. */
async function recorded(name: string, probed: Probed): Promise<string> {
  const file = `${RESULTS}/loop-${name}.json`;
  mkdirSync(RESULTS, { recursive: true });
  const experiment = experimentWith(probed, Math.max(...IN_FLIGHT));
  const drawn = { seed: Number(values.seed), count: Number(values.scenarios) };
  writeFileSync(file, JSON.stringify(await record(experiment, unsupportedKinds(probed), drawn)));
  return file;
}
