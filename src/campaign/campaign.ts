/**
 * A campaign from its beginning, or from where it was left, to its end: units are planned, handed out, and what comes
 * back is written down at once.
 *
 * It knows neither terminals nor queues: a workforce performs the units, and `watch` is told what happens.
 */

import { randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { untilInterrupted } from '../clock.ts';
import type { Report, ReportedFinding } from '../report/report.ts';
import type { Progress } from '../search.ts';
import { TargetError } from '../targets/target.ts';
import { readBaseline } from './baseline.ts';
import { type Comparison, compareRuns } from './comparison.ts';
import type { Campaign } from './file.ts';
import { type Journal, openJournal } from './journal.ts';
import { lock } from './lock.ts';
import { isReplayedBy, nextUnits, type Shard } from './plan.ts';
import {
  ensureKeepable,
  keepFinding,
  readKept,
  readLastRun,
  withFiles,
  writeReached,
  writeRun,
} from './results.ts';
import { reportSoFar, type State, targetState } from './state.ts';
import type { Unit } from './unit.ts';
import type { Workforce } from './workforce.ts';

/** What is told of a campaign while it runs. */
export interface Watch {
  begun(state: State, resumed: boolean): void;
  progress(unit: Unit, progress: Progress): void;
  finding(unit: Unit, finding: ReportedFinding, isNew: boolean, file: string): void;
  done(unit: Unit): void;
}

export interface CampaignOptions {
  readonly campaign: Campaign;
  readonly workforce: Workforce;
  readonly shard: Shard;
  /** Drops a run that did not end. */
  readonly restart: boolean;
  readonly signal: AbortSignal;
  readonly watch: Watch;
}

export interface CampaignResult {
  readonly comparisons: readonly Comparison[];
  /** The reports of the last run, which these are compared with. */
  readonly last: readonly Report[];
  /** Folder of the reports; absent where the campaign was interrupted, and can be resumed. */
  readonly folder?: string;
  /** What could not be written any more: it ended the campaign, which can be resumed. */
  readonly trouble?: TargetError;
}

/** Milliseconds: with less time than this left, no further unit is begun. */
const LEAST_TIME = 1_000;

/** Milliseconds that workers have to tell what they have found, when the user interrupts. */
const LAST_WORDS = 750;

export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { campaign } = options;
  const baseline = readBaseline(campaign);
  ensureKeepable(campaign);
  const release = await lock(campaign.results);
  const journal = begin(options);
  let trouble: TargetError | undefined;
  /** What was found is told, whatever cannot be written down any more. */
  const troubled = (error: unknown): undefined => {
    if (!(error instanceof TargetError)) throw error;
    trouble ??= error;
  };
  try {
    const last = readLastRun(campaign, journal.state.run);
    const isNew = (unit: Unit, { fingerprint }: ReportedFinding): boolean =>
      !baseline.some(known => known.target === unit.name && known.fingerprint === fingerprint) &&
      last.get(unit.name)?.findings.some(finding => finding.fingerprint === fingerprint) !== true;
    const keptOf = readKept(campaign, last);
    const stopped = await search({ ...options, journal, isNew, keptOf }).catch(troubled);
    const comparisons = compared(options, journal.state, { baseline, last, keptOf, stopped, troubled });
    const isOver = stopped !== undefined && stopped !== 'interrupted' && trouble === undefined;
    const folder = isOver ? attempt(() => ended(campaign, journal, comparisons), troubled) : undefined;
    return {
      comparisons,
      last: [...last.values()],
      ...(folder === undefined ? {} : { folder }),
      ...(trouble === undefined ? {} : { trouble }),
    };
  } finally {
    journal.close();
    release();
  }
}

interface Ending {
  readonly baseline: ReturnType<typeof readBaseline>;
  readonly last: ReadonlyMap<string, Report>;
  readonly keptOf: ReturnType<typeof readKept>;
  readonly stopped: Stopped | undefined;
  readonly troubled: (error: unknown) => undefined;
}

/** How each target stands; what it reached is kept where all of the work was done. */
function compared({ campaign, shard }: CampaignOptions, state: State, ending: Ending): readonly Comparison[] {
  const { baseline, last, keptOf, stopped, troubled } = ending;
  const { seed, startedAt } = state;
  return campaign.targets.flatMap((entry, index) => {
    const target = targetState(state, entry.name);
    const report = reportSoFar(target);
    if (report === undefined) return [];
    const replayed = ![...target.wave.values()].some(({ unit }) => unit.phase === 'replay');
    const complete = stopped === 'no' && replayed && isReplayedBy(shard, index);
    if (complete && report.stats.judged > 0)
      attempt(() => writeReached(campaign, entry, report.reached ?? []), troubled);
    const differing = new Set(report.differing?.map(scenario => JSON.stringify(scenario)));
    return compareRuns({
      report: { ...withFiles(campaign, entry, report), seed, startedAt },
      last: last.get(entry.name),
      baseline,
      complete,
      differing: keptOf(entry)
        .findings.filter(({ scenario }) => differing.has(JSON.stringify(scenario)))
        .map(({ fingerprint }) => fingerprint),
    });
  });
}

function ended(campaign: Campaign, journal: Journal, comparisons: readonly Comparison[]): string {
  const folder = writeRun(campaign, journal.state, comparisons);
  journal.record({ kind: 'ended' });
  return folder;
}

function attempt<T>(work: () => T, failed: (error: unknown) => undefined): T | undefined {
  try {
    return work();
  } catch (error) {
    return failed(error);
  }
}

