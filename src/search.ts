/**
 * The search itself: rounds of scenarios, examined side by side and taken up in scenario order.
 *
 * With the same seed and the same answers the search is the same. What it is told (a clock, a door, an investigator) it
 * uses; what comes of it is read from the tally, the coverage and the investigator by others.
 */

import type { Claim } from './claim.ts';
import type { Clock } from './clock.ts';
import type { Coverage } from './coverage.ts';
import type { Examination, Experiment } from './experiment.ts';
import { type Generator, newGenerator } from './generate/scenarios.ts';
import { PARAMETERS, type Parameter } from './generate/words.ts';
import type { Investigator } from './investigate/suspicions.ts';
import type { Beforehand } from './limits/beforehand.ts';
import type { Door } from './limits/door.ts';
import type { Probed } from './probe.ts';
import type { Scenario, StepKind } from './scenario.ts';
import { count, type Tally } from './tally.ts';
import { fellSilent } from './transcript.ts';

export interface SearchOptions {
  readonly seed: number;
  /** Connections in flight. */
  readonly jobs: number;
  readonly claims: readonly Claim[];
  readonly scenarios?: number;
  readonly unguided?: boolean;
  /** Played first, before anything random. */
  readonly examples?: readonly Scenario[];
  /** Varied from the first on, as what showed something new is. */
  readonly seeds?: readonly Scenario[];
  readonly onProgress?: (progress: Progress) => void;
  /** Called for each scenario, in order. */
  readonly onExamined?: (examination: Examination) => void;
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

/** Scenarios examined side by side before their results are taken up: few at first, so that a fault shows soon. */
const FIRST_ROUND = 8;
const ROUND = 64;
/** Milliseconds that is waited at most for a target that refuses new connections. */
const PATIENCE = 60_000;

export interface Search {
  readonly experiment: Experiment;
  readonly investigator: Investigator;
  readonly tally: Tally;
  readonly coverage: Coverage;
  readonly clock: Clock;
  readonly options: SearchOptions;
  readonly probed: Probed;
  /** Whether what was found is all that was asked for. */
  readonly enough: () => boolean;
  readonly limited: Beforehand;
  readonly door: Door;
}

/** How a search ended. */
export interface SearchEnd {
  /** The target takes no more connections. */
  readonly closed: boolean;
  /** Pairs and triples of features that were played. */
  readonly combinations: { readonly pairs: number; readonly triples: number };
}

export async function search(run: Search): Promise<SearchEnd> {
  const { options, probed, tally } = run;
  const generator = newGenerator({
    seed: options.seed,
    without: unsupportedKinds(probed),
    mechanisms: probed.mechanisms,
    unoffered: unofferedParameters(probed),
    unguided: options.unguided === true,
  });
  for (const seed of options.seeds ?? []) generator.keep(seed);
  const examples = [...(options.examples ?? [])];
  const done = (): boolean =>
    options.signal?.aborted === true ||
    run.clock.closing() ||
    (options.scenarios !== undefined && tally.scenarios >= options.scenarios) ||
    run.enough();
  // While one round is looked into, the next is examined: either waits for the target most of the time.
  let investigating: Promise<void> = Promise.resolve();
  for (let size = FIRST_ROUND; !done(); size = Math.min(ROUND, 2 * size)) {
    const left = (options.scenarios ?? Number.POSITIVE_INFINITY) - tally.scenarios;
    const drawn =
      examples.length > 0
        ? examples.splice(0, size)
        : await Promise.all(generator.next(size).map(run.limited.trim));
    const examined = await examinedRound(run, drawn.slice(0, left));
    await run.clock.wait(investigating);
    if (examined === 'closed') return { closed: true, combinations: generator.combinations() };
    if (run.enough()) break;
    for (const after of run.investigator.unstable) generator.retire(after);
    for (const examination of examined) learn(run, generator, examination);
    run.coverage.mark(run.clock.elapsed() / 1_000);
    options.onProgress?.(progressOf(run));
    investigating = run.investigator.consider(examined);
    // It is waited for in a moment, and fails there if it does.
    investigating.catch(() => {});
    if (!run.clock.refining()) continue;
    // What was seen is settled before anything is made smaller.
    await run.clock.wait(investigating);
    await refine(run, run.clock.closing);
  }
  await run.clock.wait(investigating);
  await refine(run, run.clock.tooLate);
  return { closed: false, combinations: generator.combinations() };
}

const refine = ({ investigator, options }: Search, isOver: () => boolean): Promise<void> =>
  investigator.refine(() => isOver() || options.signal?.aborted === true);

/** Examines scenarios side by side; what was examined against a closed door is examined again. */
async function examinedRound(
  run: Search,
  scenarios: readonly Scenario[],
): Promise<readonly Examination[] | 'closed'> {
  const examined = await examineAll(run, scenarios);
  const state = await doorOf(run);
  if (state === 'closed') return 'closed';
  const all = state === 'reopened' ? await examineAll(run, scenarios) : examined;
  return all.filter(examination => examination !== undefined);
}

/** What one examination teaches: the counts, the coverage, and the generator. */
function learn({ tally, coverage, options }: Search, generator: Generator, examination: Examination): void {
  const { scenario, used, fresh, deviations } = examination;
  count(tally, examination, options.claims);
  options.onExamined?.(examination);
  const novel = coverage.add(scenario, used.transcript, used.observation);
  if (novel || deviations.length > 0) generator.keep(scenario);
  if (fresh !== undefined && fellSilent(fresh.transcript)) generator.retire(scenario.after);
  const { upgrade } = used.transcript;
  generator.learn(scenario, upgrade === 'secure' || upgrade === 'failed');
}

/** Nobody waits at the door who has to leave. */
const doorOf = async ({ door, clock, options }: Search): ReturnType<Door['look']> =>
  options.signal?.aborted === true || clock.over()
    ? 'open'
    : ((await clock.inTime(door.look(Math.min(clock.left() ?? PATIENCE, PATIENCE)))) ?? 'open');

async function examineAll(
  { experiment, clock, options, door }: Search,
  scenarios: readonly Scenario[],
): Promise<readonly (Examination | undefined)[]> {
  const examined: (Examination | undefined)[] = scenarios.map(() => undefined);
  let next = 0;
  // One scenario after the other in each of the jobs: its fresh run goes before the used runs of later scenarios.
  const job = async (): Promise<void> => {
    while (next < scenarios.length && !clock.closing() && options.signal?.aborted !== true) {
      const index = next++;
      examined[index] = await clock.inTime(experiment.examine(scenarios[index] as Scenario));
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
export function unsupportedKinds(probed: Probed): ReadonlySet<StepKind> {
  const offered = offeredBy(probed);
  const needs: readonly (readonly [StepKind, string])[] = [
    ['bdat', 'CHUNKING'],
    ['xclient', 'XCLIENT'],
    ['xforward', 'XFORWARD'],
    ['auth', 'AUTH'],
  ];
  return new Set(needs.flatMap(([kind, keyword]) => (offered.has(keyword) ? [] : [kind])));
}

/** Parameters of MAIL and RCPT of extensions that the target does not offer. */
export function unofferedParameters(probed: Probed): ReadonlySet<Parameter> {
  const offered = offeredBy(probed);
  const all = Object.entries(PARAMETERS) as readonly [Parameter, string][];
  return new Set(all.flatMap(([parameter, keyword]) => (offered.has(keyword) ? [] : [parameter])));
}

const offeredBy = ({ facts, offeredInTls }: Probed): ReadonlySet<string> =>
  new Set([...facts.offered, ...offeredInTls]);
