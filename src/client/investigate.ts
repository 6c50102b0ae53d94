/**
 * From deviations of a client to findings: each suspicion is looked at again, made small, confirmed and named, once.
 * Nothing is dropped without a note.
 */

import type { Deviation } from '../claim.ts';
import { newSightings, type Sightings } from '../investigate/sightings.ts';
import type { Reduced } from '../reduce.ts';
import type { Note } from '../report/report.ts';
import { nameOf } from './breadth.ts';
import { type ClientConfirmation, confirmClient, lookAgain, showsClient } from './confirm.ts';
import { type Doubts, newDoubts } from './doubts.ts';
import { type ClientExamination, type ClientExperiment, Interrupted } from './experiment.ts';
import type { ClientFinding } from './finding.ts';
import { fingerprintOf, isKnowledge, isNeedless, WIDE } from './fingerprint.ts';
import { minimiseScript } from './minimise.ts';
import { remainder } from './remainder.ts';
import { isClean, type Script, size } from './script.ts';

export interface ClientInvestigatorOptions {
  readonly experiment: ClientExperiment;
  readonly jobs: number;
  /** Whether the time for minimising is used up. */
  readonly expired: () => boolean;
  /** Whether nothing new is looked into any more. */
  readonly stopped: () => boolean;
  readonly onFinding: (finding: ClientFinding) => void;
}

export interface ClientInvestigator {
  consider(examination: ClientExamination): Promise<void>;
  readonly findings: readonly ClientFinding[];
  readonly notes: readonly Note[];
  /** Scripts that showed something too late to be looked into. */
  readonly late: number;
  /** Scripts that showed something which nobody could confirm. */
  readonly doubts: Doubts;
  /** How often each finding’s defect was seen, and by which claims. */
  readonly sightings: Pick<Sightings, 'count' | 'claims'>;
}

/** Investigations of one effect that may lead nowhere new before it is left alone. */
const MAX_ATTEMPTS = 3;
/** How often a smaller script is looked at, where what it is to show does not come every time. */
const RACE_LOOKS = 3;

