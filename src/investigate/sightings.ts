/**
 * How often each defect was seen, and by which claims: one defect may show to several judges at once.
 *
 * Pure bookkeeping: what comes to which defect is decided by others.
 */

import type { Deviation } from '../claim.ts';

export interface Sightings {
  /** Takes in that deviations of an examination, in whichever role, come to the defect of this name. It counts once. */
  add(fingerprint: string, examination: object, deviations: readonly Deviation[]): void;
  /** What was taken for one defect is another one; an examination that counted for both must not count twice. */
  rename(from: string, to: string): void;
  /** Examinations in which the defect was seen, at least. */
  count(fingerprint: string): number;
  /** The claims that deviated by it. */
  claims(fingerprint: string): ReadonlySet<string>;
}

export function newSightings(): Sightings {
  const counts = new Map<string, number>();
  const claims = new Map<string, Set<string>>();
  const seen = new WeakMap<object, Set<string>>();
  return {
    add(fingerprint, examination, deviations) {
      const names = seen.get(examination) ?? new Set();
      if (!names.has(fingerprint)) counts.set(fingerprint, (counts.get(fingerprint) ?? 0) + 1);
      seen.set(examination, names.add(fingerprint));
      const judges = claims.get(fingerprint) ?? new Set();
      for (const { claim } of deviations) judges.add(claim);
      claims.set(fingerprint, judges);
    },
    rename(from, to) {
      if (from === to) return;
      counts.set(to, Math.max(counts.get(from) ?? 0, counts.get(to) ?? 0));
      claims.set(to, new Set([...(claims.get(to) ?? []), ...(claims.get(from) ?? [])]));
      counts.delete(from);
      claims.delete(from);
    },
    count: fingerprint => counts.get(fingerprint) ?? 0,
    claims: fingerprint => claims.get(fingerprint) ?? new Set(),
  };
}
