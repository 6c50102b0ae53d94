/**
 * One scenario put to the test: a used run, a fresh run beside it, and the evidence that claims judge.
 *
 * Fresh runs are cached by the token-free shape of what follows TLS. A cached answer may acquit but never accuse: a
 * difference from it throws it out, and is judged on new runs only. One hit in a hundred is run again, to see drift.
 */

import type { Claim, Deviation, Evidence, TargetFacts } from './claim.ts';
import { compare } from './compare.ts';
import { newKeptRuns } from './kept-runs.ts';
import { type Noise, newNoise } from './noise.ts';
import { newNonce } from './nonce.ts';
import { type Observation, observe } from './observe.ts';
import { newRunner, type Restarts, type Runner } from './runner.ts';
import { type Baseline, fresh, fullHandshake, type Scenario, saysNothing } from './scenario.ts';
import type { Speech } from './spell.ts';
import type { Stage } from './stage.ts';
import { isPutOff, type Transcript } from './transcript.ts';

/** One run and what could be seen in it. */
export interface Seen {
  readonly scenario: Scenario;
  readonly speech: Speech;
  readonly transcript: Transcript;
  readonly observation: Observation;
}

export interface Examination {
  readonly scenario: Scenario;
  readonly used: Seen;
  /** Absent where the used run's handshake did not complete. */
  readonly fresh?: Seen;
  readonly evidence: Evidence;
  readonly deviations: readonly Deviation[];
}

export interface Counts {
  connections: number;
  handshakes: number;
  freshRuns: number;
  cacheHits: number;
  disagreements: number;
  /** Connections beyond those that a run takes: it was turned away, cut off, or put off, and made once more. */
  repeats: number;
}

export interface ExperimentOptions {
  readonly stage: Stage;
  readonly baseline: Baseline;
  readonly speech: Omit<Speech, 'nonce'>;
  readonly claims: readonly Claim[];
  readonly facts: TargetFacts;
  /** Runs under way at once. */
  readonly jobs: number;
}

const DRIFT_CHECK = 100;
const NOISE_RUNS = 5;
/** Further fresh runs where STARTTLS is put off. */
const BUSY_RETRIES = 2;

export class Experiment {
  readonly options: ExperimentOptions;
  readonly noise: Noise = newNoise();
  readonly counts: Counts = {
    connections: 0,
    handshakes: 0,
    freshRuns: 0,
    cacheHits: 0,
    disagreements: 0,
    repeats: 0,
  };
  readonly #runner: Runner;
  /** With a run without TLS nothing can be compared: kept, it would acquit whatever is played behind another `before`. */
  readonly #cache = newKeptRuns<Seen>(({ transcript }) => transcript.upgrade === 'secure');
  #pairs = 0;

  constructor(options: ExperimentOptions) {
    this.options = options;
    this.#runner = newRunner(options.stage, options.jobs);
  }

