/**
 * How much has been seen: states and transitions of the machine, and the chance that the next scenario shows more.
 *
 * A transition is (phase, event, class of reply, secure or not), read from transcripts by following the machine. The
 * estimate is Good and Turing’s: of all observations so far, the share that was seen just once.
 */

import { newDiscovery } from './discovery.ts';
import type { Observation } from './observe.ts';
import { phaseBehind } from './phase.ts';
import type { Scenario, Step } from './scenario.ts';
import type { Phase } from './smtp/machine.ts';
import type { Malformed, Reply } from './smtp/reply.ts';
import { type Part, repliesTo, type Transcript } from './transcript.ts';

/** A scenario and the transitions that it reached. */
export interface Reach {
  readonly scenario: Scenario;
  readonly transitions: readonly string[];
}

/** How much had been seen at a moment of the run. */
export interface CoveragePoint {
  /** Since the run began. */
  readonly seconds: number;
  readonly scenarios: number;
  readonly transitions: number;
  /** The chance that the next scenario shows something new. */
  readonly discovery: number;
}

/** How much was reached in all. */
export interface Covered {
  readonly states: number;
  readonly transitions: number;
  readonly discovery: number;
  /** `phase class-of-reply` for each phase in which STARTTLS was answered. */
  readonly upgrades?: readonly string[];
  /** Combinations of two and three features of scenarios that were played. */
  readonly pairs?: number;
  readonly triples?: number;
}

export interface Coverage {
  /** Takes a run in; true if it reached a transition that none before had reached. */
  add(scenario: Scenario, transcript: Transcript, observation: Observation): boolean;
  summary(): Covered;
  /** The scenarios that reached something first; together they reach all that was reached. */
  firsts(): readonly Reach[];
  /** Notes how much has been seen by now. */
  mark(seconds: number): void;
  /** What was noted, in order; thinned out in long runs. */
  curve(): readonly CoveragePoint[];
}

/** Points of a curve; twice as many are thinned out to these. */
const POINTS = 100;

/** The curve with one more point, thinned out where it has become long. */
export function extended(curve: readonly CoveragePoint[], point: CoveragePoint): readonly CoveragePoint[] {
  const kept = curve.length < 2 * POINTS ? curve : curve.filter((_, index) => index % 2 === 0);
  return [...kept, point];
}

export function newCoverage(): Coverage {
  const transitions = new Set<string>();
  const firsts: Reach[] = [];
  const discovery = newDiscovery();
  /** Phases in which STARTTLS was answered, and how. */
  const upgrades = new Set<string>();
  let total = 0;
  let points: readonly CoveragePoint[] = [];

  return {
    add(scenario, transcript, { digest }) {
      const { transitions: reached, upgrade } = transitionsOf(scenario, transcript);
      if (upgrade !== undefined) upgrades.add(upgrade);
      const novel = reached.some(transition => !transitions.has(transition));
      for (const transition of reached) transitions.add(transition);
      if (novel) firsts.push({ scenario, transitions: reached });
      total++;
      // What was observed, without the letters that only name tokens.
      discovery.add(`${transcript.upgrade} ${digest.replace(/<[a-z]>/g, '<>')}`);
      return novel;
    },
    firsts: () => firsts,
    summary: () => ({
      states: statesOf(transitions).size,
      transitions: transitions.size,
      discovery: discovery.chance(),
      upgrades: [...upgrades].sort(),
    }),
    mark(seconds) {
      if (points.at(-1)?.scenarios === total) return;
      const now = { seconds, scenarios: total, transitions: transitions.size, discovery: discovery.chance() };
      points = extended(points, now);
    },
    curve: () => points,
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

/**
 * `phase secure|plaintext step class-of-reply` for each step that was answered, in plaintext and behind the upgrade;
 * and `phase class-of-reply` for STARTTLS itself.
 */
function transitionsOf(
  scenario: Scenario,
  transcript: Transcript,
): { readonly transitions: readonly string[]; readonly upgrade: string | undefined } {
  const channel = transcript.upgrade === 'secure' ? 'secure' : 'plaintext';
  const before = follow(scenario.before, 'before', 'plaintext', transcript);
  const after = follow(scenario.after, 'after', channel, transcript);
  const answer = classOf(repliesTo(transcript, 'upgrade', 0).at(0));
  return {
    transitions: [...new Set([...before.transitions, ...after.transitions])],
    upgrade: answer === undefined ? undefined : `${before.phase} ${answer}`,
  };
}

/** The transitions that steps take from the start, as far as they are answered, and the phase they lead to. */
function follow(
  steps: readonly Step[],
  part: Part,
  channel: 'plaintext' | 'secure',
  transcript: Transcript,
): { readonly transitions: readonly string[]; readonly phase: Phase } {
  const transitions: string[] = [];
  let phase: Phase = 'start';
  for (const [index, step] of steps.entries()) {
    const digit = classOf(repliesTo(transcript, part, index).at(-1));
    if (digit === undefined) break;
    transitions.push(`${phase} ${channel} ${step.kind} ${digit}`);
    if (digit === 2 || digit === 3) phase = phaseBehind(phase, step);
  }
  return { transitions, phase };
}

/** The first digit of the code; 0 for bytes that are no reply. */
function classOf(reply: Reply | Malformed | undefined): number | undefined {
  if (reply === undefined) return undefined;
  return reply.kind === 'reply' ? Math.floor(reply.code / 100) : 0;
}

/** The states that transitions start from. */
export function statesOf(transitions: Iterable<string>): ReadonlySet<string> {
  return new Set([...transitions].map(transition => transition.split(' ').slice(0, 2).join(' ')));
}
