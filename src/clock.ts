/** Keeps a run, up to its exit, within the time that was given. */

export interface Clock {
  /** Milliseconds since the start. */
  elapsed(): number;
  left(): number | undefined;
  over(): boolean;
  /** The search waited so long for an investigation. */
  investigated(milliseconds: number): void;
  investigationOver(): boolean;
}

/** The share of the time that confirming and minimising may take from the search. */
const INVESTIGATION_SHARE = 3;

/** `time` in milliseconds, or none; `startedAt` as `performance.now()` tells it. */
export function newClock(time: number | undefined, startedAt: number): Clock {
  // What is left at the end for the known-good session and the report.
  const reserve = 250;
  let investigated = 0;
  const elapsed = (): number => performance.now() - startedAt;
  const over = (): boolean => time !== undefined && elapsed() >= time - reserve;
  return {
    elapsed,
    over,
    left: () => (time === undefined ? undefined : Math.max(0, time - elapsed())),
    investigated: milliseconds => {
      investigated += milliseconds;
    },
    investigationOver: () => over() || (time !== undefined && investigated > time / INVESTIGATION_SHARE),
  };
}
