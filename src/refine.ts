/**
 * A finding that was confirmed when there was no time to make it small, made small when there is.
 *
 * It is investigated as if it was seen for the first time, beside all others that were found.
 */

import type { Explainer } from './explain.ts';
import { type Finding, type InvestigationOptions, investigate } from './investigate.ts';
import { newPart } from './known.ts';

/** The same finding, minimal; undefined if it cannot be made so, or turns out to be called otherwise: its name has been told. */
export async function refined(
  options: InvestigationOptions,
  explainer: Explainer,
  findings: readonly Finding[],
  rough: Finding,
): Promise<Finding | undefined> {
  const others = findings.filter(finding => finding !== rough);
  const outcome = await investigate({ ...options, pressed: false }, explainer, others, rough, () => {});
  if (outcome.kind !== 'finding' || !outcome.finding.minimal) return undefined;
  const { fingerprint } = rough;
  return newPart(outcome.finding.fingerprint, others) === fingerprint
    ? { ...outcome.finding, fingerprint }
    : undefined;
}
