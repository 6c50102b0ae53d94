/** Keeps a run, up to its exit, within the time that was given. */

import { LONGEST } from './duration.ts';

export interface Clock {
  /** Milliseconds since the start. */
  elapsed(): number;
  left(): number | undefined;
  over(): boolean;
  /** Nothing new is begun: what is left of the time is for what was seen last. */
  closing(): boolean;
  /** Waits for an investigation: what the search waits is taken from the share of investigations. */
  wait(investigation: Promise<void>): Promise<void>;
  /**
   * Nothing is made smaller any more: what is left of the time is for confirming. On a slow target investigations may take
   * more than their share until something is found: one of them may take as long as that.
   */
  investigationOver(isFound: boolean): boolean;
  /** Whether so much of the time is over that what was found, and is not minimal, comes first. */
  refining(): boolean;
  /** Nothing more can be confirmed in what is left of the time. */
  tooLate(): boolean;
  /**
   * Whether the target is slow beside the time that there is: what was seen is looked into before the search goes on, one thing
   * after the other, and confirmed before it is made small.
   */
  readonly pressed: boolean;
  /** What the work comes to, or nothing as soon as time is up: a reply may be seconds away. */
  inTime<T>(work: Promise<T>): Promise<T | undefined>;
  /** The same for the last look at the target, which may take a moment more than the time that was given. */
  lastLook<T>(work: Promise<T>): Promise<T | undefined>;
}

/** The share of the time that confirming and minimising may take from the search. */
const INVESTIGATION_SHARE = 2;

/** The share of the time after which the search has had its own, whatever investigations took. */
const REFINING_SHARE = 2 / 3;

/** The share of the time that is kept for what was seen last, and the milliseconds that are enough for it. */
const CLOSING_SHARE = 10;
const MOST_CLOSING = 10_000;

/** To confirm what was seen takes so many times as long as a handful of sessions side by side; its share at most. */
const CONFIRMING = 4;
const CONFIRMING_SHARE = 5;

/** An investigation takes so many times as long, one step behind the other; the share of the time that there is for it. */
const INVESTIGATING = 20;
const INVESTIGATING_SHARE = 3;

/** Milliseconds that are left at the end for the report, and the share of the time for the known-good session. */
const REPORT = 250;
const GOOD_SESSION_SHARE = 10;
/** Milliseconds beyond the time that the last look may take, and the share of the time that it may be besides. */
const LAST_LOOK = 2_000;
const LAST_LOOK_SHARE = 10;

/**
 * `time` in milliseconds, or none; `startedAt` as `performance.now()` tells it. `pace` are the milliseconds that a handful
 * of sessions side by side takes: the slower the target, the sooner has to be begun with what must be done at the end.
 */
export function newClock(time: number | undefined, startedAt: number, pace = 0): Clock {
  const share = (whole: number): number => (time ?? 0) / whole;
  const reserve = REPORT + Math.min(pace, share(GOOD_SESSION_SHARE));
  const confirming = Math.min(CONFIRMING * pace, share(CONFIRMING_SHARE));
  const usual = Math.min(share(CLOSING_SHARE), MOST_CLOSING);
  const closing = Math.max(confirming, usual);
  const pressed = time !== undefined && INVESTIGATING * pace > share(INVESTIGATING_SHARE);
  let waited = 0;
  let waitingSince: number | undefined;
  const elapsed = (): number => performance.now() - startedAt;
  /** Milliseconds until all must be done but the report. */
  const remaining = (): number => (time ?? Number.POSITIVE_INFINITY) - reserve - elapsed();
  const tooLate = (): boolean => remaining() <= confirming;
  const bounded = <T>(work: Promise<T>, milliseconds: number): Promise<T | undefined> =>
    milliseconds > LONGEST ? work : within(work, Math.max(0, milliseconds));
  const investigated = (): number =>
    waited + (waitingSince === undefined ? 0 : performance.now() - waitingSince);
  return {
    elapsed,
    over: () => remaining() <= 0,
    closing: () => remaining() <= closing,
    left: () => (time === undefined ? undefined : Math.max(0, time - elapsed())),
    wait: async investigation => {
      waitingSince = performance.now();
      try {
        await investigation;
      } finally {
        waited = investigated();
        waitingSince = undefined;
      }
    },
    refining: () => time !== undefined && elapsed() >= REFINING_SHARE * time,
    tooLate,
    investigationOver: isFound =>
      tooLate() ||
      (time !== undefined && (isFound || !pressed) && investigated() > share(INVESTIGATION_SHARE)),
    pressed,
    inTime: work => bounded(work, remaining()),
    lastLook: work => bounded(work, remaining() + reserve + Math.max(LAST_LOOK, share(LAST_LOOK_SHARE))),
  };
}

function within<T>(work: Promise<T>, milliseconds: number): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), milliseconds);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Resolves when the work is done, or at once when the user interrupts: a reply may be seconds away. */
export function untilInterrupted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const interrupt = (): void => resolve(undefined);
    if (signal?.aborted === true) interrupt();
    signal?.addEventListener('abort', interrupt, { once: true });
    work.then(resolve, reject).finally(() => signal?.removeEventListener('abort', interrupt));
  });
}
