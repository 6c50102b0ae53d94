/**
 * What a search has come to: findings, what is no finding and why, and what nobody had time to look into. Nothing is
 * dropped without a note. What a suspicion comes to is found out by others.
 */

import type { Deviation } from '../claim.ts';
import type { Examination } from '../experiment.ts';
import type { Note } from '../note.ts';
import { type Explained, newExplained } from './explained.ts';
import type { Finding } from './finding.ts';
import { narrowed } from './known.ts';
import type { Refined } from './refine.ts';
import { newSightings, type Sightings } from './sightings.ts';

export interface Ledger {
  readonly findings: readonly Finding[];
  readonly sightings: Sightings;
  readonly explained: Explained;
  /** Claims with deviations that nobody looked into. */
  readonly unread: ReadonlySet<string>;
  /** Scenarios that showed a difference, which may be anything, when there was no time left to look into it. */
  readonly late: number;
  readonly notes: readonly Note[];
  /** True if the finding is new. */
  record(finding: Finding, examination: Examination): boolean;
  /** A rough finding gives way to what it turned out to be, which is told. */
  replace(rough: Finding, outcome: NonNullable<Refined>): void;
  /** Deviations that are not looked into; `isBehind`: behind something known. */
  leave(examination: Examination, deviations: readonly Deviation[], isBehind?: boolean): void;
}

/** Counts each examination once, and holds none of them: on a faulty server there are thousands, with all that was said. */
function newCount(): { readonly add: (examination: Examination) => void; readonly of: () => number } {
  const known = new WeakSet<Examination>();
  let count = 0;
  return {
    add(examination) {
      if (!known.has(examination)) count++;
      known.add(examination);
    },
    of: () => count,
  };
}

/**
 * `onFinding` is told each finding, and once more where it is made smaller later, maybe under another name. `isNews`: whether
 * one is not known and accepted.
 */
export function newLedger(
  onFinding: (finding: Finding) => void,
  isNews: (finding: Finding) => boolean = () => true,
): Ledger {
  const findings: Finding[] = [];
  const sightings = newSightings();
  const explained = newExplained();
  /** Examinations with deviations that nobody had time for, and the claims of those. */
  const unread = newCount();
  const unreadClaims = new Set<string>();
  const late = newCount();
  return {
    findings,
    sightings,
    explained,
    unread: unreadClaims,
    get late() {
      return late.of();
    },
    get notes() {
      const text = `${unread.of()} scenarios differ also behind a difference that was looked into; most of that follows from it, and not all was looked into by itself`;
      return [...explained.notes(), ...(unread.of() === 0 ? [] : [{ kind: 'skipped', text } as const])];
    },
    // Behind something known, and once a server has a finding that counts, further differences are consequences for the most
    // part. A finding that is accepted does not count.
    leave(examination, deviations, isBehind = false) {
      const open = deviations.filter(deviation => !explained.covers(deviation));
      const isTold = isBehind || findings.some(isNews) || open.length === 0;
      (isTold ? unread : late).add(examination);
      for (const { claim } of open) unreadClaims.add(claim);
    },
    record(shown, examination) {
      const finding = narrowed(shown, findings);
      sightings.add(finding.fingerprint, examination, [finding.deviation]);
      const known = findings.find(({ fingerprint }) => fingerprint === finding.fingerprint);
      if (known === undefined) {
        findings.push(finding);
        onFinding(finding);
        return true;
      }
      const { signature, summary } = finding.deviation;
      const isTold = signature === known.deviation.signature || known.kept.length > 0;
      if (!isTold) explained.note('skipped', `taken for ${known.fingerprint}, by its name: ${summary}`);
      return false;
    },
    replace(rough, outcome) {
      const { fingerprint: withdraws } = rough;
      const at = findings.indexOf(rough);
      if (outcome.kind === 'small') {
        const { finding } = outcome;
        const small = finding.fingerprint === withdraws ? finding : { ...finding, withdraws };
        findings[at] = small;
        sightings.rename(withdraws, finding.fingerprint);
        onFinding(small);
        return;
      }
      findings.splice(at, 1);
      if (outcome.kind === 'refuted') {
        explained.add(outcome.outcome, rough.deviation);
        onFinding({ ...rough, withdraws });
        return;
      }
      sightings.rename(withdraws, outcome.fingerprint);
      const known = findings.find(({ fingerprint }) => fingerprint === outcome.fingerprint);
      if (known !== undefined) onFinding({ ...known, withdraws });
    },
  };
}
