/**
 * How often what was seen has to come again before anybody is accused, and how often it is looked for again later: the same
 * for servers and for clients. Pure.
 */

/** Pairs, every one of which has to show it. */
export const PAIRS = 5;
/** Pairs for what shows now and then, and how many of them have to. */
export const RACE_RUNS = 20;
export const RACE_HITS = 3;
/** Further runs in one of which what proves itself has to be seen once more. */
export const SIGHTING_RUNS = 20;

/** So many of so many showed it. */
export interface Rate {
  readonly hits: number;
  readonly of: number;
}

export const spelledRate = ({ hits, of }: Rate): string => `${hits}/${of}`;

/** The rate that a finding was confirmed with; undefined where it was seen at all, and that proved it. */
export function rateOf(confirmed: string): Rate | undefined {
  const [, hits, of] = /^(\d+)\/(\d+)$/.exec(confirmed) ?? [];
  return hits === undefined || of === undefined ? undefined : { hits: Number(hits), of: Number(of) };
}

/** Looks at what was seen in every pair, and in some runs at an unknown rate. */
const LOOKS = { always: 3, unknown: 60 } as const;
/** How often a race may be missed by chance. */
const MISSED = 0.01;
const MOST_LOOKS = 200;

/** How often to play a finding before it is said not to show: a race needs more looks than what shows always. */
export function looksFor(confirmed: string): number {
  const { hits, of } = rateOf(confirmed) ?? { hits: 0, of: 0 };
  const rate = hits / of;
  if (!(rate > 0)) return LOOKS.unknown;
  if (rate >= 1) return LOOKS.always;
  // Of a rate too small to be told from none the logarithm is 0.
  return Math.min(MOST_LOOKS, Math.ceil(Math.log(MISSED) / Math.min(-Number.EPSILON, Math.log1p(-rate))));
}

/** Rounds in which a script that stands alone looks for it: what shows always needs one. */
export function roundsFor(confirmed: string): number {
  const rate = rateOf(confirmed);
  return rate !== undefined && rate.hits === rate.of ? 1 : looksFor(confirmed);
}