export function newClientInvestigator(options: ClientInvestigatorOptions): ClientInvestigator {
  const { experiment, jobs, expired, stopped } = options;
  const findings: ClientFinding[] = [];
  const notes = new Map<string, Note>();
  const attempts = new Map<string, number>();
  const sightings = newSightings();
  const doubts = newDoubts();
  const late = new Set<Script>();
  const lateSightings = new Map<string, ClientExamination>();
  const note = (kind: Note['kind'], text: string): void => {
    notes.set(`${kind} ${text}`, { kind, text });
  };
  /** Whether it came to a finding, or to noise. */
  async function investigate({ seen, deviation: suspected }: Suspicion): Promise<boolean> {
    const { script } = seen;
    const again = await lookAgain(experiment, seen, suspected);
    if (again.kind === 'noise') {
      for (const deviation of again.behind) await lookInto(again.judged, deviation);
      return true;
    }
    if (again.kind !== 'shown') {
      note(again.kind, `${suspected.summary}: ${again.reason}`);
      return false;
    }
    const wanted = again.deviation;
    // Every script that shows it is a further sighting.
    const shown = new Map([[JSON.stringify(script), again.example]]);
    const small = await minimised(script, { ...wanted, looks: again.seldom ? RACE_LOOKS : 1 }, shown);
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
        await record(candidate, minimal, result.rate, result.example, wanted);
        return true;
      }
      note(result.kind, `${wanted.summary}: ${result.reason}`);
    }
    return false;
  }

  /** What has been reached when time is up is not lost. */
  async function minimised(
    script: Script,
    { signature, looks }: Pick<Deviation, 'signature'> & { readonly looks: number },
    shown: Map<string, ClientExamination>,
  ): Promise<Reduced<Script>> {
    let best = script;
    const stillShows = async (candidate: Script): Promise<boolean> => {
      for (let look = 0; look < looks; look++) {
        const examination = await experiment.suspect(candidate);
        if (showsClient(examination, signature) === undefined) continue;
        shown.set(JSON.stringify(candidate), examination);
        if (size(candidate) < size(best)) best = candidate;
        return true;
      }
      return false;
    };
    try {
      return await minimiseScript(script, stillShows, { jobs, expired });
    } catch (error) {
      if (error instanceof Interrupted) return { value: best, minimal: false };
      throw error;
    }
  }

  async function record(
    script: Script,
    minimal: boolean,
    confirmed: string,
    example: ClientExamination,
    wanted: Deviation,
  ): Promise<void> {
    const deviation = showsClient(example, wanted.signature) ?? wanted;
    const fingerprint = await nameOf(experiment, script, deviation);
    sightings.add(fingerprint, example, [deviation]);
    if (findings.some(finding => finding.fingerprint === fingerprint)) return;
    const finding = { script, deviation, fingerprint, confirmed, minimal, example };
    findings.push(finding);
    options.onFinding(finding);
  }

  /** What the findings that stand do not account for. */
  async function unaccounted(
    examination: ClientExamination,
    deviation: Deviation,
  ): Promise<Suspicion | undefined> {
    const { script } = examination;
    if (!isKnowledge(deviation)) {
      const known = findings.find(finding => isSame(finding, script, deviation));
      if (known === undefined) return { seen: examination, deviation };
      sightings.add(known.fingerprint, examination, [deviation]);
      return undefined;
    }
    const concerned = findings.filter(
      finding => isKnowledge(finding.deviation) && remainder(script, [finding]) !== script,
    );
    if (concerned.length === 0) return { seen: examination, deviation };
    const rest = remainder(script, concerned);
    const seen = await experiment.suspect(rest);
    const { deviations } = seen;
    const other = deviations.find(({ signature }) => signature === deviation.signature);
    const left = other ?? deviations.find(isKnowledge);
    if (left !== undefined) return { seen, deviation: left };
    for (const finding of concerned)
      sightings.add(finding.fingerprint, examination, comesAlike(finding, script) ? [deviation] : []);
    return undefined;
  }

  /** What proves itself needs no more than a second script that shows it. */
  async function seenTooLate(examination: ClientExamination, deviation: Deviation): Promise<void> {
    const { script } = examination;
    const known = isKnowledge(deviation)
      ? undefined
      : findings.find(finding => isSame(finding, script, deviation));
    if (known !== undefined) {
      sightings.add(known.fingerprint, examination, [deviation]);
      return;
    }
    late.add(script);
    if (deviation.proof !== 'sighting') return;
    const name = fingerprintOf(script, deviation);
    const other = lateSightings.get(name) ?? examination;
    const first = size(other.script) <= size(script) ? other : examination;
    lateSightings.set(name, first);
    if (other !== examination) await record(first.script, false, '2/2', first, deviation);
  }

  async function lookInto(examination: ClientExamination, deviation: Deviation): Promise<void> {
    if (stopped()) return seenTooLate(examination, deviation);
    try {
      const suspicion = await unaccounted(examination, deviation);
      if (suspicion === undefined) return;
      const effect = effectOf(suspicion);
      const tried = attempts.get(effect) ?? 0;
      attempts.set(effect, tried + 1);
      if (tried < MAX_ATTEMPTS && (await investigate(suspicion))) return;
      doubts.add(examination.script, [deviation.claim]);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      note('unconfirmed', `time was up: ${deviation.summary}`);
      await seenTooLate(examination, deviation);
    }
  }

  return {
    findings,
    get notes() {
      return [...notes.values()];
    },
    get late() {
      return late.size;
    },
    doubts,
    sightings,
    async consider(examination) {
      for (const deviation of examination.deviations) await lookInto(examination, deviation);
    },
  };
}

/** A deviation, and what showed it. */
interface Suspicion {
  readonly seen: ClientExamination;
  readonly deviation: Deviation;
}

/** What is seen, and what of the script seems to bring it about. */
const effectOf = ({ seen: { script }, deviation }: Suspicion): string =>
  `${deviation.signature} ${isClean(script.upgrade) ? '' : fingerprintOf(script, deviation)}`;

/** Whether it comes the same way: what a list says is not the affair of who judges what is glued to the 220. */
const comesAlike = ({ script: { upgrade } }: ClientFinding, script: Script): boolean =>
  isClean(upgrade) === isClean(script.upgrade);

/** Whether a finding tells of the same, such as that any certificate is taken. */
const isSame = ({ deviation, fingerprint }: ClientFinding, script: Script, other: Deviation): boolean =>
  deviation.claim === other.claim &&
  (isNeedless(fingerprint) || [WIDE[other.claim], fingerprintOf(script, other)].includes(fingerprint));
