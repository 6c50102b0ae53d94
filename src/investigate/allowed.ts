/**
 * Differences that a limit explains and the policy lets stay, by the limit: how many, how the first of them showed, and by
 * which effects. That a limit explains one is found out by others.
 */

import type { Deviation } from '../claim.ts';
import { effect } from '../compare.ts';
import type { ThreeRuns } from '../limits/measured.ts';
import type { Note } from '../note.ts';
import type { Investigation } from './finding.ts';

/** How a difference shows itself. */
type Effect = Pick<Deviation, 'difference' | 'signature'>;

export interface Allowed {
  add(outcome: Extract<Investigation, { kind: 'allowed' }>, shown: Effect): void;
  /** Whether an effect of this kind was explained by a limit before; then it will be again. */
  covers(shown: Effect): boolean;
  /** How many differences each limit explained, and the runs that show the first of them. */
  readonly explained: ReadonlyMap<string, number>;
  readonly examples: ReadonlyMap<string, ThreeRuns>;
  notes(): readonly Note[];
}

export function newAllowed(): Allowed {
  const explained = new Map<string, number>();
  const examples = new Map<string, ThreeRuns>();
  const texts = new Map<string, string>();
  const effects = new Set<string>();
  return {
    explained,
    examples,
    add({ limit, text, example }, shown) {
      effects.add(effectOf(shown));
      explained.set(limit, (explained.get(limit) ?? 0) + 1);
      if (texts.has(limit)) return;
      texts.set(limit, text);
      if (example !== undefined) examples.set(limit, example);
    },
    covers: shown => effects.has(effectOf(shown)),
    notes: () =>
      [...texts].map(([limit, text]) => ({
        kind: 'allowed',
        text: `${text} (explains ${explained.get(limit)} differences)`,
      })),
  };
}

/**
 * A number that hooks are given is the same number in whichever of them; and a limit that ends the connection (421; RFC
 * 5321, section 3.8) ends it at whichever command comes next.
 */
function effectOf({ difference, signature }: Effect): string {
  if (difference?.aspect === 'handler') return effect(difference);
  return difference?.aspect === 'code' && difference.used === '421' ? 'code 421' : signature;
}
