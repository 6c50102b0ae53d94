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
import {
  type ClientExamination,
  type ClientExperiment,
  Interrupted,
  unlessInterrupted,
} from './experiment.ts';
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
  /** Called for each finding, and once more where it is made smaller later, maybe under another name. */
  readonly onFinding: (finding: ClientFinding) => void;
}

export interface ClientInvestigator {
  consider(examination: ClientExamination): Promise<void>;
  /** Makes small what was found when the time for that was used up, until it is over; each once. */
  refine(isOver: () => boolean): Promise<void>;
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
  /** Findings that were tried to be made small once more. */
  const retried = new Set<ClientFinding>();
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
    const looks = again.seldom ? RACE_LOOKS : 1;
    const small = await minimised(script, { ...wanted, looks }, shown, expired);
    for (const [candidate, minimal] of [
      [small.value, small.minimal],
      [script, false],
    ] as const) {
      const result = await confirmed(candidate, wanted, shown);
      if (result.kind === 'confirmed') {
        await record(candidate, minimal, result.rate, result.example, wanted);
        return true;
      }
      note(result.kind, `${wanted.summary}: ${result.reason}`);
    }
    return false;
  }

  /** What proves itself was confirmed by the runs that made it small. */
  async function confirmed(candidate: Script, wanted: Deviation, shown: Shown): Promise<ClientConfirmation> {
    const sighting = wanted.proof === 'sighting' ? shown.get(JSON.stringify(candidate)) : undefined;
    return sighting === undefined
      ? confirmClient(experiment, candidate, wanted)
      : { kind: 'confirmed', rate: '2/2', example: sighting };
  }

  /** What has been reached when time is up is not lost. */
  async function minimised(
    script: Script,
    { signature, looks }: Pick<Deviation, 'signature'> & { readonly looks: number },
    shown: Shown,
    isOver: () => boolean,
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
      return await minimiseScript(script, stillShows, { jobs, expired: isOver });
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
    const finding = await named({ script, deviation: wanted, confirmed, minimal, example });
    const { fingerprint, deviation } = finding;
    sightings.add(fingerprint, example, [deviation]);
    if (findings.some(known => known.fingerprint === fingerprint)) return;
    findings.push(finding);
    options.onFinding(finding);
  }

  async function named(shown: Omit<ClientFinding, 'fingerprint'>): Promise<ClientFinding> {
    const deviation = showsClient(shown.example, shown.deviation.signature) ?? shown.deviation;
    return { ...shown, deviation, fingerprint: await nameOf(experiment, shown.script, deviation) };
  }

  /** The finding made small, if it can be; or undefined. */
  async function smaller(rough: ClientFinding, isOver: () => boolean): Promise<ClientFinding | undefined> {
    const { script, deviation, example } = rough;
    const shown: Shown = new Map([[JSON.stringify(script), example]]);
    const looks = isSeldom(rough) ? RACE_LOOKS : 1;
    const { value, minimal } = await minimised(script, { ...deviation, looks }, shown, isOver);
    const result = minimal ? await confirmed(value, deviation, shown) : undefined;
    return result?.kind === 'confirmed'
      ? named({ script: value, deviation, confirmed: result.rate, minimal, example: result.example })
      : undefined;
  }

  /** A rough finding gives way to the small one, or to one that is known by its name. */
  function replace(rough: ClientFinding, small: ClientFinding): void {
    const { fingerprint: withdraws } = rough;
    const known = findings.find(other => other !== rough && other.fingerprint === small.fingerprint);
    const stays = known ?? small;
    const told = stays.fingerprint === withdraws ? stays : { ...stays, withdraws };
    findings.splice(findings.indexOf(rough), 1, ...(known === undefined ? [told] : []));
    sightings.rename(withdraws, small.fingerprint);
    options.onFinding(told);
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
    async refine(isOver) {
      const isRough = (finding: ClientFinding): boolean =>
        !finding.minimal && !retried.has(finding) && !isOver();
      for (let rough = findings.find(isRough); rough !== undefined; rough = findings.find(isRough)) {
        retried.add(rough);
        const small = await smaller(rough, isOver).catch(unlessInterrupted);
        if (small !== undefined) replace(rough, small);
      }
    },
    async consider(examination) {
      for (const deviation of examination.deviations) await lookInto(examination, deviation);
    },
  };
}

/** Scripts that were seen to show an effect, as JSON, and how. */
type Shown = Map<string, ClientExamination>;

/** Whether it did not come every time: `3/20`. */
function isSeldom({ confirmed }: ClientFinding): boolean {
  const [hits, runs] = confirmed.split('/');
  return hits !== runs;
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
