/**
 * What a run came to, as a report: plain data from here on.
 *
 * The verdict is drawn by `verdict.ts`; here stands only which facts it is drawn from, and where each of them is reported.
 */

import { accept } from '../accepted.ts';
import type { Claim } from '../claim.ts';
import { type Coverage, cover, newCoverage } from '../coverage.ts';
import type { Experiment } from '../experiment.ts';
import type { Finding } from '../investigate/finding.ts';
import type { Investigator } from '../investigate/suspicions.ts';
import { type Beforehand, withExplained, withFindings } from '../limits/beforehand.ts';
import type { Door } from '../limits/door.ts';
import { LIMITS_CLAIM } from '../limits/names.ts';
import type { Note } from '../note.ts';
import type { Probed } from '../probe.ts';
import type { SearchEnd, SearchOptions } from '../search.ts';
import { emptyTally, type Tally } from '../tally.ts';
import type { RunningTarget } from '../targets/target.ts';
import { claimVerdict, toldVerdict, unexercised } from '../verdict.ts';
import { TOOL } from '../version.ts';
import { reportedFinding } from './finding.ts';
import { reportedLimit } from './limits.ts';
import { lostMail, notesOf, untestedForms, untestedLogins } from './notes.ts';
import { redacted } from './redact.ts';
import type { Grounds, Report, ReportedClaim, ReportedFinding } from './report.ts';

/** What was asked for, as far as the report tells it. */
export type Asked = Pick<SearchOptions, 'seed' | 'claims' | 'signal'> & {
  readonly name: string;
  /** Claims that the user asked for by name; one of them that had nothing to judge makes the run inconclusive. */
  readonly wanted: readonly string[];
};

/** What is known of a run from its first moment on. */
export interface Started {
  readonly target: RunningTarget;
  readonly options: Asked;
  /** ISO 8601. */
  readonly at: string;
  /** As `performance.now()` told it. */
  readonly clock: number;
  readonly probed: Probed;
}

/** What a search left behind. */
export interface Searched {
  readonly experiment: Experiment;
  readonly investigator: Investigator;
  readonly tally: Tally;
  readonly coverage: Coverage;
  /** Where findings were kept. */
  readonly files: ReadonlyMap<Finding, string | undefined>;
  readonly limited: Beforehand;
  readonly door: Door;
  /** How the search ended; undefined if it was interrupted. */
  readonly end: SearchEnd | undefined;
  /** Whether the first finding was enough, and ended it. */
  readonly enough: boolean;
  /** Whether it served a known-good session at the end. */
  readonly alive: boolean;
  /** Time was up before that session was over. */
  readonly unheard?: true;
  /** Notes of whoever looked at the target beside the search. */
  readonly notes: readonly Note[];
  readonly baselines: readonly string[];
}

/** The report of a run; without a search where there was nothing to search. */
export function assembled(started: Started, searched?: Searched): Report {
  const { target, options, at, clock, probed } = started;
  const tally = searched?.tally ?? emptyTally();
  const seconds = (performance.now() - clock) / 1_000;
  const found = searched === undefined ? [] : withFindings(searched.limited, searched.investigator.findings);
  const { findings, notes, stale } = accept(found, target.knownDeviations);
  const isWhole = options.signal?.aborted !== true && options.wanted.length === 0;
  const grounds = groundsOf(started, searched, tally, isWhole ? stale : []);
  const reported = findings.map(finding => toldFinding(finding, probed, searched));
  return {
    schema: 1,
    tool: TOOL,
    startedAt: at,
    seconds,
    seed: options.seed,
    role: 'server',
    target: {
      name: options.name,
      address: target.address,
      software: target.software ?? probed.greeting,
      recipient: probed.speech.recipient,
      ...(probed.speech.helo === undefined ? {} : { helo: probed.speech.helo }),
    },
    ...toldVerdict({
      ...tally,
      ...grounds,
      findings: findings.length,
      unexercised: unexercised(grounds, id => tally.exercised.has(id)),
    }),
    baselines: [...baselinesOf(probed), ...(searched?.baselines ?? [])],
    claims: [
      ...options.claims.map(claim => reportedClaim(claim, tally, reported, searched?.investigator.unread)),
      ...(searched === undefined ? [] : limitsClaim(searched.limited, findings)),
    ],
    notes: redacted(
      [
        ...notes,
        ...(target.ignored ?? []).map((what): Note => ({ kind: 'skipped', text: `not compared: ${what}` })),
        ...untestedForms(probed),
        ...(searched === undefined || searched.enough ? [] : untestedLogins(started, tally)),
        ...lostMail(tally),
        ...(searched === undefined ? [] : notesOf(searched)),
      ],
      probed.speech,
    ),
    findings: reported,
    limits: searched === undefined ? [] : limitsOf(searched, probed),
    ...reach(searched),
    stats: statsOf(tally, seconds, searched?.experiment),
    grounds,
  };
}

