/**
 * The main job: put one target to the test for state that outlives STARTTLS, and report.
 *
 * It gets to know the target, measures what there is to beware of, searches (`search.ts`), and has the result written
 * down (`report/assemble.ts`). Findings are handed out as soon as they are confirmed.
 */

import { isAccepted, telling } from './accepted.ts';
import { type Clock, newClock, untilInterrupted } from './clock.ts';
import { newCoverage } from './coverage.ts';
import { aheadFor } from './drivers/ahead.ts';
import type { Driver } from './drivers/driver.ts';
import { Experiment, type Seen } from './experiment.ts';
import { differencesFromImplicitTls, type NotCompared } from './implicit.ts';
import type { Finding } from './investigate/finding.ts';
import { type Investigator, newInvestigator } from './investigate/suspicions.ts';
import { type Beforehand, beforehand, NOT_MEASURED } from './limits/beforehand.ts';
import { newDoor } from './limits/door.ts';
import type { Note } from './note.ts';
import { type Policy, PRESETS } from './policy.ts';
import { probe, servesKnownGood, unknownInTime } from './probe.ts';
import { type Asked, assembled, type Searched, type Started } from './report/assemble.ts';
import { reportedFinding } from './report/finding.ts';
import type { Report, ReportedFinding } from './report/report.ts';
import { BARE, type Scenario } from './scenario.ts';
import { type Search, type SearchOptions, search } from './search.ts';
import type { RunLimits } from './stage.ts';
import { emptyTally } from './tally.ts';
import type { RunningTarget } from './targets/target.ts';

export interface CheckOptions extends SearchOptions, Asked {
  /** Milliseconds for the whole run; this or the number of scenarios, whatever is used up first, ends it. */
  readonly time?: number;
  readonly stopOnFirst?: boolean;
  /** Which limits may outlive STARTTLS; what is usual in practice unless said. */
  readonly policy?: Policy;
  readonly limits?: RunLimits;
  /** Called as soon as it is confirmed; returns the file in which it was kept. */
  readonly onFinding?: (finding: ReportedFinding) => string | undefined;
}

/** A session that asks for most of what a server can say; from it the search learns what varies by itself. */
const KNOWN_GOOD: Scenario = {
  before: [],
  upgrade: BARE,
  after: [
    { kind: 'ehlo', name: 'p' },
    { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'u', initial: true },
    { kind: 'mail', from: 'q' },
    { kind: 'rcpt', to: 'r' },
    { kind: 'data', body: 'plain', token: 's' },
    { kind: 'helo', name: 'p' },
    { kind: 'help' },
    { kind: 'vrfy', argument: 'r' },
  ],
};

export async function check(target: RunningTarget, options: CheckOptions): Promise<Report> {
  const at = new Date().toISOString();
  const began = performance.now();
  const probed = await untilInterrupted(
    newClock(options.time, began).inTime(probe(target, options.limits)),
    options.signal,
  );
  if (probed === undefined) throw unknownInTime(target, options.signal);
  const started = { target, options, at, clock: began, probed };
  if (probed.baseline === undefined) return assembled(started);
  const { stage, greetingDelay } = probed;
  const parts = { ...probed, baseline: probed.baseline, claims: options.claims, jobs: options.jobs };
  const waiting = aheadFor(stage.driver, options.jobs, greetingDelay);
  if (waiting === undefined) return checked(started, new Experiment(parts));
  const experiment = new Experiment({ ...parts, stage: { ...stage, driver: waiting } });
  // Whoever else looks at the target finds the places free that those who wait had taken.
  const driver: Driver = {
    ...stage.driver,
    async connect(wait) {
      await waiting.rest();
      return stage.driver.connect(wait);
    },
  };
  try {
    return await checked({ ...started, probed: { ...probed, stage: { ...stage, driver } } }, experiment);
  } finally {
    waiting.close();
  }
}

type Begun = Started & { readonly options: CheckOptions };

async function checked(started: Begun, experiment: Experiment): Promise<Report> {
  const { options, clock: began } = started;
  const asked = performance.now();
  await untilInterrupted(
    newClock(options.time, began).inTime(experiment.learnNoise(KNOWN_GOOD)),
    options.signal,
  );
  const clock = newClock(options.time, began, performance.now() - asked);
  const { files, ...run } = await searchFor(started, experiment, clock);
  const end = await untilInterrupted(search(run), options.signal);
  const last = await lastWork(started, { ...run, closed: end?.closed === true });
  return assembled(started, { ...run, files, end, enough: run.enough(), ...last });
}

type Files = Map<Finding, string | undefined>;

