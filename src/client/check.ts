/**
 * Searches one client for knowledge that outlives STARTTLS, and reports: the same job as `../check.ts`, the roles
 * swapped.
 */

import { type Clock, newClock } from '../clock.ts';
import type { Report, ReportedFinding } from '../report/report.ts';
import { inRounds, newRounds } from '../rounds.ts';
import type { Progress } from '../search.ts';
import { assembleClient, type ClientAsked } from './assemble.ts';
import { type ClientExamination, ClientExperiment, unlessInterrupted } from './experiment.ts';
import type { ClientFinding } from './finding.ts';
import { newScriptGenerator } from './generate.ts';
import { obstacleOf, probeClient } from './probe.ts';
import { reportedClientFinding } from './report.ts';
import type { ClientStage } from './run.ts';
import { isSilent, type Script } from './script.ts';
import { type ClientInvestigator, newClientInvestigator } from './suspicions.ts';
import { type ClientTally, countClient, newClientTally } from './tally.ts';

export interface ClientCheckOptions extends ClientAsked {
  /** Clients that run at once. */
  readonly jobs: number;
  /** Milliseconds for the whole run; what is used up first, these or the scripts, ends it. */
  readonly time?: number;
  readonly stopOnFirst?: boolean;
  /** Played first, before anything random. */
  readonly examples?: readonly Script[];
  readonly onProgress?: (progress: Progress) => void;
  /** Told each finding as it is confirmed; returns the file that it was kept in, if it was. */
  readonly onFinding?: (finding: ReportedFinding) => string | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Scripts of a round, whose results are taken up together. A slow client has not come far when a third of the time is
 * over: what the first scripts show is to be looked into by then.
 */
const ROUND = 32;
/** Getting to know a client takes so many times as long as a handful of runs side by side. */
const PROBING = 2;
const NO_LAST_LOOK = 'there was no time to see that the client still hands over a message';
/** The share of the time that the last look at a slow client may take beyond it. */
const LAST_LOOK_SHARE = 10;

export async function checkClient(stage: ClientStage, options: ClientCheckOptions): Promise<Report> {
  const at = new Date().toISOString();
  const began = performance.now();
  const { claims, jobs, time } = options;
  const timeIsUp = new AbortController();
  const end = either(timeIsUp.signal, options.signal);
  const experiment = new ClientExperiment({ stage: { ...stage, signal: end }, claims, jobs });
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
  const investigator: ClientInvestigator = newClientInvestigator({
    experiment,
    jobs,
    expired: () => end.aborted || clock.investigationOver(investigator.findings.length > 0),
    stopped: () => end.aborted || clock.over(),
    onFinding: finding =>
      files.set(finding, options.onFinding?.(reportedClientFinding(finding, { sightings: 1 }))),
  });
  const examples = (options.examples ?? []).filter(script => options.silence || !isSilent(script));
  if (probed?.supported === true)
    await inTime(clock, search({ experiment, options, tally, investigator, clock, end, examples }));
  const obstacle = probed?.supported === true ? await lastLook(stage, options, experiment, clock) : undefined;
  return assembleClient({
    stage,
    options,
    started: { at, clock },
    experiment,
    probed,
    tally,
    investigator,
    files,
    unplayed: tally.scenarios === 0 || isEnough(options, investigator) ? 0 : examples.length,
    obstacle,
  });
}

/** Aborted as soon as one of them is. */
const either = (one: AbortSignal, other: AbortSignal | undefined): AbortSignal =>
  other === undefined ? one : AbortSignal.any([one, other]);

/**
 * What keeps the client from handing over a message when all is over. This look is for after the time; a client that is on its
 * way then is stopped a little later.
 */
async function lastLook(
  stage: ClientStage,
  { claims, jobs, time, signal }: ClientCheckOptions,
  { noise }: ClientExperiment,
  clock: Clock,
): Promise<string | undefined> {
  const lookOver = new AbortController();
  const timer =
    time === undefined
      ? undefined
      : setTimeout(() => lookOver.abort(), (clock.left() ?? 0) + time / LAST_LOOK_SHARE);
  const calm = { ...stage, signal: either(lookOver.signal, signal) };
  try {
    return await obstacleOf(new ClientExperiment({ stage: calm, claims, jobs, noise }));
  } catch (error) {
    unlessInterrupted(error);
    return lookOver.signal.aborted ? NO_LAST_LOOK : undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** Whether what was found is all that was asked for. */
const isEnough = ({ stopOnFirst }: ClientCheckOptions, { findings }: ClientInvestigator): boolean =>
  stopOnFirst === true && findings.length > 0;

interface Search {
  readonly experiment: ClientExperiment;
  readonly options: ClientCheckOptions;
  readonly tally: ClientTally;
  readonly investigator: ClientInvestigator;
  readonly clock: Clock;
  readonly end: AbortSignal;
  /** Taken off one after the other. */
  readonly examples: Script[];
}

async function search({
  experiment,
  options,
  tally,
  investigator,
  clock,
  end,
  examples,
}: Search): Promise<void> {
  const { seed, silence, claims } = options;
  const enough = (): boolean => isEnough(options, investigator);
  const stopped = (): boolean => end.aborted || clock.closing() || enough();
  const given = new Set(examples);
  /** While something is looked into the client is not wanted for anything new: a slow one would not come to its end. */
  let lookedInto: Promise<void> = Promise.resolve();
  // What time did not suffice for was not played.
  const examine = async (script: Script): Promise<ClientExamination | undefined> => {
    await lookedInto;
    const examined = stopped() ? undefined : await experiment.examine(script).catch(unlessInterrupted);
    if (examined === undefined && given.has(script)) examples.push(script);
    return examined;
  };
  const apart = newApart(examine);
  const lookInto = async (all: readonly ClientExamination[]): Promise<void> => {
    for (const examination of all) {
      if (enough()) break;
      await clock.wait(investigator.consider(examination));
    }
  };
  const take = (all: readonly ClientExamination[]): Promise<void> => {
    for (const examination of all) countClient(tally, examination, claims, investigator.doubts);
    options.onProgress?.(progressOf(tally, experiment, investigator, clock));
    lookedInto = lookInto(all);
    return lookedInto;
  };
  const generator = newScriptGenerator({ seed, silence });
  const rounds = newRounds({ examine, jobs: options.jobs, clock });
  let left = options.scenarios ?? Number.POSITIVE_INFINITY;
  await inRounds(rounds, {
    largest: ROUND,
    isOver: () => left <= 0 || stopped(),
    draw(size) {
      const most = Math.min(size, left);
      const scripts = examples.length > 0 ? examples.splice(0, most) : generator.next(size).slice(0, most);
      left -= scripts.length;
      for (const script of scripts.filter(isSilent)) apart.begin(script);
      return scripts.filter(script => !isSilent(script));
    },
    takeUp: examined => take([...examined, ...apart.taken()]),
  });
  await clock.wait(apart.ended());
  await take(apart.taken());
  // A slow client is searched to the end of its time: what nobody has seen comes before what is to be made small.
  await investigator.refine(() => end.aborted || clock.tooLate());
}

/** Scripts that keep the client waiting for a silent server: the others do not wait for them. */
interface Apart {
  begin(script: Script): void;
  /** What has come of them since it was last asked. */
  taken(): readonly ClientExamination[];
  ended(): Promise<void>;
}

function newApart(examine: (script: Script) => Promise<ClientExamination | undefined>): Apart {
  const underWay = new Set<Promise<void>>();
  const examined: ClientExamination[] = [];
  return {
    begin(script) {
      const one = examine(script).then(examination => {
        if (examination !== undefined) examined.push(examination);
        underWay.delete(one);
      });
      // It is waited for at the end, and fails there if it does.
      one.catch(() => {});
      underWay.add(one);
    },
    taken: () => examined.splice(0),
    async ended() {
      await Promise.all(underWay);
    },
  };
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