  /** Used run and fresh run, the fresh one from the cache where that acquits. Patient ones wait until no other run is due. */
  async examine(scenario: Scenario, isPatient = false): Promise<Examination> {
    const used = await this.#run(scenario, scenario, this.newSpeech(), isPatient);
    if (used.transcript.upgrade !== 'secure') return this.judge(used, undefined);
    const key = cacheKey(scenario);
    const hit = this.#cache.get(key) !== undefined;
    const asked = this.#cachedFresh(key, scenario, isPatient);
    const isDriftChecked = hit && this.counts.cacheHits % DRIFT_CHECK === 0;
    const cached = await asked;
    if (saysNothing(scenario) && cached.transcript.upgrade === 'secure')
      this.noise.learn(used.observation, cached.observation);
    const examination = this.judge(used, cached);
    if (!hit || (examination.evidence.differences.length === 0 && !isDriftChecked)) return examination;
    return this.judge(used, await this.#renewed(key, scenario, cached));
  }

  /**
   * Used run and fresh run, both new, side by side; now the one is begun first, now the other. Begun at once they say the same
   * time of day: that it varies tells a fresh run that was kept.
   */
  async examineAnew(scenario: Scenario): Promise<Examination> {
    const early = isFreshFirst(this.#pairs++) ? this.fresh(scenario) : undefined;
    const [used, freshRun] = await Promise.all([this.used(scenario), early ?? this.fresh(scenario)]);
    const kept = await this.#cache.get(cacheKey(scenario));
    if (kept !== undefined) this.learnFrom([kept, freshRun]);
    return this.judge(used, used.transcript.upgrade === 'secure' ? freshRun : undefined);
  }

  /**
   * Used run beside a fresh one that may be cached: good enough to go on with, not to accuse anyone. Minimising asks
   * so often about the same `after` that this halves its connections.
   */
  async suspect(scenario: Scenario): Promise<Examination> {
    const [used, freshRun] = await Promise.all([
      this.used(scenario),
      this.#cachedFresh(cacheKey(scenario), scenario),
    ]);
    return this.judge(used, used.transcript.upgrade === 'secure' ? freshRun : undefined);
  }

  used(scenario: Scenario, speech: Speech = this.newSpeech()): Promise<Seen> {
    return this.#run(scenario, scenario, speech);
  }

  /** A fresh run: what is said before STARTTLS is what the baseline needs, and no more. */
  fresh(scenario: Scenario, speech: Speech = this.newSpeech(), isPatient = false): Promise<Seen> {
    return this.#fresh(fresh(scenario, this.options.baseline), scenario, speech, isPatient);
  }

  /** A fresh run that says nothing for so many milliseconds before STARTTLS. */
  freshAfter(scenario: Scenario, ms: number): Promise<Seen> {
    const plain = waiting(fresh(scenario, this.options.baseline), ms);
    return this.#fresh(plain, scenario, this.newSpeech());
  }

  /** Played once more, with the same names, where the target is too busy for TLS at the moment. */
  async #fresh(plain: Scenario, scenario: Scenario, speech: Speech, isPatient = false): Promise<Seen> {
    this.counts.freshRuns++;
    let seen = await this.#run(plain, scenario, speech, isPatient);
    for (let again = 0; again < BUSY_RETRIES && isPutOff(seen.transcript); again++) {
      this.counts.repeats++;
      seen = await this.#run(plain, scenario, speech);
    }
    return seen;
  }

  /** A fresh run as it comes, turned away or not; it is no part of what was examined. */
  look(scenario: Scenario): Promise<Transcript> {
    return this.#runner.once(fresh(scenario, this.options.baseline), this.newSpeech());
  }

  /** The target has had enough: fewer runs at once, whatever they are for. */
  slowDown(): void {
    this.#runner.slowDown();
  }

  /** The fresh runs that are kept, oldest first; those whose handshake completed. */
  async freshRuns(): Promise<readonly Seen[]> {
    const runs = await Promise.all(this.#cache.all());
    return runs.filter(({ transcript }) => transcript.upgrade === 'secure');
  }

  /** Plays fresh runs of one scenario side by side, and learns what varies between them. */
  async learnNoise(scenario: Scenario): Promise<void> {
    this.learnFrom(await Promise.all(Array.from({ length: NOISE_RUNS }, () => this.fresh(scenario))));
  }

  /** Learns what varies between fresh runs of one scenario: each with each, since a text may be missing from any of them. */
  learnFrom(runs: readonly Seen[]): void {
    const observed = runs
      .filter(({ transcript }) => transcript.upgrade === 'secure')
      .map(({ observation }) => observation);
    for (const [index, one] of observed.entries())
      for (const other of observed.slice(index + 1)) this.noise.learn(one, other);
  }

  /**
   * A fresh run behind connections on which all this was said in plaintext, in the same words, with QUIT at their ends;
   * itself, it says nothing for so many milliseconds before STARTTLS. Nobody else speaks in between.
   */
  async afterPlaintext(scenario: Scenario, said: readonly Scenario['before'][], ms = 0): Promise<Seen> {
    const speech = this.newSpeech();
    const plain = waiting(fresh(scenario, this.options.baseline), ms);
    const earlier = said.map(
      (before): Scenario => ({
        before: [...before, { kind: 'quit' }],
        upgrade: { handshake: { kind: 'failed', how: 'fin' } },
        after: [],
      }),
    );
    this.counts.freshRuns++;
    const transcripts = await this.#runner.series([...earlier, plain], speech);
    const seen = transcripts.map(transcript => this.#seen(transcript, scenario, plain, speech));
    return seen.at(-1) as Seen;
  }

  /** How often the target ended by itself meanwhile. */
  get restarts(): Restarts {
    return this.#runner.restarts();
  }

  /** Scenarios that were under way when the target first took no connection any more. */
  get brokenOff(): readonly Scenario[] {
    return this.#runner.brokenOff();
  }

  /** Of all runs that were played for it. */
  get pace(): Runner['pace'] {
    return this.#runner.pace;
  }

  newSpeech(): Speech {
    return { ...this.options.speech, nonce: newNonce() };
  }

  /** The evidence of two runs, before the claims. */
  judge(used: Seen, freshRun: Seen | undefined): Examination {
    const paired = used.transcript.upgrade === 'secure' && freshRun?.transcript.upgrade === 'secure';
    const evidence: Evidence = {
      scenario: used.scenario,
      used: used.transcript,
      ...(freshRun?.transcript.upgrade === 'secure' ? { fresh: freshRun.transcript } : {}),
      observation: used.observation,
      differences:
        paired && !saysNothing(used.scenario)
          ? compare(used.observation, freshRun.observation, this.noise)
          : [],
      paired,
      speech: used.speech,
      facts: this.options.facts,
    };
    const deviations = this.options.claims.flatMap(claim => claim.judge(evidence));
    return {
      scenario: used.scenario,
      used,
      ...(freshRun === undefined ? {} : { fresh: freshRun }),
      evidence,
      deviations,
    };
  }

  async #run(scenario: Scenario, shown: Scenario, speech: Speech, isPatient = false): Promise<Seen> {
    return this.#seen(await this.#runner.run(scenario, speech, isPatient), shown, scenario, speech);
  }

  /** What was seen of `shown` in a run of `played`. */
  #seen(transcript: Transcript, shown: Scenario, played: Scenario, speech: Speech): Seen {
    this.counts.connections += transcript.connections;
    this.counts.repeats += Math.max(0, transcript.connections - connectionsOf(played));
    if (transcript.upgrade === 'secure') this.counts.handshakes++;
    return { scenario: shown, speech, transcript, observation: observe(transcript, played) };
  }

  #cachedFresh(key: string, scenario: Scenario, isPatient = false): Promise<Seen> {
    const known = this.#cache.get(key);
    if (known !== undefined) {
      this.counts.cacheHits++;
      return known;
    }
    return this.#cache.keep(key, this.fresh(scenario, this.newSpeech(), isPatient));
  }

