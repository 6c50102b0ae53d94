/**
 * Several reports of parts of one run → one report. Pure.
 *
 * `results.ts` joins what reports say; here the counts are added as well, and the verdict is drawn anew from all of it,
 * by the same rule as that of a single run: a small part that had nothing to judge takes nothing from the whole.
 */

import { type CoveragePoint, cover, extended, statesOf } from '../coverage.ts';
import type { Note } from '../note.ts';
import type { Scenario } from '../scenario.ts';
import type { Logins } from '../tally.ts';
import { type RunFacts, runVerdict, toldVerdict, unexercised } from '../verdict.ts';
import type { Grounds, Report } from './report.ts';
import { resultsOf, type TargetResult, targetsOf } from './results.ts';

/** A hostile target may make up ever new defects and notes; a note says that there were more. */
export const MOST_FINDINGS = 200;
const MOST_NOTES = 200;

/** All parts have the same target. The same part twice counts once. */
export function mergeReports(all: readonly [Report, ...Report[]]): Report {
  const { runs: parts } = resultsOf(all);
  const [first, last] = [parts[0], parts.at(-1)] as [Report, Report];
  if (parts.length === 1) return first;
  const [together] = targetsOf({ runs: parts, earlier: [] }) as readonly [TargetResult];
  const { claims, limits, baselines } = together;
  const stats = mergedStats(parts);
  const reached = cover(parts.flatMap(part => part.reached ?? []));
  const transitions = new Set(reached.flatMap(reach => reach.transitions));
  const grounds = mergedGrounds(parts);
  const facts: RunFacts = {
    ...stats,
    ...grounds,
    findings: together.findings.length,
    doubted: first.role === 'client' ? openClaims(claims) : [],
    unexercised: unexercised(grounds, id => claims.some(claim => claim.id === id && claim.judged > 0)),
  };
  const { reason: _, otherwise: __, ...same } = first;
  return {
    ...same,
    target: { ...first.target, ...last.target },
    seconds: stats.seconds,
    ...toldVerdict(facts, reasoned(runVerdict({ ...facts, findings: 0 }), parts)),
    baselines,
    claims,
    notes: bounded(together, grounds),
    findings: together.findings.slice(0, MOST_FINDINGS).map(({ runs: _, status: __, ...finding }) => finding),
    limits,
    coverage: {
      states: statesOf(transitions).size,
      transitions: transitions.size,
      // Every part was ever less likely to see more; all of them together are no more likely than the least of them.
      discovery: Math.min(...parts.map(({ coverage }) => coverage.discovery)),
      upgrades: [...new Set(parts.flatMap(({ coverage }) => coverage.upgrades ?? []))].sort(),
    },
    reached,
    differing: differingIn(parts),
    curve: mergedCurve(parts),
    stats,
    grounds,
  };
}

/** Claims about a client that were put to the test, too often in vain; about a server, what is open is counted as late. */
const openClaims = (claims: Report['claims']): readonly string[] =>
  claims.filter(({ verdict, judged }) => verdict === 'inconclusive' && judged > 0).map(({ id }) => id);

/** A part in which the target died knows more about it. */
function reasoned(judged: ReturnType<typeof runVerdict>, parts: readonly Report[]): typeof judged {
  const known = parts.find(part => !isAlive(part))?.reason;
  return known === undefined ? judged : { ...judged, reason: known };
}

const differingIn = (parts: readonly Report[]): readonly Scenario[] => [
  ...new Map(parts.flatMap(part => part.differing ?? []).map(one => [JSON.stringify(one), one])).values(),
];

/** The curve of the first part, and a point for the end of each further one. */
function mergedCurve([first, ...others]: readonly Report[]): readonly CoveragePoint[] {
  if (first === undefined) return [];
  const begun = Date.parse(first.startedAt);
  const seen = new Set(first.reached?.flatMap(reach => reach.transitions));
  let curve = first.curve ?? [];
  let { scenarios } = first.stats;
  let { discovery } = first.coverage;
  for (const { startedAt, seconds, reached = [], stats, coverage } of others) {
    for (const { transitions } of reached) for (const one of transitions) seen.add(one);
    scenarios += stats.scenarios;
    discovery = Math.min(discovery, coverage.discovery);
    // Parts may run side by side, and end in another order than they began.
    const ended = (Date.parse(startedAt) - begun) / 1_000 + seconds;
    const latest = Math.max(ended, curve.at(-1)?.seconds ?? 0);
    curve = extended(curve, { seconds: latest, scenarios, transitions: seen.size, discovery });
  }
  return curve;
}

const isAlive = ({ grounds, stats }: Report): boolean => grounds?.alive ?? stats.scenarios > 0;

