/** One fault, measured: afresh, the three baselines, and the true minimum beside what afresh made of it. */

import type { Fault } from '../../src/targets/reference/faults/fault.ts';
import { listen } from '../../src/targets/reference/listener.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';
import { searchByCommands } from './commands.ts';
import { type Minimum, minimum } from './minimum.ts';
import { fixedProbeFinds } from './probe.ts';
import { type Searched, search } from './search.ts';

export interface Measuring {
  readonly seeds: readonly number[];
  /** Connections that each search may take. */
  readonly budget: number;
  /** Scenarios that the search for the true minimum may examine. */
  readonly examined: number;
}

/** The searches of one kind, one for each seed. */
export interface Searches {
  readonly found: number;
  readonly of: number;
  /** A search that found nothing counts with its whole budget. */
  readonly medianConnections: number;
  readonly medianSeconds: number;
}

export interface Row {
  readonly fault: Fault;
  readonly guided: Searches;
  /** Steps of the scenarios that afresh reports, of the searches that found it. */
  readonly steps: readonly number[];
  readonly minimum: Minimum;
  readonly unguided: Searches;
  readonly commands: Searches;
  readonly fixedProbe: boolean;
}

export async function measure(fault: Fault, measuring: Measuring): Promise<Row> {
  const { seeds, budget, examined } = measuring;
  const target = (): ReturnType<typeof referenceInMemory> => referenceInMemory(fault.options);
  const guided = await all(seeds, seed => search(target(), { seed, budget }));
  const unguided = await all(seeds, seed => search(target(), { seed, budget, unguided: true }));
  const commands = await all(seeds, seed => searchByCommands(target(), { seed, budget }));
  return {
    fault,
    guided: summed(guided, budget),
    steps: guided.flatMap(one =>
      one.kind === 'found' && one.finding !== undefined ? [one.finding.steps] : [],
    ),
    minimum: await minimum(fault, examined),
    unguided: summed(unguided, budget),
    commands: summed(commands, budget),
    fixedProbe: await fixedProbeFinds(target()),
  };
}

export interface TlsRow {
  readonly fault: Fault;
  readonly searches: Searches;
}

/** The same fault over real TCP and TLS on loopback, eight connections in flight. */
export async function measureOverTls(fault: Fault, { seeds, budget }: Measuring): Promise<TlsRow> {
  const searches = await all(seeds, async seed => {
    const target = await listen(fault.options, { host: '127.0.0.1', port: 0 });
    try {
      return await search(target, { seed, budget, jobs: 8 });
    } finally {
      await target.stop();
    }
  });
  return { fault, searches: summed(searches, budget) };
}

/** One after the other, so that times mean something. */
async function all<T>(seeds: readonly number[], one: (seed: number) => Promise<T>): Promise<readonly T[]> {
  const results: T[] = [];
  for (const seed of seeds) results.push(await one(seed));
  return results;
}

export function summed(searches: readonly Searched[], budget: number): Searches {
  return {
    found: searches.filter(({ kind }) => kind === 'found').length,
    of: searches.length,
    medianConnections: median(searches.map(one => (one.kind === 'found' ? one.connections : budget))),
    medianSeconds: median(
      searches.map(one => (one.kind === 'found' ? one.elapsed / 1_000 : Number.POSITIVE_INFINITY)),
    ),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
