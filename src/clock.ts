/** Keeps a run, up to its exit, within the time that was given. */

export interface Clock {
  /** Milliseconds since the start. */
  elapsed(): number;
  left(): number | undefined;
  over(): boolean;
  /** Nothing new is begun: what is left of the time is for what was seen last. */
  closing(): boolean;
  /** Waits for an investigation: what the search waits is taken from the share of investigations. */
  wait(investigation: Promise<void>): Promise<void>;
  investigationOver(): boolean;
}

/** The share of the time that confirming and minimising may take from the search. */
const INVESTIGATION_SHARE = 3;

/** The share of the time that is kept for what was seen last, and the milliseconds that are enough for it. */
const CLOSING_SHARE = 10;
const MOST_CLOSING = 10_000;

/** `time` in milliseconds, or none; `startedAt` as `performance.now()` tells it. */
export function newClock(time: number | undefined, startedAt: number): Clock {
  // What is left at the end for the known-good session and the report.
  const reserve = 250;
  let waited = 0;
  let waitingSince: number | undefined;
  const elapsed = (): number => performance.now() - startedAt;
  const over = (): boolean => time !== undefined && elapsed() >= time - reserve;
  const investigated = (): number =>
    waited + (waitingSince === undefined ? 0 : performance.now() - waitingSince);
  return {
    elapsed,
    over,
    closing: () =>
      over() ||
      (time !== undefined && elapsed() >= time - reserve - Math.min(time / CLOSING_SHARE, MOST_CLOSING)),
    left: () => (time === undefined ? undefined : Math.max(0, time - elapsed())),
    wait: async investigation => {
      waitingSince = performance.now();
      await investigation;
      waited = investigated();
      waitingSince = undefined;
    },
    investigationOver: () => over() || (time !== undefined && investigated() > time / INVESTIGATION_SHARE),
  };
}
