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
import { outline } from '../investigate/fingerprint.ts';
import type { Investigator } from '../investigate/suspicions.ts';
import { type Beforehand, limitsClaim, withExplained, withFindings } from '../limits/beforehand.ts';
import type { Door } from '../limits/door.ts';
import type { Probed } from '../probe.ts';
import type { Restarts } from '../runner.ts';
import type { SearchEnd, SearchOptions } from '../search.ts';
import { emptyTally, type Logins, type Tally } from '../tally.ts';
import type { RunningTarget } from '../targets/target.ts';
import { claimVerdict, toldVerdict, unexercised } from '../verdict.ts';
import { TOOL } from '../version.ts';
import { reportedFinding } from './finding.ts';
import { redacted, redactedLimit } from './redact.ts';
import type { Grounds, Note, Report, ReportedClaim, ReportedFinding } from './report.ts';

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
  /** Whether it served a known-good session at the end. */
  readonly alive: boolean;
  /** Notes of whoever looked at the target beside the search. */
  readonly notes: readonly Note[];
  readonly baselines: readonly string[];
}

/** The report of a run; without a search where there was nothing to search. */
export function assembled({ target, options, at, clock, probed }: Started, searched?: Searched): Report {
  const tally = searched?.tally ?? emptyTally();
  const alive = searched?.alive ?? true;
  const seconds = (performance.now() - clock) / 1_000;
  const found = searched === undefined ? [] : withFindings(searched.limited, searched.investigator.findings);
  const { findings, notes, stale } = accept(found, target.knownDeviations);
  const isWhole = options.signal?.aborted !== true && options.wanted.length === 0;
  const refusals = (searched?.door.refusals ?? []).map(text => `${text}: a limit across connections`);
  const late = searched?.investigator.late ?? 0;
  const grounds: Grounds = {
    alive,
    supported: probed.baseline !== undefined,
    ...(probed.obstacle === undefined ? {} : { obstacle: probed.obstacle }),
    ...(searched?.end?.closed === true ? { closed: refusals.join('; ') } : {}),
    recipientKnown: target.recipient !== undefined,
    transactions: tally.transactions,
    loginKnown: target.login !== undefined,
    logins: tally.logins,
    wanted: options.wanted,
    unmeasured: searched?.limited.unmeasured ?? [],
    stale: isWhole ? stale : [],
    late,
  };
  const reported = findings.map(finding =>
    reportedFinding(finding, probed.baseline ?? 'none', {
      login: probed.speech,
      sightings: searched?.investigator.sightings.count(finding.fingerprint) ?? 1,
      claims: searched?.investigator.sightings.claims(finding.fingerprint) ?? new Set(),
      file: searched?.files.get(finding),
    }),
  );
  const connections = searched?.experiment.counts.connections ?? 0;
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
    notes: [
      ...(target.ignored ?? []).map((what): Note => ({ kind: 'skipped', text: `not compared: ${what}` })),
      ...redacted([...notes, ...(searched?.investigator.notes ?? [])], probed.speech),
      ...(searched?.notes ?? []),
      ...restartedNote(searched?.experiment),
      ...(target.login === undefined || tally.judged === 0 ? [] : untestedLogins(tally.logins, probed)),
      ...refusals.map(
        (text): Note => ({ kind: 'cross-connection', text: `${text}; the search waited, and slowed down` }),
      ),
      ...(searched?.experiment.noise.learned() ?? []).map((text): Note => ({ kind: 'noise', text })),
    ],
    findings: reported,
    limits:
      searched === undefined
        ? []
        : withExplained(
            searched.limited.limits,
            searched.investigator.allowed.explained,
            searched.investigator.allowed.examples,
          ).map(limit => redactedLimit(limit, probed.speech)),
    ...reach(searched),
    stats: {
      scenarios: tally.scenarios,
      judged: tally.judged,
      connections,
      connectionsPerSecond: connections / seconds,
      handshakes: searched?.experiment.counts.handshakes ?? 0,
      seconds,
      retries: searched?.experiment.counts.disagreements ?? 0,
      inconclusive: tally.inconclusive,
      vacuous: tally.vacuous,
      connectionsPerScenario: tally.scenarios === 0 ? 0 : connections / tally.scenarios,
      outcomes: tally.outcomes,
    },
    grounds,
  };
}

/** What a maintainer wants to know of a server that ended by itself, though nothing is judged by it. */
function restartedNote(experiment: Experiment | undefined): readonly Note[] {
  const { times, fatal }: Restarts = experiment?.restarts ?? { times: 0 };
  if (times === 0) return [];
  const cause = fatal === undefined ? '' : `; what was said when it ended: ${outline(fatal)}`;
  return [
    {
      kind: 'restarted',
      text: `the target ended by itself ${times === 1 ? 'once' : `${times} times`} and was started again; what that cut off was played once more${cause}`,
    },
  ];
}

/** What keeps a login from being seen to outlive STARTTLS, where one is known. */
function untestedLogins({ before, inTls }: Logins, { facts, offeredInTls }: Probed): readonly Note[] {
  if (before > 0) return [];
  const isOffered = facts.offered.includes('AUTH');
  const text = (): string => {
    if (isOffered)
      return `no login was accepted before STARTTLS${inTls > 0 ? '' : ', nor in TLS'}, though AUTH is offered`;
    return offeredInTls.includes('AUTH')
      ? 'AUTH is not offered before STARTTLS'
      : 'AUTH is offered neither before STARTTLS nor in TLS';
  };
  return [{ kind: 'untested', text: `${text()}: whether a login outlives it could not be seen` }];
}

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
