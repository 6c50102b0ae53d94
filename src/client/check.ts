/**
 * Searches one client for knowledge that outlives STARTTLS, and reports: the same job as `../check.ts`, the roles
 * swapped.
 */

import { type Clock, newClock } from '../clock.ts';
import type { Note, Report, ReportedClaim, ReportedFinding } from '../report/report.ts';
import type { Progress } from '../search.ts';
import { emptyTally, type Tally } from '../tally.ts';
import { claimVerdict, runVerdict } from '../verdict.ts';
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
/** Getting to know a client takes so many times as long as a handful of runs side by side. */
const PROBING = 2;

interface ClientTally extends Tally {
  /** What was seen on the way: commands in plaintext and in TLS, and their successions. */
  readonly states: Set<string>;
  readonly transitions: Set<string>;
  /** How often each behaviour was seen; the chance of something new is the share that was seen once. */
  readonly behaviours: Map<string, number>;
}

export async function checkClient(stage: ClientStage, options: ClientCheckOptions): Promise<Report> {
  const at = new Date().toISOString();
  const began = performance.now();
  const { claims, jobs, time, signal } = options;
  // The last look at the client is for after the time; a client that is on its way when it is up is stopped.
  const calm = new ClientExperiment({
    stage: { ...stage, ...(signal === undefined ? {} : { signal }) },
    claims,
    jobs,
  });
  const timeIsUp = new AbortController();
  const end = AbortSignal.any([timeIsUp.signal, ...(signal === undefined ? [] : [signal])]);
  const experiment = new ClientExperiment({
    stage: { ...stage, signal: end },
    claims,
    jobs,
    noise: calm.noise,
  });
  const inTime = async <T>(clock: Clock, work: Promise<T>): Promise<T | undefined> => {
    const ended = work.catch(unlessInterrupted);
    const result = await clock.inTime(ended.then(value => ({ value })));
    if (result === undefined) timeIsUp.abort();
    return ended;
  };
  const probed = await inTime(newClock(time, began), probeClient(experiment));
  const clock = newClock(time, began, (performance.now() - began) / PROBING);
  const tally = newTally();
  const files = new Map<ClientFinding, string | undefined>();
  const investigator = newClientInvestigator({
    experiment,
    jobs,
    expired: () => end.aborted || clock.investigationOver(),
    stopped: () => end.aborted || clock.over(),
    onFinding: finding =>
      files.set(finding, options.onFinding?.(reportedClientFinding(finding, { sightings: 1 }))),
  });
  if (probed?.supported === true)
    await inTime(clock, search({ experiment, options, tally, investigator, clock, end }));
  const alive = probed?.supported !== true || (await knownGood(calm).catch(unlessInterrupted)) !== false;
  const started = { at, clock };
  return reportOf({ stage, options, started, experiment, probed, tally, investigator, files, alive });
}

interface Search {
  readonly experiment: ClientExperiment;
  readonly options: ClientCheckOptions;
  readonly tally: ClientTally;
  readonly investigator: ClientInvestigator;
  readonly clock: Clock;
  readonly end: AbortSignal;
}

async function search({ experiment, options, tally, investigator, clock, end }: Search): Promise<void> {
  const { seed, silence, claims } = options;
  const enough = (): boolean => options.stopOnFirst === true && investigator.findings.length > 0;
  const done = (): boolean =>
    end.aborted ||
    clock.closing() ||
    enough() ||
    (options.scenarios !== undefined && tally.scenarios >= options.scenarios);
  const generator = newScriptGenerator({ seed, silence });
  const examples = (options.examples ?? []).filter(script => silence || !isSilent(script));
  while (!done()) {
    const left = (options.scenarios ?? Number.POSITIVE_INFINITY) - tally.scenarios;
    const scripts = examples.length > 0 ? examples.splice(0, ROUND) : generator.next(ROUND);
    const examined = await Promise.all(
      scripts.slice(0, left).map(script => experiment.examine(script).catch(unlessInterrupted)),
    );
    for (const examination of examined) if (examination !== undefined) count(tally, examination, claims);
    options.onProgress?.(progressOf(tally, experiment, investigator, clock));
    for (const examination of examined) {
      if (enough()) break;
      if (examination !== undefined) await clock.wait(investigator.consider(examination));
    }
  }
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
  /** Nothing if time was up before. */
  readonly probed: ProbedClient | undefined;
  readonly tally: ClientTally;
  readonly investigator: ClientInvestigator;
  readonly files: ReadonlyMap<ClientFinding, string | undefined>;
  readonly alive: boolean;
}

function reportOf(result: Result): Report {
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
  const { verdict, reason } = verdictOf(result);
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
    verdict,
    ...(reason === undefined ? {} : { reason }),
    baselines: ['empty list'],
    claims: options.claims.map(claim => reportedClaim(claim, tally, findings)),
    notes: [...(probed?.notes ?? []), ...notes, ...noiseNotes(experiment)],
    findings,
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

function verdictOf({ options, probed, tally, investigator, alive }: Result): ReturnType<typeof runVerdict> {
  if (probed?.supported === false) return { verdict: 'unsupported', reason: probed.reason };
  return runVerdict({
    findings: investigator.findings.length,
    supported: true,
    ...(probed === undefined ? { obstacle: 'it was stopped before the client had come to an end' } : {}),
    ...tally,
    late: investigator.late,
    unexercised: options.wanted.filter(id => !tally.exercised.has(id)),
    alive,
    recipientKnown: true,
  });
}

function reportedClaim(
  { id, requirement }: ClientClaim,
  { exercised }: Tally,
  findings: readonly ReportedFinding[],
): ReportedClaim {
  const judged = exercised.get(id) ?? 0;
  return { id, requirement, verdict: claimVerdict(id, findings, judged === 0), judged };
}

const noiseNotes = ({ noise }: ClientExperiment): readonly Note[] =>
  noise.learned.map((place): Note => ({ kind: 'noise', text: `varies by itself: ${place}` }));

function discovery({ behaviours, scenarios }: ClientTally): number {
  const once = [...behaviours.values()].filter(times => times === 1).length;
  return scenarios === 0 ? 1 : once / scenarios;
}
