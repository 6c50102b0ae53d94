/**
 * Findings that the description of a target knows and accepts: they become notes, with their reasons.
 *
 * Pure. A known deviation that does not occur any more would hide the next defect of that name: the run does not pass then.
 */

import type { Finding } from './investigate/finding.ts';
import type { Note } from './note.ts';
import type { KnownDeviation } from './targets/target.ts';

export interface Accepted {
  /** What counts. */
  readonly findings: readonly Finding[];
  readonly notes: readonly Note[];
  /** Fingerprints that were expected and not found. */
  readonly stale: readonly string[];
}

export const isAccepted = ({ fingerprint }: Finding, known: readonly KnownDeviation[]): boolean =>
  known.some(deviation => deviation.fingerprint === fingerprint);

/**
 * Takes findings as they come, and hands on those that are news: what is accepted is not told, and what was told and turns
 * out to be that is taken back.
 */
export function telling(
  known: readonly KnownDeviation[],
  tell: (finding: Finding, news: Finding) => void,
): (finding: Finding) => void {
  const told = new Set<string>();
  return finding => {
    const { withdraws = '' } = finding;
    const isNews = !isAccepted(finding, known);
    if (!isNews && !told.has(withdraws)) return;
    const news = isNews ? finding : { ...finding, fingerprint: withdraws };
    told.add(news.fingerprint);
    tell(finding, news);
  };
}

export function accept(findings: readonly Finding[], known: readonly KnownDeviation[]): Accepted {
  const found = ({ fingerprint }: KnownDeviation): Finding | undefined =>
    findings.find(finding => finding.fingerprint === fingerprint);
  return {
    findings: findings.filter(finding => !isAccepted(finding, known)),
    notes: known.flatMap((deviation): Note[] => {
      const summary = found(deviation)?.deviation.summary;
      return summary === undefined
        ? []
        : [{ kind: 'known', text: `${deviation.fingerprint}: ${summary}; accepted: ${deviation.reason}` }];
    }),
    stale: known.filter(deviation => found(deviation) === undefined).map(({ fingerprint }) => fingerprint),
  };
}