/** A difference that no other run showed, or fresh runs among themselves. */
const isPassing = ({ kind }: Note): boolean => kind === 'unconfirmed' || kind === 'unstable';

/** What the verdict is drawn from, beside the counts. */
function groundsOf(
  { target, options, probed }: Started,
  searched: Searched | undefined,
  tally: Tally,
  stale: readonly string[],
): Grounds {
  return {
    alive: searched?.alive ?? true,
    ...(searched?.unheard === true ? { unheard: true } : {}),
    supported: probed.baseline !== undefined,
    ...(probed.obstacle === undefined ? {} : { obstacle: probed.obstacle }),
    ...closedOf(searched),
    ...(options.signal?.aborted === true ? { interrupted: true } : {}),
    turnedAway: tally.turnedAway,
    recipientKnown: target.recipient !== undefined,
    transactions: tally.transactions,
    loginKnown: target.login !== undefined,
    logins: tally.logins,
    wanted: options.wanted,
    unmeasured: searched?.limited.judged.unmeasured ?? [],
    stale,
    late: searched?.investigator.late ?? 0,
    glimpses: searched?.investigator.glimpses ?? 0,
    passing: searched?.investigator.notes.filter(isPassing).length ?? 0,
  };
}

const toldFinding = (finding: Finding, { baseline, speech }: Probed, searched?: Searched): ReportedFinding =>
  reportedFinding(finding, baseline ?? 'none', {
    login: speech,
    sightings: searched?.investigator.sightings.count(finding.fingerprint) ?? 1,
    claims: searched?.investigator.sightings.claims(finding.fingerprint) ?? new Set(),
    file: searched?.files.get(finding),
  });

const limitsOf = ({ limited, investigator }: Searched, { speech }: Probed): Report['limits'] =>
  withExplained(limited.limits, investigator.allowed.explained, investigator.allowed.examples).map(limit =>
    reportedLimit(limit, speech),
  );

const NONE = { connections: 0, handshakes: 0, disagreements: 0, repeats: 0 };

function statsOf(tally: Tally, seconds: number, experiment: Experiment | undefined): Report['stats'] {
  const { connections, handshakes, disagreements, repeats } = experiment?.counts ?? NONE;
  return {
    scenarios: tally.scenarios,
    judged: tally.judged,
    connections,
    connectionsPerSecond: experiment?.pace.perSecond(seconds) ?? 0,
    handshakes,
    seconds,
    retries: disagreements + repeats,
    inconclusive: tally.inconclusive,
    vacuous: tally.vacuous,
    connectionsPerScenario: tally.scenarios === 0 ? 0 : connections / tally.scenarios,
    outcomes: tally.outcomes,
  };
}

/** Why the door is shut, also where time was up before anybody had looked what is refused there. */
const closedOf = (searched?: Searched): Pick<Grounds, 'closed'> =>
  searched?.end?.closed === true ? { closed: searched.door.refusals.join('; ') || TURNED_AWAY } : {};

const TURNED_AWAY = 'connections were turned away, and there was no time left to wait for the target';

function reach(searched: Searched | undefined): Pick<Report, 'coverage' | 'reached' | 'curve'> {
  const coverage = searched?.coverage ?? newCoverage();
  return {
    coverage: { ...coverage.summary(), ...searched?.end?.combinations },
    reached: cover(coverage.firsts()),
    curve: coverage.curve(),
  };
}

function baselinesOf({ baseline, facts }: Probed): readonly string[] {
  return [
    ...(baseline === undefined ? [] : [baseline]),
    ...(facts.refusedUngreeted.includes('mail') ? ['greeting'] : []),
  ];
}

function reportedClaim(
  { id, requirement }: Claim,
  { exercised }: Tally,
  findings: readonly ReportedFinding[],
  unread: ReadonlySet<string> = new Set(),
): ReportedClaim {
  const judged = exercised.get(id) ?? 0;
  // Where nothing was found, what nobody looked into makes the whole run inconclusive, or is known and accepted.
  const isOpen = judged === 0 || (findings.length > 0 && unread.has(id));
  return { id, requirement, verdict: claimVerdict(id, findings, isOpen), judged };
}

/** How measuring stands among the claims of a report, where the policy asked for it. */
function limitsClaim(limited: Beforehand, findings: readonly Finding[]): readonly ReportedClaim[] {
  const { judged } = limited.judged;
  if (judged === 0) return [];
  const isViolated = findings.some(({ deviation }) => deviation.claim === LIMITS_CLAIM);
  const verdict = isViolated ? 'violated' : 'holds';
  return [{ id: LIMITS_CLAIM, requirement: 'limits-outlive-starttls', verdict, judged }];
}
