/** Verdicts: of a claim, of a run, and what of it makes the exit code. Pure. */

import { claimsOf } from './report/finding.ts';
import type { Grounds, Report, ReportedFinding, Verdict } from './report/report.ts';
import type { Level } from './smtp/requirements.ts';
import type { Logins } from './tally.ts';

/** The verdict of one claim; `isOpen`: nothing put it to the test, or its deviations were not all looked into or confirmed. */
export function claimVerdict(
  id: string,
  findings: readonly Pick<ReportedFinding, 'claim' | 'also'>[],
  isOpen: boolean,
): Verdict {
  if (findings.some(finding => claimsOf(finding).includes(id))) return 'violated';
  return isOpen ? 'inconclusive' : 'holds';
}

/** What was asked for and not judged: claims by name, and limits. */
export const unexercised = (
  { wanted, unmeasured = [] }: Pick<Grounds, 'wanted' | 'unmeasured'>,
  isExercised: (claim: string) => boolean,
): readonly string[] => [...wanted.filter(id => !isExercised(id)), ...unmeasured];

export interface RunFacts extends Omit<Grounds, 'wanted' | 'unmeasured'> {
  readonly findings: number;
  readonly scenarios: number;
  readonly judged: number;
  readonly inconclusive: number;
  /** Claims too many of whose scenarios could not be judged. */
  readonly doubted?: readonly string[];
  /** What was asked for and had nothing to judge. */
  readonly unexercised: readonly string[];
}

/** So many grants that were seen once and could not be confirmed are too many for chance. */
const MANY_GLIMPSES = 3;

const isRefused = ({ before, inTls, refused }: Logins): boolean => before + inTls === 0 && refused > 0;

const MOST_INCONCLUSIVE = 0.1;

/** Whether what could not be judged is more than a small share. */
export const isTooMany = (inconclusive: number, scenarios: number): boolean =>
  inconclusive > scenarios * MOST_INCONCLUSIVE;

type Judged = Pick<Report, 'verdict' | 'reason'>;

/** The verdict of a whole run as its report tells it: with the reason, and with what it would be but for the findings. */
export function toldVerdict(
  facts: RunFacts,
  besides: Judged = runVerdict({ ...facts, findings: 0 }),
): Pick<Report, 'verdict' | 'reason' | 'otherwise'> {
  return facts.findings === 0 ? besides : violatedBut(besides);
}

/** The verdict where something was found, beside what it would be without. */
export const violatedBut = (besides: Judged): Pick<Report, 'verdict' | 'otherwise'> => ({
  verdict: 'violated',
  ...(besides.verdict === 'holds' ? {} : { otherwise: besides }),
});

/** What a process ends with. */
export const EXIT = {
  violated: 1,
  unsupported: 3,
  inconclusive: 3,
  allowed: 0,
  holds: 0,
} as const satisfies Record<Verdict, number>;

/** The same for a report of whose findings not all count. */
export function exitCode(
  { verdict, findings, otherwise }: Pick<Report, 'verdict' | 'findings' | 'otherwise'>,
  counts: (finding: ReportedFinding) => boolean,
): (typeof EXIT)[Verdict] {
  const stands = verdict !== 'violated' || findings.some(counts);
  return EXIT[stands ? verdict : (otherwise?.verdict ?? 'holds')];
}

/** Which findings count at `--level`. */
export const countedAt =
  (level: Level) =>
  (finding: Pick<ReportedFinding, 'level'>): boolean =>
    level === 'should' || finding.level === 'must';

/** What kept most of the scenarios from being judged. */
const whyUnjudged = ({ inconclusive, turnedAway = 0 }: RunFacts): string =>
  2 * turnedAway > inconclusive
    ? 'connections were turned away, as where only so many are taken at once, or in a time: fewer --jobs may do'
    : 'they ran out of time, or did not come out the same twice';

/** With fewer scenarios than this, the likely reason is that there was too little time. */
const FEW = 20;

