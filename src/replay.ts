/**
 * Kept finding × target → what has become of it: fixed, failed, unstable, or an error that says nothing of it.
 *
 * A finding that is not seen counts as fixed only if the target serves a known-good session; one that went away with
 * the server has not been fixed.
 */

import { CLAIMS } from '../properties/index.ts';
import { type CorpusEntry, deviationOf } from './corpus.ts';
import { type Examination, Experiment, isPutOff } from './experiment.ts';
import { confirm, standsFor } from './investigate/confirm.ts';
import { LIMITS_CLAIM, stillViolates } from './limits/findings.ts';
import { type Probed, probe, servesKnownGood, whyUntested } from './probe.ts';
import { type Baseline, isClean } from './scenario.ts';
import type { RunLimits } from './stage.ts';
import { type RunningTarget, TargetError } from './targets/target.ts';

export type ReplayOutcome = 'FIXED' | 'FAILED' | 'UNSTABLE' | 'ERROR';

export interface Replayed {
  readonly outcome: ReplayOutcome;
  readonly reason: string;
  /** Where it was seen, an examination that shows it. */
  readonly example?: Examination;
}

/** A target made ready for kept scenarios. */
export interface Bench {
  readonly target: RunningTarget;
  readonly probed: Probed & { readonly baseline: Baseline };
  readonly experiment: Experiment;
}

/** Rejects with a `TargetError` where nothing can be replayed. */
export async function benchOf(target: RunningTarget, limits: RunLimits, jobs: number): Promise<Bench> {
  const { baseline, ...probed } = await probe(target, limits);
  if (baseline === undefined) throw new TargetError(`${target.address}: ${whyUntested(probed)}`, 3);
  const experiment = new Experiment({ ...probed, baseline, claims: CLAIMS, jobs });
  return { target, probed: { ...probed, baseline }, experiment };
}

export async function replay(bench: Bench, entry: CorpusEntry): Promise<Replayed> {
  if (entry.claim === LIMITS_CLAIM) return measuredAgain(bench, entry);
  const { example, looks, told } = await lookFor(bench, entry);
  if (example === undefined) {
    if (!(await servesKnownGood(bench.probed)))
      return { outcome: 'ERROR', reason: 'the target does not serve a known-good session' };
    return told === 0
      ? { outcome: 'ERROR', reason: `TLS did not come about in any of ${looks} runs: ${entry.summary}` }
      : { outcome: 'FIXED', reason: `not seen in ${told} runs: ${entry.summary}` };
  }
  const result = await confirm(bench.experiment, entry.scenario, deviationOf(entry));
  return result.kind === 'confirmed'
    ? { outcome: 'FAILED', reason: entry.summary, example: result.example }
    : { outcome: 'UNSTABLE', reason: `seen, but ${result.reason}`, example };
}

/** What measuring found, and no pair shows, is measured again. */
async function measuredAgain({ target, probed }: Bench, entry: CorpusEntry): Promise<Replayed> {
  const violates = await stillViolates(target, probed, entry.signature);
  if (violates === undefined) return { outcome: 'ERROR', reason: 'no such limit is met any more' };
  return violates
    ? { outcome: 'FAILED', reason: entry.summary }
    : { outcome: 'FIXED', reason: `not so any more: ${entry.summary}` };
}

interface Looks {
  readonly example?: Examination;
  /** How often it was played, and in how many of these runs it could have shown. */
  readonly looks: number;
  readonly told: number;
}

/** Plays it until it shows, or has had its chance; some runs side by side. */
export async function lookFor({ experiment }: Bench, entry: CorpusEntry): Promise<Looks> {
  const most = looksFor(entry);
  let looks = 0;
  let told = 0;
  while (looks < most) {
    const together = Math.min(experiment.options.jobs, most - looks);
    const seen = await Promise.all(
      Array.from({ length: together }, () => experiment.examineAnew(entry.scenario)),
    );
    looks += together;
    told += seen.filter(tells).length;
    const example = seen.find(one => standsFor(one, entry) !== undefined);
    if (example !== undefined) return { example, looks, told };
  }
  return { looks, told };
}

/**
 * Whether a run that does not show the finding speaks for a cure. Where no TLS came about there was nothing to show, unless
 * that is the cure: STARTTLS refused for good behind such a `before`, or an end of what had bytes behind its STARTTLS or
 * was made to fail.
 */
function tells({ scenario: { upgrade }, used: { transcript }, evidence }: Examination): boolean {
  if (evidence.paired) return true;
  if (transcript.upgrade === 'refused') return !isPutOff(transcript);
  const mayEnd = !isClean(upgrade) || upgrade.handshake.kind === 'failed';
  return mayEnd && (transcript.upgrade === 'lost' || transcript.upgrade === 'failed');
}

/** Looks at what was seen in every pair, and in some runs at an unknown rate. */
const LOOKS = { always: 3, unknown: 60 } as const;
/** How often a race may be missed by chance. */
const MISSED = 0.01;
const MOST_LOOKS = 200;

/** How often to play a finding before it is said not to show: a race needs more looks than what shows always. */
export function looksFor({ confirmed }: Pick<CorpusEntry, 'confirmed'>): number {
  const [, hits, of] = /^(\d+)\/(\d+)$/.exec(confirmed) ?? [];
  const rate = Number(hits) / Number(of);
  if (!(rate > 0)) return LOOKS.unknown;
  if (rate >= 1) return LOOKS.always;
  return Math.min(MOST_LOOKS, Math.ceil(Math.log(MISSED) / Math.log(1 - rate)));
}
