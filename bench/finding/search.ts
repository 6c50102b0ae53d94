/**
 * One search of afresh for one fault, in memory: whether it is found, after how many connections, in how many steps.
 *
 * No example and no corpus takes part. The search is cut off when its budget of connections is used up and nothing
 * was seen; what confirming and minimising cost is not counted.
 */

import { CLAIMS } from '../../properties/index.ts';
import { check } from '../../src/check.ts';
import type { Claim } from '../../src/claim.ts';
import type { Driver } from '../../src/drivers/driver.ts';
import type { ReportedFinding } from '../../src/report/report.ts';
import type { RunningTarget } from '../../src/targets/target.ts';

export interface Found {
  readonly kind: 'found';
  /** Connections up to the scenario that showed it first. */
  readonly connections: number;
  /** Milliseconds up to there. */
  readonly elapsed: number;
  /** The claims that spoke there. */
  readonly claims: readonly string[];
  /** Where the search confirms and minimises. */
  readonly finding?: ReportedFinding;
}

export type Searched = Found | { readonly kind: 'missed'; readonly connections: number };

export interface SearchOptions {
  readonly seed: number;
  /** Connections. */
  readonly budget: number;
  readonly unguided?: boolean;
  readonly jobs?: number;
  /** All of them unless said. */
  readonly claims?: readonly Claim[];
}

/** A driver that counts the connections it opens. */
export function counting(driver: Driver, onConnect: (count: number) => void): Driver {
  let count = 0;
  return {
    ...driver,
    connect: wait => {
      onConnect(++count);
      return driver.connect(wait);
    },
  };
}

/** Claims that tell of each deviation. */
function watched(claims: readonly Claim[], onDeviation: (claim: string) => void): readonly Claim[] {
  return claims.map(claim => ({
    ...claim,
    judge: evidence => {
      const deviations = claim.judge(evidence);
      if (deviations.length > 0) onDeviation(claim.id);
      return deviations;
    },
  }));
}

export async function search(target: RunningTarget, options: SearchOptions): Promise<Searched> {
  const began = performance.now();
  const spent = new AbortController();
  let connections = 0;
  let first: { readonly connections: number; readonly elapsed: number } | undefined;
  const spoke = new Set<string>();
  const driver = counting(target.driver, count => {
    connections = count;
    if (first === undefined && count >= options.budget) spent.abort();
  });
  const report = await check(
    { ...target, driver },
    {
      name: 'bench',
      seed: options.seed,
      jobs: options.jobs ?? 1,
      claims: watched(options.claims ?? CLAIMS, claim => {
        first ??= { connections, elapsed: performance.now() - began };
        if (first.connections === connections) spoke.add(claim);
      }),
      wanted: [],
      scenarios: options.budget,
      stopOnFirst: true,
      signal: spent.signal,
      ...(options.unguided === true ? { unguided: true } : {}),
    },
  );
  const [finding] = report.findings;
  return finding === undefined || first === undefined
    ? { kind: 'missed', connections }
    : { kind: 'found', ...first, claims: [...spoke], finding };
}
