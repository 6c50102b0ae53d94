/**
 * A finding that was confirmed when there was no time to make it small, looked into once more when there is.
 *
 * It is investigated as if it was seen for the first time, beside all others that were found. So it may turn out to be one
 * of those, or none at all, or to be called otherwise than what it seemed to be.
 */

import type { Explainer } from './explain.ts';
import type { Innocent } from './explained.ts';
import type { Finding, Investigation, InvestigationOptions } from './finding.ts';
import { investigate } from './investigate.ts';
import { foundBefore, narrowed } from './known.ts';

/** What a rough finding is: another one, by its name, or a small one, or none; undefined if it stays what it is. */
export type Refined =
  | { readonly kind: 'refuted'; readonly outcome: Innocent }
  | { readonly kind: 'known'; readonly fingerprint: string }
  | { readonly kind: 'small'; readonly finding: Finding }
  | undefined;

/** What explains it for good, once it is small enough to be explained. */
const REFUTING: ReadonlySet<Investigation['kind']> = new Set([
  'allowed',
  'cross-connection',
  'tls-knowledge',
  'elapsed-time',
]);

const isRefuting = (outcome: Investigation): outcome is Innocent => REFUTING.has(outcome.kind);

export async function refined(
  options: InvestigationOptions,
  explainer: Explainer,
  findings: readonly Finding[],
  rough: Finding,
): Promise<Refined> {
  const others = findings.filter(finding => finding !== rough);
  const outcome = await investigate({ ...options, pressed: false }, explainer, others, rough, () => {});
  if (outcome.kind === 'known') return outcome;
  if (isRefuting(outcome)) return { kind: 'refuted', outcome };
  if (outcome.kind !== 'finding' || !outcome.finding.minimal) return undefined;
  const finding = narrowed(outcome.finding, others);
  const { fingerprint } = finding;
  if (others.some(known => known.fingerprint === fingerprint)) return { kind: 'known', fingerprint };
  // Small as it is now, the target can tell whether another one leads to it as well.
  const same = await foundBefore(options.experiment, explainer, others, outcome.finding);
  return same === undefined ? { kind: 'small', finding } : { kind: 'known', fingerprint: same };
}
