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
import { newGenerator } from './generate/scenarios.ts';
import { PARAMETERS, type Parameter } from './generate/words.ts';
import type { Investigator } from './investigate/suspicions.ts';
import type { Beforehand } from './limits/beforehand.ts';
import type { Door } from './limits/door.ts';
import { belowLimits, type Trimmed } from './limits/trim.ts';
import type { Probed } from './probe.ts';
import { inRounds, newRounds } from './rounds.ts';
import type { Scenario, StepKind } from './scenario.ts';
import { count, type Tally, wasTurnedAway } from './tally.ts';
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

/** Scenarios of a round, whose results are taken up together. */
const ROUND = 64;

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
  const { options, clock, investigator } = run;
  const generator = generatorFor(run);
  const examples = [...(options.examples ?? [])];
  const stopped = (): boolean => options.signal?.aborted === true || clock.closing() || run.enough();
  const examine = async (scenario: Scenario): Promise<Examination | undefined> =>
    stopped() ? undefined : clock.inTime(run.experiment.examine(scenario, clock.pressed));
  const rounds = newRounds({ ...run, jobs: options.jobs, examine, isTurnedAway: wasTurnedAway });
  // While one round is looked into, the next is examined: either waits for the target most of the time.
  let investigating: Promise<void> = Promise.resolve();
  const settled = (): Promise<void> => clock.wait(investigating);

  async function takeUp(examined: readonly Examination[]): Promise<void> {
    await settled();
    if (rounds.isShut() || run.enough()) return;
    for (const after of investigator.unstable) generator.retire(after);
    for (const examination of examined) learn(run, generator, examination);
    run.coverage.mark(clock.elapsed() / 1_000);
    options.onProgress?.(progressOf(run));
    investigating = investigator.consider(examined);
    // It is waited for in a moment, and fails there if it does.
    investigating.catch(() => {});
    if (!clock.refining()) return;
    // What was seen is settled before anything is made smaller.
    await settled();
    await investigator.refine(() => clock.closing() || options.signal?.aborted === true);
  }

  let left = options.scenarios ?? Number.POSITIVE_INFINITY;
  await inRounds(rounds, {
    largest: ROUND,
    isOver: () => left <= 0 || rounds.isShut() || stopped(),
    async draw(size) {
      const drawn = examples.length > 0 ? examples.splice(0, size) : await generator.next(size);
      const scenarios = drawn.slice(0, left);
      left -= scenarios.length;
      return scenarios;
    },
    takeUp,
  });
  await settled();
  return { closed: rounds.isShut(), combinations: generator.combinations() };
}

/** What it draws is what the target can take. */
function generatorFor({ options, probed, limited }: Search): Trimmed {
  const generator = newGenerator({
    seed: options.seed,
    without: unsupportedKinds(probed),
    mechanisms: probed.mechanisms,
    unoffered: unofferedParameters(probed),
    declined: new Set(probed.declined),
    unguided: options.unguided === true,
  });
  for (const seed of options.seeds ?? []) generator.keep(seed);
  return belowLimits(generator, limited.trim);
}

/** What one examination teaches: the counts, the coverage, and the generator. */
function learn({ tally, coverage, options }: Search, generator: Trimmed, examination: Examination): void {
  const { scenario, used, fresh, deviations } = examination;
  count(tally, examination, options.claims);
  options.onExamined?.(examination);
  const novel = coverage.add(scenario, used.transcript, used.observation);
  if (novel || deviations.length > 0) generator.keep(scenario);
  if (fresh !== undefined && fellSilent(fresh.transcript)) generator.retire(scenario.after);
  const { upgrade } = used.transcript;
  generator.learn(scenario, upgrade === 'secure' || upgrade === 'failed');
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
