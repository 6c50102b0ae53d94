/** Durations as people write them: `250ms`, `30s`, `5m`, `1h`. Pure. */

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

export const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;

/** Milliseconds; a timer that is given more goes off at once. */
export const LONGEST = 2 ** 31 - 1;

/** Milliseconds; undefined where it is no duration, or none at all, or more than 24 days. */
export function milliseconds(text: string): number | undefined {
  const match = DURATION.exec(text);
  const value = Number(match?.[1]) * UNITS[match?.[2] as keyof typeof UNITS];
  return value > 0 && value <= LONGEST ? value : undefined;
}

/** The same in words of one unit, for progress: `90 s`, `12 min`, `3.5 h`. */
export function spoken(time: number): string {
  if (time < 120_000) return `${Math.ceil(time / 1_000)} s`;
  if (time < 7_200_000) return `${Math.ceil(time / 60_000)} min`;
  return `${(time / 3_600_000).toFixed(1)} h`;
}
