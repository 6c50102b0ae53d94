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
    let pass = 0;
    for (;;) {
      const better = await firstShowing(neighbours(best, passes, pass), stillShows, options);
      if (better === undefined) break;
      ({ value: best, pass } = better);
      changed = true;
    }
  }
  return { value: best, minimal: !options.expired() };
}

/** A candidate, and the pass that made it: its further ones are tried before those of the next. */
interface Neighbour<T> {
  readonly value: T;
  readonly pass: number;
}

/** Those of one pass after those of the other: where a pass has few, the next ones are tried beside them. */
function* neighbours<T>(best: T, passes: readonly Pass<T>[], from: number): Generator<Neighbour<T>> {
  for (let pass = from; pass < passes.length; pass++)
    for (const value of passes[pass]?.(best) ?? []) yield { value, pass };
}

async function firstShowing<T>(
  candidates: Iterator<Neighbour<T>>,
  stillShows: StillShows<T>,
  { jobs, expired }: ReduceOptions,
): Promise<Neighbour<T> | undefined> {
  while (!expired()) {
    const batch = firstOf(candidates, jobs);
    if (batch.length === 0) return undefined;
    const shown = await Promise.all(batch.map(({ value }) => stillShows(value)));
    const found = batch[shown.indexOf(true)];
    if (found !== undefined) return found;
  }
  return undefined;
}

/** So many of what is left, or fewer. */
function firstOf<T>(left: Iterator<T>, most: number): readonly T[] {
  const items: T[] = [];
  while (items.length < most) {
    const { value, done } = left.next();
    if (done === true) break;
    items.push(value);
  }
  return items;
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
