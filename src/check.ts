/**
 * The main job: search one target for state that outlives STARTTLS, and report.
 *
 * Rounds of scenarios are examined side by side; what they showed is taken up in scenario order, so that with the
 * same seed and the same answers the search is the same. Findings are handed out as soon as they are confirmed.
 */

import { accept, isAccepted } from './accepted.ts';
import type { Claim } from './claim.ts';
import { type Coverage, cover, newCoverage } from './coverage.ts';
import { type Examination, Experiment } from './experiment.ts';
import { type Generator, newGenerator } from './generate/scenarios.ts';
import type { Finding } from './investigate.ts';
import {
  type Beforehand,
  beforehand,
  limitsClaim,
  NOT_MEASURED,
  withExplained,
  withFindings,
} from './limits/beforehand.ts';
import { type Door, newDoor } from './limits/door.ts';
import { type Policy, PRESETS } from './policy.ts';
import { type Probed, probe, servesKnownGood } from './probe.ts';
import { reportedFinding } from './report/finding.ts';
import type { Note, Report, ReportedClaim, ReportedFinding } from './report/report.ts';
import type { RunLimits } from './run.ts';
import type { Scenario, StepKind } from './scenario.ts';
import { type Investigator, newInvestigator } from './suspicions.ts';
import type { RunningTarget } from './targets/target.ts';
import { fellSilent, repliesTo } from './transcript.ts';
import { runVerdict } from './verdict.ts';
import { VERSION } from './version.ts';

export interface CheckOptions {
  readonly name: string;
  readonly seed: number;
  /** Connections in flight. */
  readonly jobs: number;
  readonly claims: readonly Claim[];
  /** Claims that the user asked for by name; one of them that had nothing to judge makes the run inconclusive. */
  readonly wanted: readonly string[];
  /** Milliseconds for the whole run, or scenarios; the first that is used up ends it. */
  readonly time?: number;
  readonly scenarios?: number;
  readonly stopOnFirst?: boolean;
  readonly unguided?: boolean;
  /** Played first, before anything random. */
  readonly examples?: readonly Scenario[];
  /** Varied from the first on, as what showed something new is. */
  readonly seeds?: readonly Scenario[];
  /** Which limits may outlive STARTTLS; what is usual in practice unless said. */
  readonly policy?: Policy;
  readonly limits?: RunLimits;
  readonly onProgress?: (progress: Progress) => void;
  /** Called for each scenario, in order. */
  readonly onExamined?: (examination: Examination) => void;
  /** Called as soon as it is confirmed; returns the file in which it was kept. */
  readonly onFinding?: (finding: ReportedFinding) => string | undefined;
  readonly signal?: AbortSignal;
}

export interface Progress {
  readonly scenarios: number;
  readonly connections: number;
  readonly states: number;
  readonly transitions: number;
  readonly findings: number;
  /** Milliseconds. */
  readonly elapsed: number;
  readonly left?: number;
}

