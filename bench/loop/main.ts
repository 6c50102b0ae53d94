/**
 * Connections a second that afresh makes against a server, beside what a bare loop makes of the same bytes.
 *
 *     node bench/loop/main.ts [--scenarios N] [--seed S] [NAME…]
 *
 * Scenarios are drawn and played once, and written to a file with the bytes that were sent (`scenarios.ts`). From this
 * file both read: the bare loop (`bare.ts`) plays the used and the fresh run of each and only reads; afresh plays the same
 * two and does all that `check` does with a pair: transcript, deliveries, observation, comparison, claims. They take turns
 * of `SLICE` scenarios, with 1 and with 8 connections in flight, so that what the machine does meanwhile falls on both.
 * Rates vary with the machine; the quotient is what counts (0.8 and more).
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CLAIMS } from '../../properties/index.ts';
import { Experiment, type ExperimentOptions } from '../../src/experiment.ts';
import { type Probed, probe } from '../../src/probe.ts';
import { unsupportedKinds } from '../../src/search.ts';
import { LAB_SERVERS } from '../../src/targets/lab/servers.ts';
import { targetOf } from '../../src/targets/registry.ts';
import type { RunningTarget } from '../../src/targets/target.ts';
import { play } from './bare.ts';
import { type Recorded, record } from './scenarios.ts';

const IN_FLIGHT = [1, 8];
/** Scenarios that one side plays before it is the other's turn. */
const SLICE = 25;
const RESULTS = 'results';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { scenarios: { type: 'string', default: '500' }, seed: { type: 'string', default: '1' } },
});
const names =
  positionals.length > 0
    ? positionals
    : ['reference+tls', 'smtp-server', 'haraka', ...LAB_SERVERS.map(({ name }) => name)];

process.stdout.write('target          in flight   bare loop     afresh  quotient\n');
for (const name of names) {
  const target = await targetOf(name).start();
  try {
    await measure(name, target);
  } finally {
    await target.stop();
  }
}

async function measure(name: string, target: RunningTarget): Promise<void> {
  const port = Number(/:(\d+)$/.exec(target.address)?.[1]);
  if (Number.isNaN(port)) return void process.stdout.write(`${name}: skipped: it has no port\n`);
  const probed = await probe(target);
  const file = await recorded(name, probed);
  for (const inFlight of IN_FLIGHT) {
    const recordings = JSON.parse(readFileSync(file, 'utf8')) as readonly Recorded[];
    const experiment = experimentWith(probed, inFlight);
    const scripts = (slice: readonly Recorded[]) => slice.flatMap(one => one.scripts);
    const spent = { bare: 0, afresh: 0 };
    for (let first = 0; first < recordings.length; first += SLICE) {
      const slice = recordings.slice(first, first + SLICE);
      const sides = [
        async () => {
          spent.bare += await timed(inFlight, scripts(slice), script => play(port, script));
        },
        async () => {
          spent.afresh += await timed(inFlight, slice, ({ scenario }) => experiment.examineAnew(scenario));
        },
      ];
      // Whoever comes first finds the server rested.
      for (const side of (first / SLICE) % 2 === 0 ? sides : sides.reverse()) await side();
    }
    const rate = (milliseconds: number): number => (2 * 1_000 * recordings.length) / milliseconds;
    const cells = [
      name.padEnd(15),
      String(inFlight).padStart(9),
      `${rate(spent.bare).toFixed(0)}/s`.padStart(11),
      `${rate(spent.afresh).toFixed(0)}/s`.padStart(10),
      (spent.bare / spent.afresh).toFixed(2).padStart(9),
    ];
    process.stdout.write(`${cells.join(' ')}\n`);
  }
}

function experimentWith(probed: Probed, jobs: number): Experiment {
  const { baseline } = probed;
  if (baseline === undefined) throw new Error('the server takes no STARTTLS');
  return new Experiment({ ...probed, baseline, jobs, claims: CLAIMS } satisfies ExperimentOptions);
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

/** Milliseconds that the work took, with so many pieces under way at once. */
async function timed<T>(
  inFlight: number,
  pieces: readonly T[],
  work: (piece: T) => Promise<unknown>,
): Promise<number> {
  const start = performance.now();
  const queue = pieces.values();
  const worker = async (): Promise<void> => {
    for (const piece of queue) await work(piece);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return performance.now() - start;
}
