/** Why learning ends before it knows enough: one exception for all reasons, so that whoever tells of them leaves none out. */

import type { Word } from './mealy.ts';

export type Why =
  /** Time is up, or the user interrupts. */
  | { readonly kind: 'time' }
  /** The target serves no more connections. */
  | { readonly kind: 'gone' }
  /** There are more replies to a word than it has commands, so that what answers what is not known. */
  | { readonly kind: 'out of step'; readonly word: Word }
  /** The answer to a word is another one than before. */
  | { readonly kind: 'contradiction'; readonly word: Word }
  /** There are more states than that. */
  | { readonly kind: 'too many states'; readonly states: number }
  /** So many words are known that there is no room for more. */
  | { readonly kind: 'full'; readonly words: number };

export class Ended extends Error {
  readonly why: Why;

  constructor(why: Why) {
    super(why.kind);
    this.name = 'Ended';
    this.why = why;
  }
}

/** Why it ended; what is no such end is thrown on. */
export function whyEnded(error: unknown): Why {
  if (!(error instanceof Ended)) throw error;
  return error.why;
}
