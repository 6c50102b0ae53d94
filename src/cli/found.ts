/** Tells each finding of a check as it comes: a line for people, the file that it is kept in, an event for machines. */

import type { Keeper } from '../corpus.ts';
import { printable } from '../report/printable.ts';
import type { ReportedFinding } from '../report/report.ts';

export interface Telling {
  readonly line: (text: string) => void;
  /** Absent where nothing is kept. */
  readonly keep: Keeper | undefined;
  readonly event: (finding: ReportedFinding, file: string | undefined) => void;
}

/** Takes findings, also those that turned out to be others, and gives back the file of each. */
export function newTeller({ line, keep, event }: Telling): Keeper {
  const told = new Set<string>();
  return finding => {
    line(printable(toldAs(finding, told)));
    told.add(finding.fingerprint);
    const file = keep?.(finding);
    event(finding, file);
    return file;
  };
}

/** A finding in one line, as it comes; or what one turned out to be. */
function toldAs({ fingerprint, summary, withdraws }: ReportedFinding, told: ReadonlySet<string>): string {
  if (withdraws === fingerprint)
    return `withdrawn: ${fingerprint}: made small, it is explained (see the notes)`;
  if (withdraws !== undefined) return `${withdraws} turns out to be ${fingerprint}: ${summary}`;
  return `${told.has(fingerprint) ? 'made smaller' : 'found'}: ${fingerprint}: ${summary}`;
}
