/** Finding → the plain data that reports hold and that travels between processes. */

import type { Finding } from '../investigate/finding.ts';
import { isClean, size } from '../scenario.ts';
import { excerpt } from './excerpt.ts';
import { type Login, redacted } from './redact.ts';
import type { ReportedFinding } from './report.ts';
import { shellWord } from './shell.ts';

/** What is known of a finding beside itself: the login that it used, how its defect was seen, and where it was kept. */
interface Circumstances {
  readonly login: Login;
  readonly sightings?: number;
  /** Claims that deviated by it. */
  readonly claims?: ReadonlySet<string>;
  readonly file?: string | undefined;
}

/** All claims that deviated by this defect; first the one by which it was made small and named. */
export const claimsOf = ({
  claim,
  also = [],
}: Pick<ReportedFinding, 'claim' | 'also'>): readonly string[] => [claim, ...also];

/** Of the claims that deviated by a defect, all but the one by which it is named; no field where there is none. */
export function alsoOf(named: string, claims: Iterable<string> = []): Pick<ReportedFinding, 'also'> {
  const also = [...new Set(claims)].filter(claim => claim !== named).sort();
  return also.length === 0 ? {} : { also };
}

/** The fingerprint as one word. */
export const idOf = (fingerprint: string): string =>
  fingerprint
    .replace(/[^a-z0-9]+/gi, '-')
    .replace(/^-|-$/g, '')
    .toLowerCase();

/** How many steps it takes, in words. */
export const stepsText = ({ steps }: Pick<ReportedFinding, 'steps'>): string =>
  `${steps} ${steps === 1 ? 'step' : 'steps'}`;

/** The claims in words: `fresh-connection (also markers)`. */
export const claimsText = ({ claim, also = [] }: Pick<ReportedFinding, 'claim' | 'also'>): string =>
  also.length === 0 ? claim : `${claim} (also ${also.join(', ')})`;

/**
 * The claims that a defect violates, of those that deviated by it. What needs no plaintext behind STARTTLS shows behind any
 * of it, too, and nothing of that was run.
 */
const violatedBy = ({ deviation, scenario }: Finding, claims: Iterable<string> = []): readonly string[] =>
  [...claims].filter(
    claim => claim === deviation.claim || claim !== 'no-plaintext-carryover' || !isClean(scenario.upgrade),
  );

export function reportedFinding(
  finding: Finding,
  baseline: string,
  { login, sightings = 1, claims, file }: Circumstances,
): ReportedFinding {
  const { deviation, example, scenario, fingerprint, confirmed, minimal, withdraws } = finding;
  return {
    id: idOf(fingerprint),
    claim: deviation.claim,
    ...alsoOf(deviation.claim, violatedBy(finding, claims)),
    requirement: deviation.requirement,
    level: deviation.level,
    summary: redacted(deviation.summary, login),
    fingerprint,
    confirmed,
    minimal,
    ...(withdraws === undefined ? {} : { withdraws }),
    scenario,
    steps: size(scenario),
    difference: redacted({ at: deviation.step, used: deviation.used, fresh: deviation.fresh }, login),
    transcripts: redacted(
      {
        used: excerpt(example.used.transcript),
        ...(example.fresh === undefined ? {} : { fresh: excerpt(example.fresh.transcript) }),
      },
      login,
    ),
    baseline,
    signature: deviation.signature,
    proof: deviation.proof,
    sightings,
    ...(file === undefined ? {} : { file, replay: `afresh replay ${shellWord(file)}` }),
  };
}