/** The notes, and one more for each list that had to be cut off. What one part did not test, another one may have. */
function bounded({ notes, findings, baselines }: TargetResult, { logins }: Grounds): readonly Note[] {
  const isTested: Readonly<Record<NonNullable<Note['about']>, boolean>> = {
    login: (logins?.before ?? 0) > 0,
    'implicit-tls': baselines.includes('implicit-tls'),
  };
  const kept = notes.filter(({ about }) => about === undefined || !isTested[about]).slice(0, MOST_NOTES);
  const more: readonly Note[] = [
    ...(findings.length > MOST_FINDINGS ? [unlisted(MOST_FINDINGS, 'findings')] : []),
    ...(notes.length > MOST_NOTES ? [unlisted(MOST_NOTES, 'notes')] : []),
  ];
  return [...kept, ...more.filter(({ text }) => !kept.some(note => note.text === text))];
}

const unlisted = (most: number, what: string): Note => ({
  kind: 'skipped',
  text: `there are more than ${most} ${what}; the others are not listed`,
});

function mergedStats(parts: readonly Report[]): Report['stats'] {
  const sum = (count: (stats: Report['stats']) => number): number =>
    parts.reduce((total, { stats }) => total + count(stats), 0);
  const scenarios = sum(stats => stats.scenarios);
  const connections = sum(stats => stats.connections);
  const seconds = sum(stats => stats.seconds);
  const outcomes: Record<string, number> = {};
  for (const [outcome, count] of parts.flatMap(({ stats }) => Object.entries(stats.outcomes)))
    outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
  return {
    scenarios,
    judged: sum(stats => stats.judged),
    connections,
    connectionsPerSecond:
      seconds === 0 ? 0 : sum(stats => stats.connectionsPerSecond * stats.seconds) / seconds,
    handshakes: sum(stats => stats.handshakes),
    seconds,
    retries: sum(stats => stats.retries),
    inconclusive: sum(stats => stats.inconclusive),
    vacuous: sum(stats => stats.vacuous),
    connectionsPerScenario: scenarios === 0 ? 0 : connections / scenarios,
    outcomes,
  };
}

function mergedGrounds(parts: readonly Report[]): Grounds {
  const isSupported = ({ grounds }: Report): boolean => grounds?.supported ?? true;
  // Where TLS came about in one part, it was by chance that it did not in another.
  const supported = parts.some(isSupported);
  const obstacle = supported ? undefined : parts.find(({ grounds }) => grounds?.obstacle)?.grounds?.obstacle;
  const total = (count: (grounds: Grounds) => number | undefined): number =>
    parts.reduce((sum, { grounds }) => sum + ((grounds && count(grounds)) ?? 0), 0);
  const closed = parts.find(({ grounds }) => grounds?.closed)?.grounds?.closed;
  const down = parts.filter(part => !isAlive(part));
  return {
    alive: down.length === 0,
    ...(down.length > 0 && down.every(({ grounds }) => grounds?.unheard === true) ? { unheard: true } : {}),
    supported,
    ...(obstacle === undefined ? {} : { obstacle }),
    ...(closed === undefined ? {} : { closed }),
    ...(parts.some(({ grounds }) => grounds?.interrupted) ? { interrupted: true } : {}),
    turnedAway: total(({ turnedAway }) => turnedAway),
    recipientKnown: parts.some(({ grounds }) => grounds?.recipientKnown === true),
    transactions: total(({ transactions }) => transactions),
    loginKnown: parts.some(({ grounds }) => grounds?.loginKnown === true),
    logins: mergedLogins(parts),
    wanted: [...new Set(parts.flatMap(({ grounds }) => grounds?.wanted ?? []))],
    unmeasured: inAll(parts, ({ unmeasured }) => unmeasured),
    stale: inAll(parts, ({ stale }) => stale),
    late: total(({ late }) => late),
    glimpses: total(({ glimpses }) => glimpses),
    passing: total(({ passing }) => passing),
  };
}

/** What every part lacks, the whole lacks. */
function inAll(
  parts: readonly Report[],
  lacked: (grounds: Grounds) => readonly string[] | undefined,
): readonly string[] {
  const [first = [], ...others] = parts.map(({ grounds }) => (grounds && lacked(grounds)) ?? []);
  return first.filter(one => others.every(some => some.includes(one)));
}

function mergedLogins(parts: readonly Report[]): Logins {
  const sum = (of: (logins: Logins) => number): number =>
    parts.reduce((total, { grounds }) => total + (grounds?.logins === undefined ? 0 : of(grounds.logins)), 0);
  return {
    before: sum(({ before }) => before),
    inTls: sum(({ inTls }) => inTls),
    refused: sum(({ refused }) => refused),
  };
}
