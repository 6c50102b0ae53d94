/**
 * Findings that the description of a target knows and accepts: they become notes, with their reasons.
 *
 * Pure. An exception that nothing needs any more hides what comes next under its name: it is told, and is no pass.
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
