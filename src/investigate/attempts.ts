/**
 * What has been tried in a search, so that nothing is looked into for ever: how often a signature was seen, how often it
 * led nowhere, and how much was looked into behind what is known.
 *
 * It counts, and asks nobody. What an investigation came to is known elsewhere.
 */

import type { Deviation } from '../claim.ts';
import type { Examination } from '../experiment.ts';
import type { Suspected } from './wave.ts';

export interface Attempts {
  /** Each signature that the examinations show has been seen once more. */
  see(examinations: readonly Examination[]): void;
  /** These are looked into now. */
  begin(wave: readonly Suspected[]): void;
  /** This one was looked into. Until it is said to have led somewhere, it led nowhere. */
  end(suspected: Suspected): void;
  ledSomewhere(deviation: Deviation): void;
  /** Whether it was looked into in this examination before. */
  wasMade(examination: Examination, deviation: Deviation): boolean;
  /** Whether it has led nowhere too often; `isExplained`: it came to something that explains it. */
  isLeftAlone(deviation: Deviation, isExplained: boolean): boolean;
  /** Whether enough was looked into behind known findings, in this examination or of what nothing explains. */
  isSpent(suspected: Suspected): boolean;
}

/** Investigations of one signature that led nowhere new, and how often it had been seen by the last of them. */
interface DeadEnds {
  readonly count: number;
  readonly seen: number;
}

/**
 * After so many investigations without a finding a signature is left alone: for good if something explains it, else until
 * it has been seen twice as often. By then it may be no chance.
 */
const MAX_DEAD_ENDS = 3;
/** Behind a known finding most is its consequence: so many investigations in one examination, and of what nothing explains. */
const MAX_PER_EXAMINATION = 2;
const MAX_UNEXPLAINED = 24;

/** Whether no field explains it: it seems to be no more than what it shows. */
const isUnexplained = ({ semblance, deviation }: Suspected): boolean => semblance === deviation.signature;

export function newAttempts(): Attempts {
  const deadEnds = new Map<string, DeadEnds>();
  /** In how many examinations a signature was seen. */
  const seen = new Map<string, number>();
  /** Signatures that an examination was investigated for. */
  const made = new WeakMap<Examination, Set<string>>();
  /** Investigations of what came behind a known finding and no field explains. */
  let unexplained = 0;
  return {
    see(examinations) {
      for (const { signature } of examinations.flatMap(({ deviations }) => deviations))
        seen.set(signature, (seen.get(signature) ?? 0) + 1);
    },
    begin(wave) {
      unexplained += wave.filter(suspected => suspected.isBehind && isUnexplained(suspected)).length;
    },
    end({ examination, deviation: { signature } }) {
      made.set(examination, (made.get(examination) ?? new Set()).add(signature));
      const count = 1 + (deadEnds.get(signature)?.count ?? 0);
      deadEnds.set(signature, { count, seen: seen.get(signature) ?? 0 });
    },
    ledSomewhere({ signature }) {
      deadEnds.delete(signature);
    },
    wasMade: (examination, { signature }) => made.get(examination)?.has(signature) === true,
    isLeftAlone({ signature }, isExplained) {
      const known = deadEnds.get(signature);
      if (known === undefined || known.count < MAX_DEAD_ENDS) return false;
      return isExplained || (seen.get(signature) ?? 0) < 2 * known.seen;
    },
    isSpent: suspected =>
      (made.get(suspected.examination)?.size ?? 0) >= MAX_PER_EXAMINATION ||
      (isUnexplained(suspected) && unexplained >= MAX_UNEXPLAINED),
  };
}
