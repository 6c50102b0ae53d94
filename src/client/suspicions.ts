/**
 * The suspicions of a search, taken up one after the other: which are new, which tell of what is known, and which came
 * too late to be looked into. Nothing is dropped without a note. What one comes to is the affair of `investigate.ts`.
 */

import type { Deviation } from '../claim.ts';
import { newSightings, type Sightings } from '../investigate/sightings.ts';
import type { Note } from '../note.ts';
import { type Doubts, newDoubts } from './doubts.ts';
import { type ClientExamination, Interrupted, unlessInterrupted } from './experiment.ts';
import type { ClientFinding } from './finding.ts';
import { fingerprintOf, isKnowledge, isNeedless, WIDE } from './fingerprint.ts';
import {
  type ClientInvestigationOptions,
  type ClientSuspicion,
  investigateClient,
  seenTwice,
  smallerFinding,
} from './investigate.ts';
import { remainder } from './remainder.ts';
import { isClean, type Script, size } from './script.ts';

export interface ClientInvestigatorOptions extends ClientInvestigationOptions {
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

export function newClientInvestigator(options: ClientInvestigatorOptions): ClientInvestigator {
  const { experiment, stopped } = options;
  const findings: ClientFinding[] = [];
  const notes = new Map<string, Note>();
  const attempts = new Map<string, number>();
  const sightings = newSightings();
  const doubts = newDoubts();
  const late = new Set<Script>();
  const lateSightings = new Map<string, ClientExamination>();
  /** Findings that were tried to be made small once more. */
  const retried = new Set<ClientFinding>();
  const note = (...told: readonly Note[]): void => {
    for (const one of told) notes.set(`${one.kind} ${one.text}`, one);
  };

  /** Whether it came to a finding, or to noise. */
  async function isSettled(suspicion: ClientSuspicion): Promise<boolean> {
    const outcome = await investigateClient(options, suspicion);
    if (outcome.kind === 'noise') {
      for (const { seen, deviation } of outcome.behind) await lookInto(seen, deviation);
      return true;
    }
    note(...outcome.notes);
    if (outcome.kind === 'finding') record(outcome.finding);
    return outcome.kind === 'finding';
  }

  function record(finding: ClientFinding): void {
    sightings.add(finding.fingerprint, finding.example, [finding.deviation]);
    if (findings.some(({ fingerprint }) => fingerprint === finding.fingerprint)) return;
    findings.push(finding);
    options.onFinding(finding);
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
  async function unaccounted(suspicion: ClientSuspicion): Promise<ClientSuspicion | undefined> {
    const { seen, deviation } = suspicion;
    const { script } = seen;
    if (isToldAlready(suspicion)) return undefined;
    if (!isKnowledge(deviation)) return suspicion;
    const concerned = findings.filter(
      finding => isKnowledge(finding.deviation) && remainder(script, [finding]) !== script,
    );
    if (concerned.length === 0) return suspicion;
    const rest = await experiment.suspect(remainder(script, concerned));
    const other = rest.deviations.find(({ signature }) => signature === deviation.signature);
    const left = other ?? rest.deviations.find(isKnowledge);
    if (left !== undefined) return { seen: rest, deviation: left };
    for (const finding of concerned)
      sightings.add(finding.fingerprint, seen, comesAlike(finding, script) ? [deviation] : []);
    return undefined;
  }

  /** Whether a finding tells of the same, by its name; then this is a further sighting of it. */
  function isToldAlready({ seen, deviation }: ClientSuspicion): boolean {
    if (isKnowledge(deviation)) return false;
    const known = findings.find(finding => isSame(finding, seen.script, deviation));
    if (known !== undefined) sightings.add(known.fingerprint, seen, [deviation]);
    return known !== undefined;
  }

  /** What proves itself needs no more than a second script that shows it. */
  async function seenTooLate(suspicion: ClientSuspicion): Promise<void> {
    if (isToldAlready(suspicion)) return;
    const { seen, deviation } = suspicion;
    const { script } = seen;
    late.add(script);
    if (deviation.proof !== 'sighting') return;
    const name = fingerprintOf(script, deviation);
    const other = lateSightings.get(name) ?? seen;
    const first = size(other.script) <= size(script) ? other : seen;
    lateSightings.set(name, first);
    if (other !== seen) record(await seenTwice(experiment, first, deviation));
  }

  /** Its fresh runs do not come out the same twice, so that no number of pairs would confirm it. */
  function leaveOpen({ script }: ClientExamination, { claim, summary }: Deviation): void {
    note({ kind: 'unstable', text: `${summary}: that varies without anything before TLS, too` });
    doubts.add(script, [claim]);
  }

  async function lookInto(seen: ClientExamination, deviation: Deviation): Promise<void> {
    if (stopped()) return seenTooLate({ seen, deviation });
    try {
      const suspicion = await unaccounted({ seen, deviation });
      if (suspicion === undefined) return;
      const effect = effectOf(suspicion);
      const tried = attempts.get(effect) ?? 0;
      attempts.set(effect, tried + 1);
      if (tried < MAX_ATTEMPTS && (await isSettled(suspicion))) return;
      doubts.add(seen.script, [deviation.claim]);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      note({ kind: 'unconfirmed', text: `time was up: ${deviation.summary}` });
      await seenTooLate({ seen, deviation });
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
      const unhurried = { ...options, expired: isOver };
      const isRough = (finding: ClientFinding): boolean =>
        !finding.minimal && !retried.has(finding) && !isOver();
      for (let rough = findings.find(isRough); rough !== undefined; rough = findings.find(isRough)) {
        retried.add(rough);
        const small = await smallerFinding(unhurried, rough).catch(unlessInterrupted);
        if (small !== undefined) replace(rough, small);
      }
    },
    async consider(examination) {
      for (const deviation of examination.deviations) {
        if (examination.disagreed === true && deviation.proof === 'pair') leaveOpen(examination, deviation);
        else await lookInto(examination, deviation);
      }
    },
  };
}

/** What is seen, and what of the script seems to bring it about. */
const effectOf = ({ seen: { script }, deviation }: ClientSuspicion): string =>
  `${deviation.signature} ${isClean(script.upgrade) ? '' : fingerprintOf(script, deviation)}`;

/** Whether it comes the same way: what a list says is not the affair of who judges what is glued to the 220. */
const comesAlike = ({ script: { upgrade } }: ClientFinding, script: Script): boolean =>
  isClean(upgrade) === isClean(script.upgrade);

/** Whether a finding tells of the same, such as that any certificate is taken. */
const isSame = ({ deviation, fingerprint }: ClientFinding, script: Script, other: Deviation): boolean =>
  deviation.claim === other.claim &&
  (isNeedless(fingerprint) || [WIDE[other.claim], fingerprintOf(script, other)].includes(fingerprint));
