/**
 * Delta debugging over anything that has smaller neighbours: scenarios of the server role, scripts of the client
 * role. Candidates are tried side by side and the first in order wins, so that the result does not depend on timing.
 * It knows nothing of what it makes smaller.
 */

/** Produces smaller or simpler neighbours of a value, best first. */
export type Pass<T> = (value: T) => readonly T[];

/** Whether a candidate still shows the effect. */
export type StillShows<T> = (candidate: T) => Promise<boolean>;

export interface ReduceOptions {
  /** Candidates tried at once. */
  readonly jobs: number;
  /** Whether time is up; what has been reached by then is returned as not minimal. */
  readonly expired: () => boolean;
}

export interface Reduced<T> {
  readonly value: T;
  /** No pass has a smaller neighbour that still shows the effect. */
  readonly minimal: boolean;
}

export async function reduce<T>(
  start: T,
  passes: readonly Pass<T>[],
  stillShows: StillShows<T>,
  options: ReduceOptions,
): Promise<Reduced<T>> {
  let best = start;
  for (let changed = true; changed; ) {
    changed = false;
    for (const pass of passes) {
      for (;;) {
        if (options.expired()) return { value: best, minimal: false };
        const better = await firstShowing(pass(best), stillShows, options);
        if (better === undefined) break;
        best = better;
        changed = true;
      }
    }
  }
  return { value: best, minimal: !options.expired() };
}

async function firstShowing<T>(
  candidates: readonly T[],
  stillShows: StillShows<T>,
  { jobs, expired }: ReduceOptions,
): Promise<T | undefined> {
  for (let at = 0; at < candidates.length && !expired(); at += jobs) {
    const batch = candidates.slice(at, at + jobs);
    const shown = await Promise.all(batch.map(stillShows));
    const found = shown.indexOf(true);
    if (found >= 0) return batch[found];
  }
  return undefined;
}

/** Chunks left out: halves first, then quarters, down to single items. */
export function without<T>(items: readonly T[]): readonly (readonly T[])[] {
  const results: (readonly T[])[] = [];
  for (let length = items.length; length >= 1; length = Math.floor(length / 2)) {
    for (let at = 0; at < items.length; at += length)
      results.push([...items.slice(0, at), ...items.slice(at + length)]);
  }
  return results;
}

/** Two items left out that may stand apart: what single removals cannot reach. */
export function withoutPairs<T>(items: readonly T[]): readonly (readonly T[])[] {
  return items.flatMap((_, one) =>
    items.slice(one + 1).map((__, rest) => items.filter((___, at) => at !== one && at !== one + 1 + rest)),
  );
}

/** A value without one of its optional words. */
export function omit<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  const { [key]: _, ...rest } = value;
  return rest;
}