  /** A new fresh run in place of a cached one. What differs between the two varies by itself. */
  async #renewed(key: string, scenario: Scenario, cached: Seen): Promise<Seen> {
    const seen = await this.#cache.keep(key, this.fresh(scenario));
    if (seen.observation.digest !== cached.observation.digest) this.counts.disagreements++;
    this.learnFrom([cached, seen]);
    return seen;
  }
}

const waiting = ({ before, ...rest }: Scenario, ms: number): Scenario => ({
  ...rest,
  before: ms === 0 ? before : [...before, { kind: 'pause', ms }],
});

/**
 * Whether the fresh run of the nth pair is begun first. Servers that take turns behind one address would else serve one
 * all used runs and another all fresh ones; in this order (Thue and Morse) no number of them does.
 */
function isFreshFirst(nth: number): boolean {
  let odd = false;
  for (let bits = nth; bits > 0; bits &= bits - 1) odd = !odd;
  return odd;
}

/** A run whose session is resumed takes one more, for the ticket. */
const connectionsOf = ({ upgrade: { handshake } }: Scenario): number =>
  handshake.kind === 'sound' && handshake.resumed !== undefined ? 2 : 1;

/** Suffixes come from a pool, so that each is spelled out once. */
const spelledOut = new WeakMap<Scenario['after'], string>();

function cacheKey({ after, upgrade }: Scenario): string {
  const known = spelledOut.get(after) ?? JSON.stringify(after);
  spelledOut.set(after, known);
  return `${known} ${JSON.stringify(fullHandshake(upgrade))}`;
}
