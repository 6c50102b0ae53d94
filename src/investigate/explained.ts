/**
 * What came to something other than a finding: a limit, chance, what is known across connections, what TLS itself tells; and
 * the notes that tell of it. What it came to is found out by others.
 */

import type { Deviation } from '../claim.ts';
import type { Note } from '../note.ts';
import { type Allowed, newAllowed } from './allowed.ts';
import { isGrant, isMisplaced } from './effect.ts';
import type { Investigation } from './finding.ts';
import type { Suspected } from './wave.ts';

/** What is no finding, and will be none when it is seen again. */
export type Innocent = Exclude<
  Investigation,
  { readonly kind: 'finding' | 'known' | 'late' | 'unconfirmed' }
>;

export interface Explained {
  add(outcome: Innocent, shown: Deviation): void;
  /** Tells of it, and explains nothing. */
  note(kind: Note['kind'], text: string): void;
  /** Whether what shows itself so was explained before; then it will be again. */
  covers(shown: Deviation): boolean;
  readonly allowed: Allowed;
  /** Tells of what was seen and did not come again. */
  unconfirmed(text: string, suspected: Pick<Suspected, 'deviation' | 'isBehind'>): void;
  /** How often a command was taken then that a fresh connection refuses as out of order, or a late reply came. */
  readonly glimpses: number;
  notes(): readonly Note[];
}

export function newExplained(): Explained {
  const allowed = newAllowed();
  const innocent = new Set<string>();
  let glimpses = 0;
  const notes = new Map<string, Note>();
  const note = (kind: Note['kind'], text: string): void => {
    notes.set(`${kind} ${text}`, { kind, text });
  };
  return {
    allowed,
    note,
    unconfirmed(text, { deviation, isBehind }) {
      note('unconfirmed', text);
      // A sound server refuses by chance, for want of room or patience, but grants nothing by chance, and answers no command
      // of the plaintext in TLS; what follows from an answer before it is another matter.
      if (!isBehind && (isGrant(deviation) || isMisplaced(deviation))) glimpses++;
    },
    get glimpses() {
      return glimpses;
    },
    add(outcome, shown) {
      if (outcome.kind === 'allowed') {
        allowed.add(outcome, shown);
        return;
      }
      innocent.add(shown.signature);
      note(outcome.kind, outcome.text);
    },
    covers: shown => innocent.has(shown.signature) || allowed.covers(shown),
    notes: () => [...notes.values(), ...allowed.notes()],
  };
}
