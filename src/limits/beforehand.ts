/**
 * What is known of a target's limits before the search: roughly where they are, so that the search stays below them,
 * and exactly what STARTTLS makes of those that the policy says must stay, or must not.
 */

import type { Experiment } from '../experiment.ts';
import type { Finding } from '../investigate/finding.ts';
import type { Note } from '../note.ts';
import type { Policy } from '../policy.ts';
import type { Probed } from '../probe.ts';
import type { RunningTarget } from '../targets/target.ts';
import { COMMANDS, findingOf, TRIES } from './findings.ts';
import { type Judged, judged, judgedBy, violations } from './judge.ts';
import type { MeasuredLimit, ThreeRuns } from './measured.ts';
import { roughly, survey } from './survey.ts';
import { newTrimmer, type Trimmer } from './trim.ts';

export interface Beforehand {
  /** One row a limit. */
  readonly limits: readonly MeasuredLimit[];
  readonly findings: readonly Finding[];
  readonly trim: Trimmer;
  /** What became of the limits whose fate the policy asks for. */
  readonly judged: Judged;
}

/** Of a target that nobody has looked at. */
export const NOT_MEASURED: Beforehand = {
  limits: [],
  findings: [],
  trim: newTrimmer([]),
  judged: { judged: 0, unmeasured: [], untold: [] },
};

interface Options {
  readonly policy: Policy;
  /** Connections in flight, at most. */
  readonly jobs: number;
  /** Milliseconds of the whole run; without it there is no hurry. */
  readonly time?: number;
  readonly signal?: AbortSignal;
}

/** Milliseconds for the first look, and its share of the whole run at most. */
const FIRST_LOOK = 5_000;
const FIRST_LOOK_SHARE = 10;
/** The share that exact measurements may take. */
const SHARE = 3;

export async function beforehand(
  target: RunningTarget,
  probed: Probed,
  experiment: Experiment,
  { policy, jobs, time = Number.POSITIVE_INFINITY, signal }: Options,
): Promise<Beforehand> {
  const asked = judgedBy(policy);
  const rough = await roughly(target, probed, jobs, Math.ceil(Math.min(FIRST_LOOK, time / FIRST_LOOK_SHARE)));
  const signals = [
    ...(signal === undefined ? [] : [signal]),
    ...(time === Number.POSITIVE_INFINITY ? [] : [AbortSignal.timeout(Math.ceil(time / SHARE))]),
  ];
  const { limits } =
    asked.length === 0
      ? { limits: [] }
      : await survey(target, probed, {
          only: asked,
          commands: COMMANDS,
          tries: TRIES,
          signal: AbortSignal.any(signals),
        });
  const broken = violations(limits, policy);
  return {
    limits: lowest([...limits, ...rough]),
    findings: broken.flatMap(violation => findingOf(violation, experiment) ?? []),
    trim: newTrimmer([...rough, ...limits]),
    judged: judged(limits, policy),
  };
}

/** Of several ways to meet a limit the one that takes least; what was measured exactly before what was looked at. */
function lowest(limits: readonly MeasuredLimit[]): readonly MeasuredLimit[] {
  const own = limits.filter(({ within }) => within === undefined);
  return [...Map.groupBy(own, ({ limit }) => limit).values()].map(same => {
    const exact = same.filter(({ atStarttls }) => atStarttls !== undefined);
    return [...(exact.length > 0 ? exact : same)].sort(
      (one, other) =>
        (one.threshold ?? Number.POSITIVE_INFINITY) - (other.threshold ?? Number.POSITIVE_INFINITY),
    )[0] as MeasuredLimit;
  });
}

/** The rows as they stand at the end of a search, with the differences that each limit explained. */
export function withExplained(
  limits: readonly MeasuredLimit[],
  explained: ReadonlyMap<string, number>,
  examples: ReadonlyMap<string, ThreeRuns>,
): readonly MeasuredLimit[] {
  const known = limits.map(({ limit }) => limit);
  const others = [...explained.keys()].filter(limit => !known.includes(limit));
  return [...limits, ...others.map((limit): MeasuredLimit => ({ limit, kept: 'unknown', explained: 0 }))].map(
    row => {
      const count = explained.get(row.limit) ?? 0;
      const example = row.example ?? examples.get(row.limit);
      return {
        ...row,
        kept: row.kept === 'unknown' && count > 0 ? 'kept' : row.kept,
        explained: count,
        ...(example === undefined ? {} : { example }),
      };
    },
  );
}

/** Each defect once, whether measuring found it or the search. */
export function withFindings({ findings }: Beforehand, searched: readonly Finding[]): readonly Finding[] {
  const measured = findings.map(({ fingerprint }) => fingerprint);
  return [...findings, ...searched.filter(({ fingerprint }) => !measured.includes(fingerprint))];
}

/** What the policy asks for and could not be told, beside what was. */
export const untoldLimits = ({ judged }: Beforehand): readonly Note[] =>
  judged.untold.map(text => ({ kind: 'untested', text }));