/** A session that asks for most of what a server can say; from it the search learns what varies by itself. */
const KNOWN_GOOD: Scenario = {
  before: [],
  upgrade: { handshake: { kind: 'sound', version: '1.3' } },
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

/** Scenarios examined side by side before their results are taken up: few at first, so that a fault shows soon. */
const FIRST_ROUND = 8;
const ROUND = 64;
/** Milliseconds that a run without a time waits for a target that refuses new connections. */
const PATIENCE = 60_000;
/** The share of the time that confirming and minimising may take. */
const INVESTIGATION_SHARE = 3;

/** What the search has counted so far. */
interface Tally {
  scenarios: number;
  judged: number;
  inconclusive: number;
  vacuous: number;
  transactions: number;
  readonly outcomes: Record<string, number>;
  readonly exercised: Map<string, number>;
}

export async function check(target: RunningTarget, options: CheckOptions): Promise<Report> {
  const started = { at: new Date().toISOString(), clock: performance.now() };
  const probed = await probe(target, options.limits);
  if (probed.baseline === undefined)
    return reportOf(
      target,
      options,
      started,
      probed,
      undefined,
      emptyTally(),
      newCoverage(),
      undefined,
      true,
    );
  const experiment = new Experiment({
    ...probed,
    baseline: probed.baseline,
    claims: options.claims,
    jobs: options.jobs,
  });
  await untilInterrupted(experiment.learnNoise(KNOWN_GOOD), options.signal);
  const policy = options.policy ?? target.policy ?? PRESETS.practice;
  const measured = beforehand(target, probed, experiment, {
    policy,
    ...(options.time === undefined ? {} : { time: options.time }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const limited = (await untilInterrupted(measured, options.signal)) ?? NOT_MEASURED;
  const tally = emptyTally();
  const coverage = newCoverage();
  const clock = newClock(options, started.clock);
  const files: FileNames = new Map();
  const isNews = (finding: Finding): boolean => !isAccepted(finding, target.knownDeviations);
  const onFinding = (finding: Finding): void => {
    if (isNews(finding))
      files.set(
        finding,
        options.onFinding?.(reportedFinding(finding, probed.baseline ?? 'none', { login: probed.speech })),
      );
  };
  const enough = (): boolean =>
    options.stopOnFirst === true && [...limited.findings, ...investigator.findings].some(isNews);
  const investigator: Investigator = newInvestigator({
    experiment,
    policy,
    jobs: options.jobs,
    expired: () => clock.investigationOver() || options.signal?.aborted === true,
    stopped: () => options.signal?.aborted === true || clock.over() || enough(),
    enough,
    onFinding,
  });
  limited.findings.forEach(onFinding);
  const door = newDoor(probed);
  const searched = search({
    experiment,
    investigator,
    tally,
    coverage,
    clock,
    options,
    probed,
    enough,
    limited,
    door,
  });
  const closed = (await untilInterrupted(searched, options.signal)) ?? false;
  const alive = options.signal?.aborted === true || (await servesKnownGood(target, probed));
  return reportOf(
    target,
    options,
    started,
    probed,
    experiment,
    tally,
    coverage,
    { investigator, files, limited, door, closed },
    alive,
  );
}

/** Resolves when the work is done, or at once when the user interrupts: a reply may be seconds away. */
function untilInterrupted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    work.then(resolve, reject);
    if (signal?.aborted === true) resolve(undefined);
    signal?.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

type FileNames = Map<Finding, string | undefined>;

interface Results {
  readonly investigator: Investigator;
  readonly files: FileNames;
  readonly limited: Beforehand;
  readonly door: Door;
  /** Whether the target took no more connections. */
  readonly closed: boolean;
}

interface Search {
  readonly experiment: Experiment;
  readonly investigator: Investigator;
  readonly tally: Tally;
  readonly coverage: Coverage;
  readonly clock: Clock;
  readonly options: CheckOptions;
  readonly probed: Probed;
  /** Whether what was found is all that was asked for. */
  readonly enough: () => boolean;
  readonly limited: Beforehand;
  readonly door: Door;
}

/** True if it ended because the target takes no more connections. */
async function search(run: Search): Promise<boolean> {
  const { options, probed, tally } = run;
  const generator = newGenerator({
    seed: options.seed,
    without: unsupportedKinds(probed),
    unguided: options.unguided === true,
  });
  for (const seed of options.seeds ?? []) generator.keep(seed);
  const examples = [...(options.examples ?? [])];
  const done = (): boolean =>
    options.signal?.aborted === true ||
    run.clock.over() ||
    (options.scenarios !== undefined && tally.scenarios >= options.scenarios) ||
    run.enough();
  for (let size = FIRST_ROUND; !done(); size = Math.min(ROUND, 2 * size)) {
    const left = (options.scenarios ?? Number.POSITIVE_INFINITY) - tally.scenarios;
    const drawn =
      examples.length > 0
        ? examples.splice(0, size)
        : await Promise.all(generator.next(size).map(run.limited.trim));
    if (!(await round(run, generator, drawn.slice(0, left)))) return true;
  }
  return false;
}

/** Examines scenarios side by side, then takes up what they showed, in order; false if the target refused to go on. */
async function round(run: Search, generator: Generator, scenarios: readonly Scenario[]): Promise<boolean> {
  const { investigator, coverage, tally, clock, options } = run;
  let examined = await examineAll(run, scenarios);
  const state = await doorOf(run);
  if (state === 'closed') return false;
  // What was examined against a closed door is examined again.
  if (state === 'reopened') examined = await examineAll(run, scenarios);
  for (const examination of examined) {
    if (examination === undefined) continue;
    count(tally, examination, options.claims);
    options.onExamined?.(examination);
    const { scenario, used } = examination;
    const novel = coverage.add(scenario, used.transcript, used.observation);
    if (novel || examination.deviations.length > 0) generator.keep(scenario);
    if (examination.fresh !== undefined && fellSilent(examination.fresh.transcript))
      generator.retire(scenario.after);
    const { upgrade } = used.transcript;
    generator.learn(scenario, upgrade === 'secure' || upgrade === 'failed');
  }
  coverage.mark(clock.elapsed() / 1_000);
  options.onProgress?.(progressOf(run));
  const began = performance.now();
  await investigator.consider(examined.filter(examination => examination !== undefined));
  clock.investigated(performance.now() - began);
  return true;
}

/** Nobody waits at the door who has to leave. */
const doorOf = async ({ door, clock, options }: Search): ReturnType<Door['look']> =>
  options.signal?.aborted === true || clock.over() ? 'open' : door.look(clock.left() ?? PATIENCE);

async function examineAll(
  { experiment, clock, options, door }: Search,
  scenarios: readonly Scenario[],
): Promise<readonly (Examination | undefined)[]> {
  const examined: (Examination | undefined)[] = scenarios.map(() => undefined);
  let next = 0;
  // One scenario after the other in each of the jobs: its fresh run goes before the used runs of later scenarios.
  const job = async (): Promise<void> => {
    while (next < scenarios.length && !clock.over() && options.signal?.aborted !== true) {
      const index = next++;
      examined[index] = await experiment.examine(scenarios[index] as Scenario);
    }
  };
  // Once the target had enough of us, one connection at a time must do.
  await Promise.all(Array.from({ length: door.refusals.length > 0 ? 1 : options.jobs }, job));
  return examined;
}

function progressOf({ tally, experiment, coverage, investigator, clock }: Search): Progress {
  const { states, transitions } = coverage.summary();
  const left = clock.left();
  return {
    scenarios: tally.scenarios,
    connections: experiment.counts.connections,
    states,
    transitions,
    findings: investigator.findings.length,
    elapsed: clock.elapsed(),
    ...(left === undefined ? {} : { left }),
  };
}

/** Steps of extensions that the target does not offer, in plaintext or in TLS: their bytes would only be misread. */
export function unsupportedKinds({ facts, offeredInTls }: Probed): ReadonlySet<StepKind> {
  const offered = new Set([...facts.offered, ...offeredInTls]);
  const needs: readonly (readonly [StepKind, string])[] = [
    ['bdat', 'CHUNKING'],
    ['xclient', 'XCLIENT'],
    ['xforward', 'XFORWARD'],
    ['auth', 'AUTH'],
  ];
  return new Set(needs.flatMap(([kind, keyword]) => (offered.has(keyword) ? [] : [kind])));
}

interface Clock {
  elapsed(): number;
  left(): number | undefined;
  over(): boolean;
  investigated(milliseconds: number): void;
  investigationOver(): boolean;
}

/** Keeps the whole run, up to its exit, within the time that was given. */
function newClock({ time }: CheckOptions, startedAt: number): Clock {
  // What is left at the end for the known-good session and the report.
  const reserve = 250;
  let investigated = 0;
  const elapsed = (): number => performance.now() - startedAt;
  const over = (): boolean => time !== undefined && elapsed() >= time - reserve;
  return {
    elapsed,
    over,
    left: () => (time === undefined ? undefined : Math.max(0, time - elapsed())),
    investigated: milliseconds => {
      investigated += milliseconds;
    },
    investigationOver: () => over() || (time !== undefined && investigated > time / INVESTIGATION_SHARE),
  };
}

function emptyTally(): Tally {
  return {
    scenarios: 0,
    judged: 0,
    inconclusive: 0,
    vacuous: 0,
    transactions: 0,
    outcomes: {},
    exercised: new Map(),
  };
}

function count(tally: Tally, { scenario, used, evidence }: Examination, claims: readonly Claim[]): void {
  const { upgrade } = used.transcript;
  tally.scenarios++;
  tally.outcomes[upgrade] = (tally.outcomes[upgrade] ?? 0) + 1;
  if (evidence.paired) tally.judged++;
  if (evidence.paired && scenario.before.length === 0) tally.vacuous++;
  if (isInconclusive(scenario, upgrade, evidence.paired)) tally.inconclusive++;
  if (evidence.paired && hasTransaction(evidence)) tally.transactions++;
  for (const claim of claims)
    if (claim.exercised(evidence)) tally.exercised.set(claim.id, (tally.exercised.get(claim.id) ?? 0) + 1);
}

/** Out of time, or out of reach, in a form where an answer was due. */
function isInconclusive(
  { upgrade: { handshake, segment, eager, glued } }: Scenario,
  outcome: string,
  paired: boolean,
): boolean {
  if (outcome === 'unreachable' || (outcome === 'secure' && !paired)) return true;
  return (
    outcome === 'silent' &&
    handshake.kind === 'sound' &&
    segment === undefined &&
    eager === undefined &&
    glued === undefined
  );
}

function hasTransaction({ scenario, used }: Examination['evidence']): boolean {
  return scenario.after.some(
    ({ kind }, index) =>
      (kind === 'data' || kind === 'bdat') &&
      repliesTo(used, 'after', index).some(reply => reply.kind === 'reply' && reply.code === 250),
  );
}

function reportOf(
  target: RunningTarget,
  options: CheckOptions,
  started: { readonly at: string; readonly clock: number },
  probed: Probed,
  experiment: Experiment | undefined,
  tally: Tally,
  coverage: Coverage,
  results: Results | undefined,
  alive: boolean,
): Report {
  const seconds = (performance.now() - started.clock) / 1_000;
  const found = results === undefined ? [] : withFindings(results.limited, results.investigator.findings);
  const { findings, notes, stale } = accept(found, target.knownDeviations);
  const isWhole = options.signal?.aborted !== true && options.wanted.length === 0;
  const refusals = (results?.door.refusals ?? []).map(text => `${text}: a limit across connections`);
  const unexercised = [
    ...options.wanted.filter(id => !tally.exercised.has(id)),
    ...(results?.limited.unmeasured ?? []),
  ];
  const { verdict, reason } = runVerdict({
    findings: findings.length,
    supported: probed.baseline !== undefined,
    ...(probed.obstacle === undefined ? {} : { obstacle: probed.obstacle }),
    ...tally,
    unexercised,
    alive,
    recipientKnown: target.recipient !== undefined,
    stale: isWhole ? stale : [],
    ...(results?.closed === true ? { closed: refusals.join('; ') } : {}),
  });
  const connections = experiment?.counts.connections ?? 0;
  return {
    schema: 1,
    tool: { name: 'afresh', version: VERSION },
    startedAt: started.at,
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
    verdict,
    ...(reason === undefined ? {} : { reason }),
    baselines: baselinesOf(probed),
    claims: [
      ...options.claims.map(claim => reportedClaim(claim, tally, findings)),
      ...(results === undefined ? [] : limitsClaim(results.limited, findings)),
    ],
    notes: [
      ...notes,
      ...(results?.investigator.notes ?? []),
      ...refusals.map(
        (text): Note => ({ kind: 'cross-connection', text: `${text}; the search waited, and slowed down` }),
      ),
      ...(experiment?.noise.learned() ?? []).map((text): Note => ({ kind: 'noise', text })),
    ],
    findings: findings.map(finding =>
      reportedFinding(finding, probed.baseline ?? 'none', {
        login: probed.speech,
        sightings: results?.investigator.sightings(finding.fingerprint) ?? 1,
        file: results?.files.get(finding),
      }),
    ),
    limits:
      results === undefined
        ? []
        : withExplained(
            results.limited.limits,
            results.investigator.explained,
            results.investigator.examples,
          ),
    coverage: coverage.summary(),
    reached: cover(coverage.firsts()),
    curve: coverage.curve(),
    stats: {
      scenarios: tally.scenarios,
      judged: tally.judged,
      connections,
      connectionsPerSecond: connections / seconds,
      handshakes: experiment?.counts.handshakes ?? 0,
      seconds,
      retries: experiment?.counts.disagreements ?? 0,
      inconclusive: tally.inconclusive,
      vacuous: tally.vacuous,
      connectionsPerScenario: tally.scenarios === 0 ? 0 : connections / tally.scenarios,
      outcomes: tally.outcomes,
    },
    grounds: {
      alive,
      supported: probed.baseline !== undefined,
      recipientKnown: target.recipient !== undefined,
      transactions: tally.transactions,
      wanted: options.wanted,
    },
  };
}

function baselinesOf({ baseline, facts }: Probed): readonly string[] {
  return [...(baseline === undefined ? [] : [baseline]), ...(facts.refusesMailUngreeted ? ['greeting'] : [])];
}

function reportedClaim(
  { id, requirement }: Claim,
  { exercised }: Tally,
  findings: readonly Finding[],
): ReportedClaim {
  const judged = exercised.get(id) ?? 0;
  const violated = findings.some(({ deviation }) => deviation.claim === id);
  return {
    id,
    requirement,
    verdict: violated ? 'violated' : judged === 0 ? 'inconclusive' : 'holds',
    judged,
  };
}
