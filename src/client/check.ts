/**
 * Searches one client for knowledge that outlives STARTTLS, and reports: the same job as `../check.ts`, the roles
 * swapped.
 */

import { type Clock, newClock } from '../clock.ts';
import type { Note, Report, ReportedClaim, ReportedFinding } from '../report/report.ts';
import type { Progress } from '../search.ts';
import { emptyTally, type Tally } from '../tally.ts';
import { runVerdict } from '../verdict.ts';
import { TOOL } from '../version.ts';
import type { ClientClaim } from './claim.ts';
import { type ClientExamination, ClientExperiment, Interrupted } from './experiment.ts';
import { newScriptGenerator } from './generate.ts';
import { type ClientFinding, type ClientInvestigator, newClientInvestigator } from './investigate.ts';
import { knownGood, type ProbedClient, probeClient } from './probe.ts';
import { reportedClientFinding } from './report.ts';
import type { ClientStage } from './run.ts';
import { isSilent, type Script } from './script.ts';
import { delivered } from './transcript.ts';

export interface ClientCheckOptions {
  readonly seed: number;
  /** Clients that run at once. */
  readonly jobs: number;
  readonly claims: readonly ClientClaim[];
  /** Claims asked for by name; one of them that had nothing to judge makes the run inconclusive. */
  readonly wanted: readonly string[];
  /** Milliseconds for the whole run, or scripts; the first that is used up ends it. */
  readonly time?: number;
  readonly scenarios?: number;
  readonly stopOnFirst?: boolean;
  /** Played first, before anything random. */
  readonly examples?: readonly Script[];
  /** Whether a server that is silent is put to the test. */
  readonly silence: boolean;
  readonly onProgress?: (progress: Progress) => void;
  /** Told each finding as it is confirmed; returns the file that it was kept in, if it was. */
  readonly onFinding?: (finding: ReportedFinding) => string | undefined;
  readonly signal?: AbortSignal;
}

/** Scripts examined side by side before their results are taken up. */
const ROUND = 32;
/** Milliseconds kept for the last known-good run and the report. */
const RESERVE = 1_000;

interface ClientTally extends Tally {
  /** What was seen on the way: commands in plaintext and in TLS, and their successions. */
  readonly states: Set<string>;
  readonly transitions: Set<string>;
  /** How often each behaviour was seen; the chance of something new is the share that was seen once. */
  readonly behaviours: Map<string, number>;
}

export async function checkClient(stage: ClientStage, options: ClientCheckOptions): Promise<Report> {
  const clock = newClock(options.time, performance.now());
  const started = { at: new Date().toISOString(), clock };
  const { claims, jobs, time } = options;
  const end = AbortSignal.any([
    ...(options.signal === undefined ? [] : [options.signal]),
    ...(time === undefined ? [] : [AbortSignal.timeout(Math.max(0, time - RESERVE))]),
  ]);
  // The first and the last look at the client are not cut short.
  const calm = new ClientExperiment({ stage, claims, jobs });
  const probed = await probeClient(calm);
  const experiment = new ClientExperiment({
    stage: { ...stage, signal: end },
    claims,
    jobs,
    noise: calm.noise,
  });
  const tally = newTally();
  const over = (): boolean => end.aborted;
  const files = new Map<ClientFinding, string | undefined>();
  const investigator = newClientInvestigator({
    experiment,
    jobs,
    expired: () => over() || clock.investigationOver(),
    onFinding: finding =>
      files.set(finding, options.onFinding?.(reportedClientFinding(finding, { sightings: 1 }))),
  });
  const done = (): boolean =>
    over() ||
    (options.scenarios !== undefined && tally.scenarios >= options.scenarios) ||
    (options.stopOnFirst === true && investigator.findings.length > 0);

  const generator = newScriptGenerator({ seed: options.seed, silence: options.silence });
  const examples = (options.examples ?? []).filter(script => options.silence || !isSilent(script));
  while (probed.supported && !done()) {
    const left = (options.scenarios ?? Number.POSITIVE_INFINITY) - tally.scenarios;
    const scripts = examples.length > 0 ? examples.splice(0, ROUND) : generator.next(ROUND);
    const examined = await Promise.all(
      scripts.slice(0, left).map(script => experiment.examine(script).catch(unlessInterrupted)),
    );
    for (const examination of examined)
      if (examination !== undefined) count(tally, examination, options.claims);
    options.onProgress?.(progressOf(tally, experiment, investigator, clock));
    for (const examination of examined) {
      if (done() || examination === undefined || examination.deviations.length === 0) continue;
      await clock.wait(investigator.consider(examination));
    }
  }
  const alive = !probed.supported || options.signal?.aborted === true || (await knownGood(calm));
  return reportOf({ stage, options, started, experiment, probed, tally, investigator, files, alive });
}

function unlessInterrupted(error: unknown): undefined {
  if (!(error instanceof Interrupted)) throw error;
}

const newTally = (): ClientTally => ({
  ...emptyTally(),
  states: new Set(),
  transitions: new Set(),
  behaviours: new Map(),
});

