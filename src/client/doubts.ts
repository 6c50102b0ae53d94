/**
 * Scripts of which nobody can tell whether the client holds: what it does there changes by itself, or it was still and
 * was cut off. They are no fault of the client and no pass either, so the verdict has to count them.
 */

import { isTooMany } from '../verdict.ts';
import type { Script } from './script.ts';

export interface Doubts {
  /** The claims are those that the script would have put to the test, or seemed to break. */
  add(script: Script, claims: readonly string[]): void;
  /** Scripts that are in doubt. */
  readonly count: number;
  /** Whether so many of the scripts that exercised a claim are in doubt that it is open. */
  outweigh(claim: string, exercised: number): boolean;
}

/** So few may be chance, however few scripts there were. */
export const FEW = 2;

export function newDoubts(): Doubts {
  const all = new Set<Script>();
  const byClaim = new Map<string, Set<Script>>();
  return {
    add(script, claims) {
      all.add(script);
      for (const claim of claims) byClaim.set(claim, (byClaim.get(claim) ?? new Set()).add(script));
    },
    get count() {
      return all.size;
    },
    outweigh(claim, exercised) {
      const doubted = byClaim.get(claim)?.size ?? 0;
      return doubted > FEW && isTooMany(doubted, exercised);
    },
  };
}
