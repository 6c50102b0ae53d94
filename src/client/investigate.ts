/**
 * From deviations of a client to findings: each suspicion is looked at again, made small, confirmed and named, once.
 * Nothing is dropped without a note.
 */

import type { Deviation } from '../claim.ts';
import type { Reduced } from '../reduce.ts';
import type { Note } from '../report/report.ts';
import { type ClientConfirmation, confirmClient, showsClient } from './confirm.ts';
import { type ClientExamination, type ClientExperiment, Interrupted } from './experiment.ts';
import { fingerprintOf, occasion } from './fingerprint.ts';
import { minimiseScript } from './minimise.ts';
import { type Script, size } from './script.ts';

export interface ClientFinding {
  readonly script: Script;
  readonly deviation: Deviation;
  readonly fingerprint: string;
  readonly confirmed: string;
  readonly minimal: boolean;
  readonly example: ClientExamination;
}

export interface ClientInvestigatorOptions {
  readonly experiment: ClientExperiment;
  readonly jobs: number;
  /** Whether the time for minimising is used up. */
  readonly expired: () => boolean;
  readonly onFinding: (finding: ClientFinding) => void;
}

export interface ClientInvestigator {
  consider(examination: ClientExamination): Promise<void>;
  readonly findings: readonly ClientFinding[];
  readonly notes: readonly Note[];
  sightings(fingerprint: string): number;
}

/** Investigations of one effect on one occasion that may lead nowhere new before it is left alone. */
const MAX_ATTEMPTS = 3;
/** Claims that see the same thing from two sides. */
const KNOWLEDGE_CLAIMS: ReadonlySet<string> = new Set(['client-discards', 'client-markers']);

export function newClientInvestigator(options: ClientInvestigatorOptions): ClientInvestigator {
  const { experiment, jobs, expired } = options;
  const findings: ClientFinding[] = [];
  const notes = new Map<string, Note>();
  const attempts = new Map<string, number>();
  const sightings = new Map<string, number>();
  const note = (kind: Note['kind'], text: string): void => {
    notes.set(`${kind} ${text}`, { kind, text });
  };
  const saw = (name: string): void => {
    sightings.set(name, (sightings.get(name) ?? 0) + 1);
  };

  async function investigate(script: Script, wanted: Deviation): Promise<void> {
    const again = await experiment.examineAnew(script);
    if (showsClient(again, wanted.signature) === undefined) {
      note('unconfirmed', `seen once and not again: ${wanted.summary}`);
      return;
    }
    // Every script that shows it is a further sighting.
    const shown = new Map([[JSON.stringify(script), again]]);
    const small = await minimised(script, wanted, shown);
    for (const [candidate, minimal] of [
      [small.value, small.minimal],
      [script, false],
    ] as const) {
      const sighting = wanted.proof === 'sighting' ? shown.get(JSON.stringify(candidate)) : undefined;
      const result: ClientConfirmation =
        sighting === undefined
          ? await confirmClient(experiment, candidate, wanted)
          : { kind: 'confirmed', rate: '2/2', example: sighting };
      if (result.kind === 'confirmed') {
        record(candidate, minimal, result.rate, result.example, wanted);
        return;
      }
      note(result.kind, `${wanted.summary}: ${result.reason}`);
    }
  }

  /** What has been reached when time is up is not lost. */
  async function minimised(
    script: Script,
    { signature }: Deviation,
    shown: Map<string, ClientExamination>,
  ): Promise<Reduced<Script>> {
    let best = script;
    const stillShows = async (candidate: Script): Promise<boolean> => {
      const examination = await experiment.suspect(candidate);
      if (showsClient(examination, signature) === undefined) return false;
      shown.set(JSON.stringify(candidate), examination);
      if (size(candidate) < size(best)) best = candidate;
      return true;
    };
    try {
      return await minimiseScript(script, stillShows, { jobs, expired });
    } catch (error) {
      if (error instanceof Interrupted) return { value: best, minimal: false };
      throw error;
    }
  }

  function record(
    script: Script,
    minimal: boolean,
    confirmed: string,
    example: ClientExamination,
    wanted: Deviation,
  ): void {
    const deviation = showsClient(example, wanted.signature) ?? wanted;
    const fingerprint = fingerprintOf(script, deviation);
    // What is remembered shows in more than one way: as a marker, and as a difference.
    const isSameKnowledge = (finding: ClientFinding): boolean =>
      KNOWLEDGE_CLAIMS.has(finding.deviation.claim) &&
      KNOWLEDGE_CLAIMS.has(deviation.claim) &&
      JSON.stringify(finding.script) === JSON.stringify(script);
    saw(fingerprint);
    if (findings.some(finding => finding.fingerprint === fingerprint || isSameKnowledge(finding))) return;
    const finding = { script, deviation, fingerprint, confirmed, minimal, example };
    findings.push(finding);
    options.onFinding(finding);
  }

  return {
    findings,
    get notes() {
      return [...notes.values()];
    },
    sightings: name => sightings.get(name) ?? 0,
    async consider({ script, deviations }) {
      for (const deviation of deviations) {
        const known = findings.find(
          ({ deviation: { signature }, script: minimal }) =>
            signature === deviation.signature && occasion(minimal) === occasion(script),
        );
        const effect = `${deviation.signature} ${occasion(script)}`;
        const tried = attempts.get(effect) ?? 0;
        if (known !== undefined) saw(known.fingerprint);
        if (known !== undefined || tried >= MAX_ATTEMPTS) continue;
        attempts.set(effect, tried + 1);
        try {
          await investigate(script, deviation);
        } catch (error) {
          if (!(error instanceof Interrupted)) throw error;
          note('unconfirmed', `time was up: ${deviation.summary}`);
        }
      }
    },
  };
}
