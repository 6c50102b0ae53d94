/**
 * Fresh runs that are kept, by the shape of what they show, so that not every used run needs one of its own.
 *
 * It knows neither servers nor clients. What a kept run may be used for, its owner decides.
 */

export interface KeptRuns<Run> {
  get(key: string): Promise<Run> | undefined;
  /** Keeps the run in place of an older one. A run that is no measure, or fails, is kept by nobody. */
  keep(key: string, run: Promise<Run>): Promise<Run>;
  /** Oldest first. */
  all(): readonly Promise<Run>[];
}

/** Runs kept at most; the oldest go first. */
const MOST = 4_096;

export function newKeptRuns<Run>(isMeasure: (run: Run) => boolean, most = MOST): KeptRuns<Run> {
  // A Map remembers the order of its keys: the first is the oldest run.
  const runs = new Map<string, Promise<Run>>();
  return {
    get: key => runs.get(key),
    all: () => [...runs.values()],
    async keep(key, run) {
      // What is renewed is the youngest again.
      runs.delete(key);
      runs.set(key, run);
      if (runs.size > most) runs.delete(runs.keys().next().value as string);
      let isKept = false;
      try {
        const seen = await run;
        isKept = isMeasure(seen);
        return seen;
      } finally {
        if (!isKept && runs.get(key) === run) runs.delete(key);
      }
    },
  };
}