/** What more can be said where nothing was judged. */
function hint(facts: RunFacts): string {
  if (isTooMany(facts.inconclusive, facts.scenarios))
    return `; ${facts.inconclusive} could not be judged: ${whyUnjudged(facts)}`;
  return facts.scenarios < FEW ? ': give it more time' : '';
}

/** So many kinds of differences that did not come again tell of a target that answers by chance, whatever is asked. */
const MANY_PASSING = 3;

/** What to do about differences that nobody looked into: where a target answers by chance, there will be more of them. */
const remedy = ({ passing = 0 }: RunFacts): string =>
  passing >= MANY_PASSING
    ? `${passing} like it did not come again, as where a target refuses by chance; see to that, or give it more time`
    : 'give it more time';

/** Why a run that found nothing does not hold. */
type Doubt = (facts: RunFacts) => string | undefined;

/** What was not there, or was there too late, to be judged. */
const NOTHING_TO_JUDGE: readonly Doubt[] = [
  ({ obstacle }) => obstacle,
  ({ closed }) => closed,
  ({ alive, unheard }) => {
    if (alive) return undefined;
    return unheard === true
      ? 'time was up before a known-good session at the end was over: the target is slow, or serves none any more'
      : 'the target did not serve a known-good session at the end';
  },
  ({ glimpses = 0 }) =>
    glimpses >= MANY_GLIMPSES
      ? `${glimpses} times a command was taken in TLS that fresh connections refuse as out of order, or a reply came late, each time once and not again: something may be kept where connections meet`
      : undefined,
  facts =>
    (facts.late ?? 0) > 0
      ? `what ${facts.late} of ${facts.scenarios} scenarios showed came too late to be looked into: ${remedy(facts)}`
      : undefined,
  ({ scenarios, interrupted }) => {
    if (scenarios > 0) return undefined;
    return interrupted === true
      ? 'it was interrupted before anything was tried'
      : 'time was up before anything was tried: give it more time';
  },
];

/** What was judged, and says too little. */
const TOO_LITTLE_SAID: readonly Doubt[] = [
  facts =>
    facts.judged === 0
      ? `none of ${facts.scenarios} scenarios completed a handshake in both runs${hint(facts)}`
      : undefined,
  ({ unexercised }) =>
    unexercised.length > 0 ? `nothing put to the test: ${unexercised.join(', ')}` : undefined,
  facts =>
    isTooMany(facts.inconclusive, facts.scenarios)
      ? `${facts.inconclusive} of ${facts.scenarios} scenarios could not be judged: ${whyUnjudged(facts)}`
      : undefined,
  ({ doubted = [] }) =>
    doubted.length > 0
      ? `too much of what was put to the test did not come out the same twice: ${doubted.join(', ')}`
      : undefined,
  ({ recipientKnown, transactions, judged }) =>
    recipientKnown && transactions === 0
      ? `no transaction was completed in TLS, in ${judged} scenarios that were judged`
      : undefined,
  ({ loginKnown, logins }) =>
    loginKnown === true && logins !== undefined && isRefused(logins)
      ? 'no login was accepted, in plaintext or in TLS: are the user and the password right?'
      : undefined,
  ({ stale: [deviation] = [] }) =>
    deviation === undefined
      ? undefined
      : `the known deviation "${deviation}" was not found: take it out, or search longer`,
];

/** The verdict of a whole run, and the first reason why it is not `holds`. */
export function runVerdict(facts: RunFacts): Judged {
  if (facts.findings > 0) return { verdict: 'violated' };
  if (facts.obstacle === undefined && !facts.supported)
    return { verdict: 'unsupported', reason: 'STARTTLS is not offered' };
  for (const doubt of [...NOTHING_TO_JUDGE, ...TOO_LITTLE_SAID]) {
    const reason = doubt(facts);
    if (reason !== undefined) return { verdict: 'inconclusive', reason };
  }
  return { verdict: 'holds' };
}
