/**
 * Kept finding × target → what has become of it: fixed, failed, unstable, or an error that says nothing of it.
 *
 * A finding that is not seen counts as fixed only if the target serves a known-good session; one that went away with
 * the server has not been fixed.
 */

import { CLAIMS } from '../properties/index.ts';
import { looksFor } from './certainty.ts';
import { type CorpusEntry, deviationOf } from './corpus.ts';
import { type Examination, Experiment } from './experiment.ts';
import { confirm, standsFor } from './investigate/confirm.ts';
import { stillViolates } from './limits/findings.ts';
import { LIMITS_CLAIM } from './limits/names.ts';
import { type Probed, probe, servesKnownGood, whyUntested } from './probe.ts';
import type { Baseline } from './scenario.ts';
import type { RunLimits } from './stage.ts';
import { type RunningTarget, TargetError } from './targets/target.ts';
import { whyVain } from './vain.ts';
import { isTooMany } from './verdict.ts';

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
  const looked = await lookFor(bench, entry);
  if (looked.example === undefined) return notSeen(bench, entry, looked);
  const { example } = looked;
  const result = await confirm(bench.experiment, entry.scenario, deviationOf(entry));
  return result.kind === 'confirmed'
    ? { outcome: 'FAILED', reason: entry.summary, example: result.example }
    : { outcome: 'UNSTABLE', reason: `seen, but ${result.reason}`, example };
}

/** Fixed it is only if it would have been seen. */
async function notSeen(
  { probed }: Bench,
  { summary }: CorpusEntry,
  { looks, vain }: Looked,
): Promise<Replayed> {
  if (isTooMany(vain.length, looks))
    return { outcome: 'ERROR', reason: `${vain.length} of ${looks} runs say nothing: ${vain[0]}` };
  return (await servesKnownGood(probed))
    ? { outcome: 'FIXED', reason: `not seen in ${looks} runs: ${summary}` }
    : { outcome: 'ERROR', reason: 'the target does not serve a known-good session' };
}

/** What measuring found, and no pair shows, is measured again. */
async function measuredAgain({ target, probed }: Bench, entry: CorpusEntry): Promise<Replayed> {
  const violates = await stillViolates(target, probed, entry.signature);
  if (violates === undefined) return { outcome: 'ERROR', reason: 'no such limit is met any more' };
  return violates
    ? { outcome: 'FAILED', reason: entry.summary }
    : { outcome: 'FIXED', reason: `not so any more: ${entry.summary}` };
}

interface Looked {
  readonly example?: Examination;
  readonly looks: number;
  /** Why some of them say nothing. */
  readonly vain: readonly string[];
}

/** Plays it until it shows, or has had its chance; some runs side by side. Rejects where nothing could show it. */
export async function lookFor({ experiment }: Bench, entry: CorpusEntry): Promise<Looked> {
  if (!CLAIMS.some(({ id }) => id === entry.claim))
    throw new TargetError(`this afresh knows no claim "${entry.claim}": is the file of another version?`, 3);
  const most = looksFor(entry.confirmed);
  const vain: string[] = [];
  let looks = 0;
  while (looks < most) {
    const together = Math.min(experiment.options.jobs, most - looks);
    const seen = await Promise.all(
      Array.from({ length: together }, () => experiment.examineAnew(entry.scenario)),
    );
    looks += together;
    const example = seen.find(one => standsFor(one, entry) !== undefined);
    if (example !== undefined) return { example, looks, vain };
    vain.push(...seen.flatMap(one => whyVain(entry, one) ?? []));
  }
  return { looks, vain };
}
