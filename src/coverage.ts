/**
 * How much has been seen: states and transitions of the machine, and the chance that the next scenario shows more.
 *
 * A transition is (phase, event, class of reply, secure or not), read from transcripts by following the machine. The
 * estimate is Good and Turing’s: of all observations so far, the share that was seen just once.
 */

import { next } from './generate/walk.ts';
import type { Observation } from './observe.ts';
import type { Scenario, Step } from './scenario.ts';
import type { Phase } from './smtp/machine.ts';
import { type Part, repliesTo, type Transcript } from './transcript.ts';

export interface Coverage {
  /** Takes a run in; true if it reached a transition or an observation that none before had reached. */
  add(scenario: Scenario, transcript: Transcript, observation: Observation): boolean;
  summary(): { readonly states: number; readonly transitions: number; readonly discovery: number };
}

export function newCoverage(): Coverage {
  const states = new Set<string>();
  const transitions = new Set<string>();
  /** How often each observation was seen; only once, or more. */
  const seen = new Map<string, 'once' | 'again'>();
  let singletons = 0;
  let total = 0;

  const follow = (steps: readonly Step[], part: Part, secure: boolean, transcript: Transcript): boolean => {
    let phase: Phase = 'start';
    let novel = false;
    for (const [index, step] of steps.entries()) {
      const reply = repliesTo(transcript, part, index).at(-1);
      if (reply === undefined) break;
      const digit = reply.kind === 'reply' ? Math.floor(reply.code / 100) : 0;
      const state = `${phase} ${secure}`;
      const transition = `${state} ${step.kind} ${digit}`;
      novel ||= !transitions.has(transition);
      states.add(state);
      transitions.add(transition);
      if (digit === 2 || digit === 3) phase = next(phase, step);
    }
    return novel;
  };

  return {
    add(scenario, transcript, { digest }) {
      const before = follow(scenario.before, 'before', false, transcript);
      const after = follow(scenario.after, 'after', transcript.upgrade === 'secure', transcript);
      total++;
      // What was observed, without the letters that only name tokens.
      const key = `${transcript.upgrade} ${digest.replace(/<[a-z]>/g, '<>')}`;
      const count = seen.get(key);
      if (count === undefined) singletons++;
      else if (count === 'once') singletons--;
      seen.set(key, count === undefined ? 'once' : 'again');
      return before || after;
    },
    summary: () => ({
      states: states.size,
      transitions: transitions.size,
      discovery: total === 0 ? 1 : singletons / total,
    }),
  };
}
