/** What a search of a client came to → the report. Judges nothing but by `../verdict.ts`. */

import type { Clock } from '../clock.ts';
import type { Report, ReportedClaim, ReportedFinding } from '../report/report.ts';
import { claimVerdict, isTooMany, type RunFacts, runVerdict, toldVerdict } from '../verdict.ts';
import { TOOL } from '../version.ts';
import type { ClientClaim } from './claim.ts';
import type { ClientExperiment } from './experiment.ts';
import type { ClientFinding } from './finding.ts';
import {
  begunNotes,
  commonNameNotes,
  declinedNotes,
  noiseNotes,
  slowNotes,
  UNTRIED_SILENCE,
  unplayedNotes,
  unplayedText,
} from './notes.ts';
import type { ProbedClient } from './probe.ts';
import { reportedClientFinding } from './report.ts';
import { type ClientStage, idleOf } from './run.ts';
import type { ClientInvestigator } from './suspicions.ts';
import type { ClientTally } from './tally.ts';

/** What was asked for, as far as the report tells it. */
export interface ClientAsked {
  readonly seed: number;
  readonly claims: readonly ClientClaim[];
  /** Claims asked for by name; one of them that had nothing to judge makes the run inconclusive. */
  readonly wanted: readonly string[];
  /** Whether a server that is silent is put to the test. */
  readonly silence: boolean;
  /** How many scripts, where that and not the time ends the search. */
  readonly scenarios?: number;
  /** Aborted by the user. */
  readonly signal?: AbortSignal;
}

/** All that a report is made of. */
export interface ClientResult {
  readonly stage: ClientStage;
  readonly options: ClientAsked;
  readonly started: { readonly at: string; readonly clock: Clock };
  readonly experiment: ClientExperiment;
  /** Nothing if time was up before. */
  readonly probed: ProbedClient | undefined;
  readonly tally: ClientTally;
  readonly investigator: ClientInvestigator;
  readonly files: ReadonlyMap<ClientFinding, string | undefined>;
  /** Scripts to be played first for which there was no time. */
  readonly unplayed: number;
  /** What keeps it from handing over a message at the end. */
  readonly obstacle: string | undefined;
}

export function assembleClient(result: ClientResult): Report {
  const { stage, options, started, experiment, probed, tally, investigator, files } = result;
  const { notes } = investigator;
  const findings = investigator.findings.map(finding =>
    reportedClientFinding(finding, {
      sightings: investigator.sightings.count(finding.fingerprint),
      claims: investigator.sightings.claims(finding.fingerprint),
      file: files.get(finding),
    }),
  );
  const { counts } = experiment;
  const seconds = started.clock.elapsed() / 1_000;
  return {
    schema: 1,
    tool: TOOL,
    startedAt: started.at,
    seconds,
    seed: options.seed,
    role: 'client',
    target: {
      name: stage.client.name,
      address: `TLS ${stage.tls}`,
      ...(probed === undefined ? {} : { software: probed.software }),
      ...(stage.client.command === undefined ? {} : { command: stage.client.command }),
    },
    ...verdictOf(result),
    baselines: ['empty list'],
    claims: options.claims.map(claim => reportedClaim(claim, result, findings)),
    notes: [
      ...(probed?.notes ?? []),
      ...notes,
      ...(options.silence || tally.scenarios === 0 ? [] : [UNTRIED_SILENCE]),
      ...unplayedNotes(result.unplayed),
      ...slowNotes(tally.slow, idleOf(stage), stage.limit),
      ...declinedNotes(tally.declined),
      ...begunNotes(tally.begunBehind),
      ...commonNameNotes(tally.byCommonName),
      ...noiseNotes(experiment.noise),
    ],
    findings,
    limits: [],
    coverage: {
      states: tally.states.size,
      transitions: tally.transitions.size,
      discovery: tally.discovery.chance(),
    },
    stats: {
      scenarios: tally.scenarios,
      judged: tally.judged,
      connections: counts.connections,
      connectionsPerSecond: experiment.pace.perSecond(seconds),
      handshakes: counts.handshakes,
      seconds,
      retries: counts.disagreements,
      inconclusive: investigator.doubts.count,
      vacuous: tally.vacuous,
      connectionsPerScenario: tally.scenarios === 0 ? 0 : counts.connections / tally.scenarios,
      outcomes: tally.outcomes,
    },
  };
}

function verdictOf({
  options,
  probed,
  tally,
  investigator,
  obstacle,
  unplayed,
}: ClientResult): ReturnType<typeof toldVerdict> {
  if (probed?.supported === false) return { verdict: probed.verdict, reason: probed.reason };
  const stopped = probed === undefined ? 'the run was over before the client had come to an end' : undefined;
  const hindered = stopped ?? (obstacle === undefined ? undefined : `at the end ${obstacle}`);
  const inconclusive = investigator.doubts.count;
  // Where so much does not come out the same twice, more time would not help.
  const late = isTooMany(inconclusive, tally.scenarios) ? 0 : investigator.late;
  const facts: RunFacts = {
    findings: investigator.findings.length,
    supported: true,
    ...(hindered === undefined ? {} : { obstacle: hindered }),
    ...(options.signal?.aborted === true ? { interrupted: true } : {}),
    ...tally,
    inconclusive,
    doubted: options.claims.map(({ id }) => id).filter(id => isDoubted(id, tally, investigator)),
    late,
    unexercised: options.wanted.filter(id => !tally.exercised.has(id)),
    alive: true,
    recipientKnown: true,
  };
  // Who asks for so many scripts has them; who gives so much time expects that it is enough.
  const isCutShort = options.scenarios === undefined && isTooMany(unplayed, tally.scenarios + unplayed);
  const besides = runVerdict({ ...facts, findings: 0 });
  return besides.verdict === 'holds' && isCutShort
    ? toldVerdict(facts, { verdict: 'inconclusive', reason: unplayedText(unplayed) })
    : toldVerdict(facts, besides);
}

function reportedClaim(
  { id, requirement }: ClientClaim,
  { tally, investigator }: ClientResult,
  findings: readonly ReportedFinding[],
): ReportedClaim {
  const judged = tally.exercised.get(id) ?? 0;
  const isOpen = judged === 0 || isDoubted(id, tally, investigator);
  return { id, requirement, verdict: claimVerdict(id, findings, isOpen), judged };
}

const isDoubted = (id: string, { exercised }: ClientTally, { doubts }: ClientInvestigator): boolean =>
  doubts.outweigh(id, exercised.get(id) ?? 0);
