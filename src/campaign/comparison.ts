/**
 * This run beside the last one and the baseline: what is new, still there, fixed, known, and stale. Pure.
 *
 * A finding counts as fixed only if its scenario was played again and showed nothing, though it could have: what still
 * differs may have got another name, as one that was made small since. A target that could not be judged fixes nothing. A
 * baseline entry that should have been seen and was not is stale: an unexpected pass.
 */

import type { Report, ReportedFinding } from '../report/report.ts';
import { countedAt, exitCode } from '../verdict.ts';
import type { Known } from './baseline.ts';

export interface Comparison {
  readonly target: string;
  /** The report, with the reasons of what is known. Its verdict is drawn from the findings that are not. */
  readonly report: Report;
  readonly new: readonly string[];
  readonly still: readonly string[];
  readonly fixed: readonly string[];
  /** Not found by their names, but their scenarios still show a difference, or could not be played to the end. */
  readonly unclear: readonly string[];
  readonly known: readonly string[];
  readonly stale: readonly string[];
}

export interface Compared {
  readonly report: Report;
  /** The report of the last run that ended. */
  readonly last: Report | undefined;
  readonly baseline: readonly Known[];
  /** Whether all that is kept of this target was played again, and the search went to its end. */
  readonly complete: boolean;
  /** Kept findings whose scenarios showed a difference when they were played again, whatever it came to, or told nothing. */
  readonly differing: readonly string[];
}

export function compareRuns({ report, last, baseline, complete, differing }: Compared): Comparison {
  const { name } = report.target;
  const listed = baseline.filter(({ target }) => target === name);
  const reasonOf = (fingerprint: string): string | undefined =>
    listed.find(known => known.fingerprint === fingerprint)?.reason;
  const found = report.findings.map(({ fingerprint }) => fingerprint);
  const earlier = (last?.findings ?? []).map(({ fingerprint }) => fingerprint);
  const unlisted = found.filter(fingerprint => reasonOf(fingerprint) === undefined);
  const judged = complete && report.stats.judged > 0 && report.grounds?.alive !== false;
  const absent = [...new Set([...earlier, ...listed.map(({ fingerprint }) => fingerprint)])].filter(
    fingerprint => judged && !found.includes(fingerprint),
  );
  const gone = absent.filter(fingerprint => !differing.includes(fingerprint));
  return {
    target: name,
    report: withHistory(report, earlier, reasonOf, unlisted.length),
    new: unlisted.filter(fingerprint => !earlier.includes(fingerprint)),
    still: unlisted.filter(fingerprint => earlier.includes(fingerprint)),
    fixed: gone.filter(fingerprint => reasonOf(fingerprint) === undefined),
    unclear: absent.filter(fingerprint => differing.includes(fingerprint)),
    known: found.filter(fingerprint => reasonOf(fingerprint) !== undefined),
    stale: gone.filter(fingerprint => reasonOf(fingerprint) !== undefined),
  };
}

function withHistory(
  report: Report,
  earlier: readonly string[],
  reasonOf: (fingerprint: string) => string | undefined,
  unlisted: number,
): Report {
  const findings = report.findings.map((finding): ReportedFinding => {
    const known = reasonOf(finding.fingerprint);
    return {
      ...finding,
      history: earlier.includes(finding.fingerprint) ? 'still-there' : 'new',
      ...(known === undefined ? {} : { known }),
    };
  });
  const notes = findings.flatMap(({ fingerprint, known }) =>
    known === undefined ? [] : [{ kind: 'known', text: `${fingerprint}: ${known}` } as const],
  );
  const isAllowed = report.verdict === 'violated' && unlisted === 0;
  const verdict = isAllowed ? (report.otherwise ?? { verdict: 'allowed' }) : {};
  return { ...report, ...verdict, findings, notes: [...report.notes, ...notes] };
}

/** 0 nothing, or only what is known; 1 violated, or stale; 3 inconclusive or unsupported. */
export function campaignExit(comparisons: readonly Comparison[], counted: 'must' | 'should'): number {
  const isCounted = countedAt(counted);
  const counts = (finding: ReportedFinding): boolean => finding.known === undefined && isCounted(finding);
  const exits = comparisons.map(({ report }) => exitCode(report, counts));
  if (exits.includes(1) || comparisons.some(({ stale }) => stale.length > 0)) return 1;
  return exits.includes(3) ? 3 : 0;
}
