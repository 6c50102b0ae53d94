/**
 * Searches one client for knowledge that outlives STARTTLS, and reports: the same job as `../check.ts`, the roles
 * swapped.
 */

import { type Clock, newClock } from '../clock.ts';
import type { Report, ReportedFinding } from '../report/report.ts';
import type { Progress } from '../search.ts';
import { assembleClient } from './assemble.ts';
import type { ClientClaim } from './claim.ts';
import { ClientExperiment, Interrupted } from './experiment.ts';
import { newScriptGenerator } from './generate.ts';
import { type ClientFinding, type ClientInvestigator, newClientInvestigator } from './investigate.ts';
import { obstacleOf, probeClient } from './probe.ts';
import { reportedClientFinding } from './report.ts';
import type { ClientStage } from './run.ts';
import { isSilent, type Script } from './script.ts';
import { type ClientTally, countClient, newClientTally } from './tally.ts';

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
  const tally = newClientTally();
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
  const obstacle = probed?.supported === true ? await obstacleOf(calm).catch(unlessInterrupted) : undefined;
  const started = { at, clock };
  return assembleClient({
    stage,
    options,
    started,
    experiment,
    probed,
    tally,
    investigator,
    files,
    obstacle,
  });
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
    for (const examination of examined)
      if (examination !== undefined) countClient(tally, examination, claims, investigator.doubts);
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
