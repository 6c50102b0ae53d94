/** Verdicts and the one rule that merges them. Pure. */

import { claimsOf } from './report/finding.ts';
import { type ReportedFinding, VERDICTS, type Verdict } from './report/report.ts';
import type { Logins } from './tally.ts';

/** Of several verdicts, the gravest. */
export function merged(verdicts: readonly Verdict[]): Verdict {
  return VERDICTS.find(verdict => verdicts.includes(verdict)) ?? 'holds';
}

/** The verdict of one claim; `isOpen`: nothing put it to the test, or its deviations were not all looked into or confirmed. */
export function claimVerdict(
  id: string,
  findings: readonly Pick<ReportedFinding, 'claim' | 'also'>[],
  isOpen: boolean,
): Verdict {
  if (findings.some(finding => claimsOf(finding).includes(id))) return 'violated';
  return isOpen ? 'inconclusive' : 'holds';
}

export interface RunFacts {
  readonly findings: number;
  readonly supported: boolean;
  /** Why TLS does not come about, though STARTTLS is offered. */
  readonly obstacle?: string;
  readonly scenarios: number;
  readonly judged: number;
  readonly inconclusive: number;
  /** Claims too many of whose scenarios could not be judged. */
  readonly doubted?: readonly string[];
  /** Claims that were asked for by name and had nothing to judge. */
  readonly unexercised: readonly string[];
  /** Whether the target served a known-good session at the end. */
  readonly alive: boolean;
  /** Whether recipients are known; then a transaction must have been completed in TLS. */
  readonly recipientKnown: boolean;
  readonly transactions: number;
  /** Whether a login is known; then one must have been accepted, if any was refused. */
  readonly loginKnown?: boolean;
  readonly logins?: Readonly<Logins>;
  /** Known deviations that a whole search did not find. */
  readonly stale?: readonly string[];
  /** Scenarios that showed a difference too late to be looked into. */
  readonly late?: number;
  /** What made the target take no more connections, and ended the search. */
  readonly closed?: string;
}

const isRefused = ({ before, inTls, refused }: Logins): boolean => before + inTls === 0 && refused > 0;

const MOST_INCONCLUSIVE = 0.1;

/** Whether what could not be judged is more than a small share. */
export const isTooMany = (inconclusive: number, scenarios: number): boolean =>
  inconclusive > scenarios * MOST_INCONCLUSIVE;

/** The verdict of a whole run, and why it is not `holds`. */
export function runVerdict(facts: RunFacts): { readonly verdict: Verdict; readonly reason?: string } {
  if (facts.findings > 0) return { verdict: 'violated' };
  const inconclusive = (reason: string): { readonly verdict: Verdict; readonly reason: string } => ({
    verdict: 'inconclusive',
    reason,
  });
  if (facts.obstacle !== undefined) return inconclusive(facts.obstacle);
  if (!facts.supported) return { verdict: 'unsupported', reason: 'STARTTLS is not offered' };
  if (facts.closed !== undefined) return inconclusive(facts.closed);
  if (!facts.alive) return inconclusive('the target did not serve a known-good session at the end');
  if (facts.late !== undefined && facts.late > 0)
    return inconclusive(
      `what ${facts.late} of ${facts.scenarios} scenarios showed came too late to be looked into: give it more time`,
    );
  if (facts.scenarios === 0) return inconclusive('time was up before anything was tried: give it more time');
  if (facts.judged === 0) return inconclusive('no scenario completed a handshake in both runs');
  if (facts.unexercised.length > 0)
    return inconclusive(`nothing put to the test: ${facts.unexercised.join(', ')}`);
  if (isTooMany(facts.inconclusive, facts.scenarios))
    return inconclusive(
      `${facts.inconclusive} of ${facts.scenarios} scenarios could not be judged: they ran out of time, or did not come out the same twice`,
    );
  if (facts.doubted !== undefined && facts.doubted.length > 0)
    return inconclusive(
      `too much of what was put to the test did not come out the same twice: ${facts.doubted.join(', ')}`,
    );
  if (facts.recipientKnown && facts.transactions === 0)
    return inconclusive('no transaction was completed in TLS');
  if (facts.loginKnown === true && facts.logins !== undefined && isRefused(facts.logins))
    return inconclusive(
      'no login was accepted, in plaintext or in TLS: are the user and the password right?',
    );
  const [stale] = facts.stale ?? [];
  if (stale !== undefined)
    return inconclusive(`the known deviation "${stale}" was not found: take it out, or search longer`);
  return { verdict: 'holds' };
}