function count(
  tally: ClientTally,
  { script, used, fresh, evidence }: ClientExamination,
  claims: readonly ClientClaim[],
): void {
  const { transcript, observation } = used;
  const outcome =
    transcript.exit.kind === 'late' ? 'late' : observation.sessions.length > 0 ? 'secure' : 'no TLS';
  tally.scenarios++;
  tally.outcomes[outcome] = (tally.outcomes[outcome] ?? 0) + 1;
  if (evidence.paired) tally.judged++;
  if (evidence.paired && script.before.length === 0) tally.vacuous++;
  // Whoever is late is judged for it; who came to TLS and has no fresh run to be held against is not judged at all.
  if (observation.sessions.length > 0 && fresh !== undefined && fresh.observation.sessions.length === 0)
    tally.inconclusive++;
  if (delivered(transcript)) tally.transactions++;
  for (const claim of claims)
    if (claim.exercised(evidence)) tally.exercised.set(claim.id, (tally.exercised.get(claim.id) ?? 0) + 1);
  let last = 'start';
  for (const entry of transcript.entries) {
    if (entry.kind !== 'said') continue;
    const state = `${entry.secure ? 'secure' : 'plaintext'} ${entry.verb}`;
    tally.states.add(state);
    tally.transitions.add(`${last} → ${state}`);
    last = state;
  }
  tally.behaviours.set(observation.digest, (tally.behaviours.get(observation.digest) ?? 0) + 1);
}

function progressOf(
  { scenarios, states, transitions }: ClientTally,
  { counts }: ClientExperiment,
  { findings }: ClientInvestigator,
  clock: Clock,
): Progress {
  const left = clock.left();
  return {
    scenarios,
    connections: counts.connections,
    states: states.size,
    transitions: transitions.size,
    findings: findings.length,
    elapsed: clock.elapsed(),
    ...(left === undefined ? {} : { left }),
  };
}

interface Result {
  readonly stage: ClientStage;
  readonly options: ClientCheckOptions;
  readonly started: { readonly at: string; readonly clock: Clock };
  readonly experiment: ClientExperiment;
  readonly probed: ProbedClient;
  readonly tally: ClientTally;
  readonly investigator: ClientInvestigator;
  readonly files: ReadonlyMap<ClientFinding, string | undefined>;
  readonly alive: boolean;
}

function reportOf(result: Result): Report {
  const { stage, options, started, experiment, probed, tally, investigator, files, alive } = result;
  const { findings, notes } = investigator;
  const { counts } = experiment;
  const seconds = started.clock.elapsed() / 1_000;
  const { verdict, reason } = probed.supported
    ? runVerdict({
        findings: findings.length,
        supported: true,
        ...tally,
        unexercised: options.wanted.filter(id => !tally.exercised.has(id)),
        alive,
        recipientKnown: true,
      })
    : { verdict: 'unsupported' as const, reason: probed.reason };
  return {
    schema: 1,
    tool: TOOL,
    startedAt: started.at,
    seconds,
    seed: options.seed,
    role: 'client',
    target: { name: stage.client.name, address: `TLS ${stage.tls}`, software: probed.software },
    verdict,
    ...(reason === undefined ? {} : { reason }),
    baselines: ['empty list'],
    claims: options.claims.map(claim => reportedClaim(claim, tally, findings)),
    notes: [...probed.notes, ...notes, ...noiseNotes(experiment)],
    findings: findings.map(finding =>
      reportedClientFinding(finding, {
        sightings: investigator.sightings(finding.fingerprint),
        file: files.get(finding),
      }),
    ),
    limits: [],
    coverage: {
      states: tally.states.size,
      transitions: tally.transitions.size,
      discovery: discovery(tally),
    },
    stats: {
      scenarios: tally.scenarios,
      judged: tally.judged,
      connections: counts.connections,
      connectionsPerSecond: counts.connections / seconds,
      handshakes: counts.handshakes,
      seconds,
      retries: counts.disagreements,
      inconclusive: tally.inconclusive,
      vacuous: tally.vacuous,
      connectionsPerScenario: tally.scenarios === 0 ? 0 : counts.connections / tally.scenarios,
      outcomes: tally.outcomes,
    },
  };
}

function reportedClaim(
  { id, requirement }: ClientClaim,
  { exercised }: Tally,
  findings: readonly ClientFinding[],
): ReportedClaim {
  const judged = exercised.get(id) ?? 0;
  const violated = findings.some(({ deviation }) => deviation.claim === id);
  const verdict = violated ? 'violated' : judged === 0 ? 'inconclusive' : 'holds';
  return { id, requirement, verdict, judged };
}

const noiseNotes = ({ noise }: ClientExperiment): readonly Note[] =>
  [...noise.places].map((place): Note => ({ kind: 'noise', text: `varies by itself: ${place}` }));

function discovery({ behaviours, scenarios }: ClientTally): number {
  const once = [...behaviours.values()].filter(times => times === 1).length;
  return scenarios === 0 ? 1 : once / scenarios;
}
