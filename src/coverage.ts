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

/** A scenario and the transitions that it reached. */
export interface Reach {
  readonly scenario: Scenario;
  readonly transitions: readonly string[];
}

export interface Coverage {
  /** Takes a run in; true if it reached a transition that none before had reached. */
  add(scenario: Scenario, transcript: Transcript, observation: Observation): boolean;
  summary(): { readonly states: number; readonly transitions: number; readonly discovery: number };
  /** The scenarios that reached something first; together they reach all that was reached. */
  firsts(): readonly Reach[];
}

export function newCoverage(): Coverage {
  const transitions = new Set<string>();
  const firsts: Reach[] = [];
  /** How often each observation was seen; only once, or more. */
  const seen = new Map<string, 'once' | 'again'>();
  let singletons = 0;
  let total = 0;

  return {
    add(scenario, transcript, { digest }) {
      const reached = [...transitionsOf(scenario, transcript)];
      const novel = reached.some(transition => !transitions.has(transition));
      for (const transition of reached) transitions.add(transition);
      if (novel) firsts.push({ scenario, transitions: reached });
      total++;
      // What was observed, without the letters that only name tokens.
      const key = `${transcript.upgrade} ${digest.replace(/<[a-z]>/g, '<>')}`;
      const count = seen.get(key);
      if (count === undefined) singletons++;
      else if (count === 'once') singletons--;
      seen.set(key, count === undefined ? 'once' : 'again');
      return novel;
    },
    firsts: () => firsts,
    summary: () => ({
      states: statesOf(transitions).size,
      transitions: transitions.size,
      discovery: total === 0 ? 1 : singletons / total,
    }),
  };
}

/**
 * Scenarios that together reach all that `reaches` reach, as few as greed finds: the best first, then whatever the
 * others made superfluous is left out, so that none of those that stay could go.
 */
export function cover(reaches: readonly Reach[]): readonly Reach[] {
  const missing = new Set(reaches.flatMap(({ transitions }) => transitions));
  const chosen: Reach[] = [];
  const gain = ({ transitions }: Reach): number => transitions.filter(one => missing.has(one)).length;
  while (missing.size > 0) {
    const best = reaches.reduce((one, other) => (gain(other) > gain(one) ? other : one));
    for (const transition of best.transitions) missing.delete(transition);
    chosen.push(best);
  }
  return chosen.reduceRight<readonly Reach[]>((kept, one) => {
    const others = new Set(kept.filter(other => other !== one).flatMap(({ transitions }) => transitions));
    return one.transitions.every(transition => others.has(transition))
      ? kept.filter(other => other !== one)
      : kept;
  }, chosen);
}

/** `phase secure|plaintext step class-of-reply` for each step that was answered, in plaintext and behind the upgrade. */
function transitionsOf(scenario: Scenario, transcript: Transcript): ReadonlySet<string> {
  return new Set([
    ...follow(scenario.before, 'before', 'plaintext', transcript),
    ...follow(scenario.after, 'after', transcript.upgrade === 'secure' ? 'secure' : 'plaintext', transcript),
  ]);
}

function follow(
  steps: readonly Step[],
  part: Part,
  channel: 'plaintext' | 'secure',
  transcript: Transcript,
): readonly string[] {
  const transitions: string[] = [];
  let phase: Phase = 'start';
  for (const [index, step] of steps.entries()) {
    const reply = repliesTo(transcript, part, index).at(-1);
    if (reply === undefined) break;
    const digit = reply.kind === 'reply' ? Math.floor(reply.code / 100) : 0;
    transitions.push(`${phase} ${channel} ${step.kind} ${digit}`);
    if (digit === 2 || digit === 3) phase = next(phase, step);
  }
  return transitions;
}

/** The states that transitions start from. */
export function statesOf(transitions: Iterable<string>): ReadonlySet<string> {
  return new Set([...transitions].map(transition => transition.split(' ').slice(0, 2).join(' ')));
}
