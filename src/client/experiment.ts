/**
 * One script put to the test: a used run, a fresh run beside it, and the evidence that claims judge.
 *
 * Fresh runs are kept by what follows TLS. A kept one may acquit but never accuse: a difference from it is judged on
 * new runs only.
 */

import PQueue from 'p-queue';
import type { Deviation } from '../claim.ts';
import { newKeptRuns } from '../kept-runs.ts';
import { newNonce } from '../nonce.ts';
import { newPace, type Pace } from '../pace.ts';
import type { ClientClaim, ClientEvidence } from './claim.ts';
import { type ClientNoise, compareClients, newClientNoise } from './compare.ts';
import { type ClientObservation, observeClient } from './observe.ts';
import { type ClientStage, runClient } from './run.ts';
import { fresh, isSilent, offersPipelining, type Script, speaksUnasked, surprises } from './script.ts';
import { type ClientTranscript, connections } from './transcript.ts';

export interface SeenClient {
  readonly transcript: ClientTranscript;
  readonly observation: ClientObservation;
}

export interface ClientExamination {
  readonly script: Script;
  readonly used: SeenClient;
  /** Absent where the used run did not come to TLS. */
  readonly fresh?: SeenClient;
  /** A fresh run that was kept and the new one differ. */
  readonly disagreed?: true;
  readonly evidence: ClientEvidence;
  readonly deviations: readonly Deviation[];
}

/** Time was up, or the user had enough: the run says nothing about the client. */
export class Interrupted extends Error {}

/** For a promise that may be given up: what else went wrong is passed on. */
export function unlessInterrupted(error: unknown): undefined {
  if (!(error instanceof Interrupted)) throw error;
}

export interface ClientExperimentOptions {
  readonly stage: ClientStage;
  readonly claims: readonly ClientClaim[];
  /** Clients that run at once. */
  readonly jobs: number;
  /** What is known to vary, if another experiment has learned it. */
  readonly noise?: ClientNoise;
}

export class ClientExperiment {
  readonly options: ClientExperimentOptions;
  readonly noise: ClientNoise;
  /** Client runs, the connections they made, and those that came to TLS. */
  readonly counts = { runs: 0, connections: 0, handshakes: 0, disagreements: 0 };
  readonly #kept = newKeptRuns<SeenClient>(isMeasure);
  readonly #slots: PQueue;
  readonly #pace = newPace();

  constructor(options: ClientExperimentOptions) {
    this.options = options;
    this.noise = options.noise ?? newClientNoise();
    this.#slots = new PQueue({ concurrency: options.jobs });
  }

  /** The fresh run is a kept one where that acquits. */
  async examine(script: Script): Promise<ClientExamination> {
    const used = await this.run(script);
    if (used.observation.sessions.length === 0) return this.judge(script, used, undefined);
    const key = keyOf(script);
    const known = this.#kept.get(key);
    const kept = await this.#kept.keep(key, known ?? this.run(fresh(script)));
    const examination = this.judge(script, used, kept);
    const { paired, difference } = examination.evidence;
    if (known === undefined || !isDone(used) || (paired && difference === undefined)) return examination;
    const anew = await this.#kept.keep(key, this.run(fresh(script)));
    const disagreed =
      isMeasure(kept) &&
      isMeasure(anew) &&
      this.noise.learn(kept.observation, anew.observation) !== undefined;
    if (disagreed) this.counts.disagreements++;
    return { ...this.judge(script, used, anew), ...(disagreed ? { disagreed } : {}) };
  }

  /** Both runs new, side by side. */
  async examineAnew(script: Script): Promise<ClientExamination> {
    const [used, freshRun] = await Promise.all([this.run(script), this.run(fresh(script))]);
    return this.judge(script, used, used.observation.sessions.length === 0 ? undefined : freshRun);
  }

  /** Both runs, the fresh one a kept one where there is any: good enough to go on with, not to accuse anyone. */
  async suspect(script: Script): Promise<ClientExamination> {
    const key = keyOf(script);
    const kept = this.#kept.keep(key, this.#kept.get(key) ?? this.run(fresh(script)));
    const [used, freshRun] = await Promise.all([this.run(script), kept]);
    return this.judge(script, used, used.observation.sessions.length === 0 ? undefined : freshRun);
  }

  judge(script: Script, used: SeenClient, freshRun: SeenClient | undefined): ClientExamination {
    const isMeasured = freshRun !== undefined && (isMeasure(freshRun) || turnsBack(freshRun));
    const difference =
      isDone(used) && isMeasured
        ? compareClients(used.observation, freshRun.observation, this.noise.places, surprises(script))
        : undefined;
    // Who turned back was not seen to do the same in TLS, so that it acquits nobody.
    const paired = isDone(used) && isMeasured && (difference !== undefined || isMeasure(freshRun));
    const evidence: ClientEvidence = {
      script,
      tls: this.options.stage.tls,
      transcript: used.transcript,
      observation: used.observation,
      ...(difference === undefined ? {} : { difference }),
      paired,
    };
    return {
      script,
      used,
      ...(freshRun === undefined ? {} : { fresh: freshRun }),
      evidence,
      deviations: this.options.claims.flatMap(claim => claim.judge(evidence)),
    };
  }

  /** As soon as one of the jobs is free. */
  run(script: Script): Promise<SeenClient> {
    return this.#slots.add(() => this.#run(script));
  }

  async #run(script: Script): Promise<SeenClient> {
    this.#goOn();
    const transcript = await this.#pace.timed(
      () => runClient(this.options.stage, script, { nonce: newNonce() }),
      told => ({ connections: connections(told), isWaiting: isSilent(script) }),
    );
    this.#goOn();
    const observation = observeClient(transcript, {
      paced: !speaksUnasked(script),
      offersPipelining: offersPipelining(script),
    });
    this.counts.runs++;
    this.counts.connections += connections(transcript);
    this.counts.handshakes += observation.sessions.length;
    return { transcript, observation };
  }

  /** Of all runs of the client. */
  get pace(): Pick<Pace, 'perSecond'> {
    return this.#pace;
  }

  #goOn(): void {
    if (this.options.stage.signal?.aborted === true) throw new Interrupted();
  }
}

/** TLS was on, and the client came to an end. */
const isDone = ({ transcript, observation }: SeenClient): boolean =>
  observation.sessions.length > 0 && transcript.exit.kind === 'exited';

/** A connection was ended since the client was still. */
export const isIdle = ({ transcript }: SeenClient): boolean =>
  transcript.entries.some(entry => entry.kind === 'ended' && entry.idle === true);

/** A fresh run in which nobody said anything any more was cut short, and is no measure. */
const isMeasure = (seen: SeenClient): boolean => isDone(seen) && !isIdle(seen);

/**
 * It asked for TLS and was told to go on, but had nothing to say there: some shake hands no sooner than they speak, and leave
 * before that. What they say in TLS where more was offered before it is otherwise all the same.
 */
function turnsBack(seen: SeenClient): boolean {
  const { entries, exit } = seen.transcript;
  const [ready, end] = entries.slice(-2);
  const last = entries.findLast(({ kind }) => kind === 'said');
  return (
    exit.kind === 'exited' &&
    entries.every(({ kind, secure }) => !secure && kind !== 'handshake' && kind !== 'stray') &&
    last?.kind === 'said' &&
    last.verb === 'starttls' &&
    ready?.kind === 'replied' &&
    ready.bytes.startsWith('220') &&
    end?.kind === 'ended' &&
    end.by === 'client'
  );
}

const keyOf = (script: Script): string => JSON.stringify(fresh(script));