/** The journal of the run to go on with, or of a new one. */
function begin({ campaign, restart, shard, watch }: CampaignOptions): Journal {
  const file = join(campaign.results, 'journal.jsonl');
  const left = openJournal(file, restart);
  const { targets, mode, budget, jobs, seed } = campaign;
  const orders = JSON.stringify({
    targets,
    mode,
    budget,
    jobs,
    shard,
    ...(seed === undefined ? {} : { seed }),
  });
  const resumed = left.state.run !== '' && !left.state.ended;
  if (resumed && left.state.orders !== orders) {
    left.close();
    throw new TargetError(
      `${campaign.results} holds a run that did not end, begun with other settings; say --restart to drop it`,
    );
  }
  if (!resumed) left.close();
  const journal = resumed ? left : openJournal(file, true);
  if (!resumed) {
    const startedAt = new Date().toISOString();
    const run = `${startedAt.replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`;
    journal.record({ kind: 'begun', schema: 1, run, startedAt, seed: seed ?? randomInt(1, 2 ** 31), orders });
  }
  // A process that was killed may have journaled a finding and not kept it.
  for (const entry of targets)
    for (const finding of targetState(journal.state, entry.name).findings.values())
      keepFinding(campaign, entry, finding);
  watch.begun(journal.state, resumed);
  return journal;
}

type Search = CampaignOptions & {
  readonly journal: Journal;
  readonly isNew: (unit: Unit, finding: ReportedFinding) => boolean;
  readonly keptOf: ReturnType<typeof readKept>;
};

type Stopped = 'no' | 'found' | 'interrupted';

/** Hands out units until there are none, the time is up, or something says stop; tells what stopped it. */
async function search(run: Search): Promise<Stopped> {
  const { campaign, journal, workforce, shard, signal } = run;
  const found = new AbortController();
  const { time } = campaign.budget;
  const left = (): number => (time ?? Number.POSITIVE_INFINITY) - journal.elapsed();
  const over = time === undefined ? [] : [AbortSignal.timeout(Math.max(0, Math.ceil(left())))];
  const halt = AbortSignal.any([signal, found.signal, ...over]);
  const inFlight = new Map<Unit, Promise<void>>();
  const launch = (unit: Unit): void => {
    const flight = fly(run, unit, left(), halt, found).finally(() => inFlight.delete(unit));
    inFlight.set(unit, flight);
  };
  try {
    while (!halt.aborted && left() > LEAST_TIME) {
      for (const unit of nextUnits(campaign, journal.state, run.keptOf, shard))
        journal.record({ kind: 'planned', unit });
      for (const unit of waiting(journal.state, inFlight)) {
        if (inFlight.size >= workforce.capacity) break;
        launch(unit);
      }
      if (inFlight.size === 0) break;
      await untilInterrupted(Promise.race(inFlight.values()), signal);
    }
    const landed = Promise.all(inFlight.values());
    await untilInterrupted(landed, signal);
    if (signal.aborted) await Promise.race([landed, delay(LAST_WORDS)]);
  } catch (error) {
    found.abort();
    await Promise.allSettled(inFlight.values());
    throw error;
  }
  if (found.signal.aborted) return 'found';
  return signal.aborted ? 'interrupted' : 'no';
}

/** Units that are planned and in nobody's hands: regressions first, then the target that had the least so far. */
function waiting(state: State, inFlight: ReadonlyMap<Unit, unknown>): readonly Unit[] {
  const units = [...state.targets.values()].flatMap(({ wave, merged }) => {
    const open = [...wave.values()].filter(({ unit, report }) => report === undefined && !inFlight.has(unit));
    const spent = merged.report?.seconds ?? 0;
    return open.map(({ unit }, index) => ({ unit, index, spent }));
  });
  const rank = ({ phase }: Unit): number => (phase === 'replay' ? 0 : 1);
  return units
    .sort(
      (one, other) => rank(one.unit) - rank(other.unit) || one.index - other.index || one.spent - other.spent,
    )
    .map(({ unit }) => unit);
}

/** One unit, handed out; what is found is in the journal and in the corpus before anything else happens. */
async function fly(
  { campaign, journal, workforce, watch, isNew, signal }: Search,
  unit: Unit,
  left: number,
  halt: AbortSignal,
  found: AbortController,
): Promise<void> {
  const entry = campaign.targets.find(({ name }) => name === unit.name) as Campaign['targets'][number];
  const time = Math.min(unit.time ?? Number.POSITIVE_INFINITY, left);
  let trouble: unknown;
  const take = (finding: ReportedFinding): void => {
    const { fingerprint, withdraws } = finding;
    const isKnown = targetState(journal.state, unit.name).findings.get(fingerprint)?.minimal === true;
    if (isKnown && withdraws === undefined) return;
    journal.record({ kind: 'finding', target: unit.name, finding });
    const file = keepFinding(campaign, entry, finding);
    if (isKnown || file === undefined) return;
    const fresh = isNew(unit, finding);
    watch.finding(unit, finding, fresh, file);
    if (fresh && campaign.mode === 'pr') found.abort();
  };
  const report = await workforce.perform(Number.isFinite(time) ? { ...unit, time } : unit, {
    signal: halt,
    onProgress: progress => watch.progress(unit, progress),
    onFinding: finding => {
      try {
        take(finding);
      } catch (error) {
        // Whoever tells of a finding cannot know what to do about a disk that is full.
        trouble ??= error;
        found.abort();
      }
    },
  });
  if (trouble !== undefined) throw trouble;
  watch.done(unit);
  // What an interruption cut short is done again when the campaign goes on.
  if (signal.aborted || report === undefined) return;
  journal.record({ kind: 'done', unit: unit.id, report });
  await workforce.forget(unit);
}