/** A search that knows the limits of the target, and where its findings are kept. */
async function searchFor(
  started: Begun,
  experiment: Experiment,
  clock: Clock,
): Promise<Search & { readonly files: Files }> {
  const { target, options, probed } = started;
  const policy = options.policy ?? target.policy ?? PRESETS.practice;
  const limited = await limitsOf(started, experiment, clock, policy);
  const files: Files = new Map();
  const isNews = (finding: Finding): boolean => !isAccepted(finding, target.knownDeviations);
  const onFinding = telling(target.knownDeviations, (finding, news) => {
    const reported = reportedFinding(news, probed.baseline ?? 'none', { login: probed.speech });
    files.set(finding, options.onFinding?.(reported));
  });
  const enough = (): boolean =>
    options.stopOnFirst === true && [...limited.findings, ...investigator.findings].some(isNews);
  const investigator: Investigator = newInvestigator({
    experiment,
    policy,
    jobs: options.jobs,
    expired: () =>
      clock.investigationOver(investigator.findings.length > 0) || options.signal?.aborted === true,
    stopped: () => options.signal?.aborted === true || clock.over() || enough(),
    inTime: clock.inTime,
    pressed: clock.pressed,
    enough,
    onFinding,
    isNews,
  });
  limited.findings.forEach(onFinding);
  return {
    experiment,
    investigator,
    tally: emptyTally(),
    coverage: newCoverage(),
    clock,
    options,
    probed,
    enough,
    limited,
    door: newDoor(experiment),
    files,
  };
}

/** What is measured of the limits before the search, as far as time goes. */
async function limitsOf(
  { target, options, probed }: Begun,
  experiment: Experiment,
  clock: Clock,
  policy: Policy,
): Promise<Beforehand> {
  const measured = beforehand(target, probed, experiment, {
    policy,
    jobs: options.jobs,
    ...(options.time === undefined ? {} : { time: options.time }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return (await untilInterrupted(clock.inTime(measured), options.signal)) ?? NOT_MEASURED;
}

interface AfterSearch {
  readonly experiment: Experiment;
  readonly investigator: Investigator;
  readonly clock: Clock;
  /** The target takes no more connections. */
  readonly closed: boolean;
}

/** What is left to do when the search is over: what is rough is made small, and the target is looked at once more. */
async function lastWork(
  { target, options, probed }: Begun,
  { experiment, investigator, clock, closed }: AfterSearch,
): Promise<Beside & Pick<Searched, 'alive' | 'unheard'>> {
  const isInterrupted = (): boolean => options.signal?.aborted === true;
  const isOver = (): boolean => closed || isInterrupted() || clock.tooLate();
  const inTime: Clock['inTime'] = work => untilInterrupted(clock.inTime(work), options.signal);
  // One looks at another port while the other is busy with this one.
  const [beside] = await Promise.all([
    isInterrupted() ? NOTHING_BESIDE : compareWithImplicit(target, experiment, { ...clock, inTime }),
    untilInterrupted(investigator.refine(isOver), options.signal),
  ]);
  const served =
    isInterrupted() || (await untilInterrupted(clock.lastLook(servesKnownGood(probed)), options.signal));
  if (isInterrupted()) return { ...beside, alive: true };
  return { ...beside, alive: served === true, ...(served === undefined ? { unheard: true } : {}) };
}

/** What was seen of the same service elsewhere. */
interface Beside {
  readonly notes: readonly Note[];
  readonly baselines: readonly string[];
}

const NOTHING_BESIDE: Beside = { notes: [], baselines: [] };

const NOT_COMPARED: Readonly<Record<NotCompared, string>> = {
  'no time': 'there was no time left to compare it with implicit TLS',
  'not served': 'no session was served with implicit TLS, so that it was compared with nothing there',
};

/** Fresh runs that are played once more with TLS from the first byte. */
const MOST_IMPLICIT = 32;

async function compareWithImplicit(
  { implicitTls }: RunningTarget,
  experiment: Experiment,
  { over, inTime }: Pick<Clock, 'over' | 'inTime'>,
): Promise<Beside> {
  if (implicitTls === undefined) return NOTHING_BESIDE;
  const runs: readonly Seen[] = over() ? [] : (await experiment.freshRuns()).slice(-MOST_IMPLICIT);
  const differences = await differencesFromImplicitTls(experiment, implicitTls, runs, inTime);
  if (typeof differences === 'string')
    return {
      baselines: [],
      notes: [{ kind: 'untested', text: NOT_COMPARED[differences], about: 'implicit-tls' }],
    };
  return {
    baselines: ['implicit-tls'],
    notes: differences.map(({ verb, aspect, used, fresh }) => ({
      kind: 'differs-from-implicit-tls',
      text: `${verb.toUpperCase()} behind STARTTLS: ${aspect} ${used}; with implicit TLS: ${fresh}`,
    })),
  };
}
