/**
 * What to do next: campaign and state → units. Pure.
 *
 * Each target goes through replay (what is kept, regressions first), explore (new scenarios, in slices) and minimise
 * (what there was no time for). A wave of units is planned when the one before is merged: it begins from all that was
 * reached so far. Shards differ in the slices that they take, and share nothing.
 */

import { createHash } from 'node:crypto';
import { isScript } from '../client/script.ts';
import type { Scenario } from '../scenario.ts';
import { isClean } from '../scenario.ts';
import { type Campaign, fileName } from './file.ts';
import type { State, TargetState } from './state.ts';
import { targetState } from './state.ts';
import type { Phase, Unit } from './unit.ts';

/** Part `index` of `of`, from 1. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** What is kept of a target when the campaign begins. */
export interface Kept {
  /** Findings of the corpus and of the last run: a regression shows in their scenarios. */
  readonly findings: readonly { readonly fingerprint: string; readonly scenario: Scenario }[];
  /** Scenarios that together reach all that was ever reached. */
  readonly reached: readonly Scenario[];
}

/** Scenarios of one slice: some seconds of work, which is what a killed worker loses. */
const SLICE = 1_000;
/** The longest that a slice may take where the campaign has a limit of time, in milliseconds. */
const LONGEST_SLICE = 30_000;
/** So many slices fit into the share of each target, however short the time. */
const LEAST_SLICES = 2;
/** Slices of one wave: so many workers can be busy with one target. */
const WAVE = 4;
/** The share of the time that is kept for what has to be made minimal. */
const MINIMISE_SHARE = 0.15;
const MOST_MINIMISED = 50;
const MOST_KNOWN = 50;
/** How often a kept finding is played again: a race shows only now and then. */
const REPLAYS = { clean: 5, dirty: 20 } as const;

/** The units to plan now: of each target whose wave is done, the next wave. */
export function nextUnits(
  campaign: Campaign,
  state: State,
  keptOf: (target: Campaign['targets'][number]) => Kept,
  shard: Shard = { index: 1, of: 1 },
): readonly Unit[] {
  return campaign.targets.flatMap((entry, index) => {
    const target = targetState(state, entry.name);
    if (target.wave.size > 0) return [];
    const order = { campaign, entry, target, run: state.run, seed: state.seed, shard };
    if (target.merged.planned.replay + target.merged.planned.explore === 0 && isReplayedBy(shard, index)) {
      const replay = replayUnits(order, keptOf(entry));
      if (replay.length > 0) return replay;
    }
    if (isHopeless(target)) return [];
    const exploring = exploreUnits(order, state.elapsed);
    return exploring.length > 0 ? exploring : minimiseUnits(order);
  });
}

interface Order {
  readonly campaign: Campaign;
  readonly entry: Campaign['targets'][number];
  readonly target: TargetState;
  readonly run: string;
  readonly seed: number;
  readonly shard: Shard;
}

/** Nothing could be played: the target is down, or offers no STARTTLS. */
const isHopeless = ({ merged: { report } }: TargetState): boolean =>
  report !== undefined && report.stats.scenarios === 0;

function replayUnits(order: Order, { findings, reached }: Kept): readonly Unit[] {
  const scenarios = new Map(findings.map(({ scenario }) => [JSON.stringify(scenario), scenario]));
  const examples = [...[...scenarios.values()].flatMap(replays), ...reached];
  return numbers(Math.ceil(examples.length / SLICE)).map(chunk => {
    const played = examples.slice(chunk * SLICE, (chunk + 1) * SLICE);
    return unit(order, 'replay', chunk, { scenarios: played.length, examples: played });
  });
}

function exploreUnits(order: Order, elapsed: number): readonly Unit[] {
  const { budget } = order.campaign;
  const { report, planned } = order.target.merged;
  const unfinished = report?.findings.some(({ minimal }) => !minimal) === true;
  if (budget.time !== undefined && elapsed >= budget.time * (unfinished ? 1 - MINIMISE_SHARE : 1)) return [];
  const slices = budget.scenarios === undefined ? Number.POSITIVE_INFINITY : budget.scenarios / SLICE;
  const share = (budget.time ?? 0) / (LEAST_SLICES * order.campaign.targets.length);
  const seeds = (report?.reached ?? []).map(({ scenario }) => scenario);
  // Played first: what comes to a known defect is then known for it, and not investigated anew.
  const examples = (report?.findings ?? [])
    .filter(({ minimal }) => minimal)
    .slice(0, MOST_KNOWN)
    .flatMap(({ scenario }) => (isScript(scenario) ? [] : [scenario]));
  return numbers(WAVE)
    .map(index => (planned.explore + index) * order.shard.of + order.shard.index - 1)
    .filter(slice => slice < slices)
    .map(slice =>
      unit(order, 'explore', slice, {
        scenarios: Math.round(Math.min(1, slices - slice) * SLICE) + examples.length,
        examples,
        seeds,
        ...(budget.time === undefined ? {} : { time: Math.min(LONGEST_SLICE, share) }),
      }),
    );
}

function minimiseUnits(order: Order): readonly Unit[] {
  const { report, planned } = order.target.merged;
  if (planned.minimise > 0) return [];
  return (report?.findings ?? [])
    .filter(({ minimal }) => !minimal)
    .flatMap(({ scenario }) => (isScript(scenario) ? [] : [scenario]))
    .slice(0, MOST_MINIMISED)
    .map((scenario, index) => {
      const examples = replays(scenario);
      return unit(order, 'minimise', index, { scenarios: examples.length, examples });
    });
}

function unit(
  { campaign, entry, run, seed, shard }: Order,
  phase: Phase,
  number: number,
  work: Pick<Unit, 'scenarios'> & Partial<Pick<Unit, 'examples' | 'seeds' | 'time'>>,
): Unit {
  const { claims, wanted, ...target } = entry;
  const { name } = target;
  const part = shard.of === 1 || phase !== 'minimise' ? '' : `${shard.index}.`;
  return {
    run,
    id: `${fileName(name)}.${phase}.${part}${number}`,
    phase,
    name,
    target,
    claims,
    wanted,
    seed: mixed(seed, `${name} ${phase} ${number}`),
    jobs: campaign.jobs,
    examples: [],
    seeds: [],
    ...work,
  };
}

const replays = (scenario: Scenario): readonly Scenario[] =>
  Array<Scenario>(isClean(scenario.upgrade) ? REPLAYS.clean : REPLAYS.dirty).fill(scenario);

/** What is kept of a target is replayed by one shard alone, which then knows what is fixed. */
export const isReplayedBy = ({ index, of }: Shard, target: number): boolean => target % of === index - 1;

const numbers = (count: number): readonly number[] => [...Array(count).keys()];

/** A seed for each unit, so that no two slices play the same scenarios. */
function mixed(seed: number, salt: string): number {
  return createHash('sha256').update(`${seed} ${salt}`).digest().readUInt32BE() >>> 1;
}
