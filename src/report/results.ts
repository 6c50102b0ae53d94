/**
 * Several results seen together: each run once, and what the runs of one target say of it in all. Pure.
 *
 * Merging is a union, whatever the order and however often the same result is handed over. A finding of any run
 * counts; a claim that one part could not judge is judged by the others.
 */

import { createHash } from 'node:crypto';
import type { Note } from '../note.ts';
import { alsoOf, claimsOf } from './finding.ts';
import { type Report, type ReportedClaim, type ReportedFinding, VERDICTS, type Verdict } from './report.ts';

export interface Results {
  /** The results to report on, oldest first. */
  readonly runs: readonly Report[];
  /** Those of earlier runs: they show what is new and what is gone, and count for nothing else. */
  readonly earlier: readonly Report[];
}

export interface MergedFinding extends ReportedFinding {
  /** How many of the runs found it. */
  readonly runs: number;
  /** Against the latest earlier run of the target; undefined if there is none. */
  readonly status?: 'new' | 'known';
}

/** What the runs of one target say of it together. */
export interface TargetResult {
  readonly name: string;
  readonly role: Report['role'];
  /** The latest of the runs. */
  readonly latest: Report;
  readonly runs: readonly Report[];
  readonly earlier: readonly Report[];
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly baselines: readonly string[];
  readonly claims: readonly ReportedClaim[];
  readonly findings: readonly MergedFinding[];
  /** Fingerprints of the latest earlier run that none of the runs found, and whose scenarios show nothing any more. */
  readonly gone: readonly string[];
  readonly limits: Report['limits'];
  readonly notes: readonly Note[];
}

export function resultsOf(runs: readonly Report[], earlier: readonly Report[] = []): Results {
  const now = byDigest(runs);
  const before = byDigest(earlier).filter(({ digest }) => !now.some(run => run.digest === digest));
  return { runs: now.map(({ run }) => run), earlier: before.map(({ run }) => run) };
}

/** The gravest verdict of all. */
export function verdictOf(runs: readonly { readonly verdict: Verdict }[]): Verdict {
  return VERDICTS.find(verdict => runs.some(run => run.verdict === verdict)) ?? 'inconclusive';
}

/** The targets in alphabetical order, each with its runs. */
export function targetsOf({ runs, earlier }: Results): readonly TargetResult[] {
  const byTarget = Map.groupBy(runs, keyOf);
  return [...byTarget.entries()]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, own]) =>
      targetResult(
        own,
        earlier.filter(run => keyOf(run) === key),
      ),
    );
}

const keyOf = ({ target, role }: Report): string => `${target.name} ${role}`;

function targetResult(runs: readonly Report[], earlier: readonly Report[]): TargetResult {
  const latest = runs.at(-1) as Report;
  const last = earlier.at(-1)?.findings;
  const before = last?.map(({ fingerprint }) => fingerprint);
  const findings = mergedFindings(runs, before);
  const now = new Set(findings.map(({ fingerprint }) => fingerprint));
  return {
    name: latest.target.name,
    role: latest.role,
    latest,
    runs,
    earlier,
    verdict: verdictOf(runs),
    reasons: distinct(runs.flatMap(({ reason }) => reason ?? [])),
    baselines: distinct(runs.flatMap(({ baselines }) => baselines)),
    claims: mergedClaims(runs),
    findings,
    gone: goneFrom(last ?? [], runs).filter(fingerprint => !now.has(fingerprint)),
    limits: mergedLimits(runs),
    notes: [
      ...new Map(runs.flatMap(run => run.notes).map(note => [`${note.kind} ${note.text}`, note])).values(),
    ],
  };
}

/** Names of findings but for those whose scenarios, played again, still showed a difference: they have other names now. */
function goneFrom(last: readonly ReportedFinding[], runs: readonly Report[]): readonly string[] {
  const differing = new Set(
    runs.flatMap(run => run.differing ?? []).map(scenario => JSON.stringify(scenario)),
  );
  return distinct(
    last
      .filter(({ scenario }) => !differing.has(JSON.stringify(scenario)))
      .map(({ fingerprint }) => fingerprint),
  );
}

function mergedFindings(
  runs: readonly Report[],
  before: readonly string[] | undefined,
): readonly MergedFinding[] {
  const byFingerprint = Map.groupBy(
    runs.flatMap(run => run.findings),
    ({ fingerprint }) => fingerprint,
  );
  return [...byFingerprint.values()].map(same => ({
    ...clearest(same),
    sightings: same.reduce((sum, { sightings }) => sum + sightings, 0),
    runs: runs.filter(run => run.findings.some(({ fingerprint }) => fingerprint === same[0]?.fingerprint))
      .length,
    ...(before === undefined
      ? {}
      : { status: before.includes(same[0]?.fingerprint ?? '') ? ('known' as const) : ('new' as const) }),
  }));
}

/** The clearest of them, with all claims that deviated. */
function clearest(same: readonly ReportedFinding[]): ReportedFinding {
  const { also: _, ...finding } = same.reduce(clearer);
  return { ...finding, ...alsoOf(finding.claim, same.flatMap(claimsOf)) };
}

/** The minimal one, then the shorter one, then the later one. */
function clearer(one: ReportedFinding, other: ReportedFinding): ReportedFinding {
  if (one.minimal !== other.minimal) return one.minimal ? one : other;
  return one.steps < other.steps ? one : other;
}

function mergedClaims(runs: readonly Report[]): readonly ReportedClaim[] {
  const byId = Map.groupBy(
    runs.flatMap(run => run.claims),
    ({ id }) => id,
  );
  return [...byId.values()].map(same => {
    const judged = same.reduce((sum, claim) => sum + claim.judged, 0);
    // A part in which nothing put the claim to the test says nothing against the others.
    const telling = same.filter(claim => claim.judged > 0 || claim.verdict !== 'inconclusive');
    return { ...(same[0] as ReportedClaim), judged, verdict: verdictOf(telling) };
  });
}

function mergedLimits(runs: readonly Report[]): Report['limits'] {
  const byName = Map.groupBy(
    runs.flatMap(run => run.limits),
    ({ limit }) => limit,
  );
  return [...byName.values()].map(same => {
    const measured = same.findLast(({ threshold }) => threshold !== undefined) ?? same.at(-1);
    return {
      ...(measured as Report['limits'][number]),
      explained: same.reduce((sum, { explained }) => sum + explained, 0),
    };
  });
}

/** Each result once, oldest first. */
function byDigest(runs: readonly Report[]): readonly { readonly digest: string; readonly run: Report }[] {
  const once = new Map(runs.map(run => [digestOf(run), run]));
  return [...once]
    .map(([digest, run]) => ({ digest, run }))
    .sort((one, other) =>
      `${one.run.startedAt} ${one.digest}` < `${other.run.startedAt} ${other.digest}` ? -1 : 1,
    );
}

/** The same for the same result, however its JSON is laid out. */
const digestOf = (run: Report): string => createHash('sha256').update(canonical(run)).digest('hex');

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  return `{${Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, part]) => `${JSON.stringify(key)}:${canonical(part)}`)
    .join()}}`;
}

const distinct = (texts: readonly string[]): readonly string[] => [...new Set(texts)];
