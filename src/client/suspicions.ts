/**
 * The suspicions of a search, taken up one after the other: which are new, which tell of what is known, and which came
 * too late to be looked into. Nothing is dropped without a note. What one comes to is the affair of `investigate.ts`, and what
 * all of them came to is kept by `ledger.ts`.
 */

import { RACE_RUNS } from '../certainty.ts';
import type { Deviation } from '../claim.ts';
import type { Sightings } from '../investigate/sightings.ts';
import type { Note } from '../note.ts';
import { omit } from '../reduce.ts';
import type { Doubts } from './doubts.ts';
import { type ClientExamination, Interrupted, unlessInterrupted } from './experiment.ts';
import type { ClientFinding } from './finding.ts';
import {
  fingerprintOf,
  isHindered,
  isKnowledge,
  isLeaving,
  isMeans,
  isNeedless,
  isOfAKind,
  widerNames,
} from './fingerprint.ts';
import {
  type ClientInvestigationOptions,
  type ClientSuspicion,
  investigateClient,
  seenTwice,
  smallerFinding,
} from './investigate.ts';
import { type ClientLedger, newClientLedger } from './ledger.ts';
import { remainder, unhindered } from './remainder.ts';
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

/** The state of one search's investigations. */
interface Course {
  readonly options: ClientInvestigatorOptions;
  readonly ledger: ClientLedger;
  /** How often an effect was looked into. */
  readonly attempts: Map<string, number>;
  /** Effects that were seen to vary by themselves: five pairs may show one of those by chance. */
  readonly varying: Set<string>;
  /** What was seen when it was too late, by the name that it would have. */
  readonly lateSightings: Map<string, ClientExamination>;
  /** Findings that were tried to be made small once more. */
  readonly retried: Set<ClientFinding>;
}

export function newClientInvestigator(options: ClientInvestigatorOptions): ClientInvestigator {
  const ledger = newClientLedger(options.onFinding);
  const { findings, doubts, sightings } = ledger;
  const course: Course = {
    options,
    ledger,
    attempts: new Map(),
    varying: new Set(),
    lateSightings: new Map(),
    retried: new Set(),
  };
  return {
    findings,
    get notes() {
      return ledger.notes;
    },
    get late() {
      return ledger.late;
    },
    doubts,
    sightings,
    refine: isOver => refine(course, isOver),
    async consider(examination) {
      for (const deviation of examination.deviations) {
        if (examination.disagreed === true && deviation.proof === 'pair')
          leaveOpen(course, examination, deviation);
        else await lookInto(course, { seen: examination, deviation });
      }
    },
  };
}

async function refine({ options, ledger, retried }: Course, isOver: () => boolean): Promise<void> {
  const { findings } = ledger;
  const unhurried = { ...options, expired: isOver };
  const isRough = (finding: ClientFinding): boolean => !finding.minimal && !retried.has(finding) && !isOver();
  for (let rough = findings.find(isRough); rough !== undefined; rough = findings.find(isRough)) {
    retried.add(rough);
    const small = await smallerFinding(unhurried, rough).catch(unlessInterrupted);
    if (small !== undefined) ledger.replace(rough, small);
  }
}

async function lookInto(course: Course, suspicion: ClientSuspicion): Promise<void> {
  const { options, ledger } = course;
  const { seen, deviation } = suspicion;
  if (options.stopped()) return seenTooLate(course, suspicion);
  try {
    const left = await unaccounted(course, suspicion);
    if (left !== undefined && !(await isSettled(course, left)))
      ledger.doubts.add(seen.script, [deviation.claim]);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    ledger.note({ kind: 'unconfirmed', text: `time was up: ${deviation.summary}` });
    await seenTooLate(course, suspicion);
  }
}

/** Whether it came to a finding, or to noise; what was tried often enough is tried no more. */
async function isSettled(course: Course, suspicion: ClientSuspicion): Promise<boolean> {
  const { options, ledger, attempts, varying } = course;
  const { signature } = suspicion.deviation;
  const effect = effectOf(suspicion);
  const tried = attempts.get(effect) ?? 0;
  attempts.set(effect, tried + 1);
  if (tried >= MAX_ATTEMPTS) return false;
  const careful = varying.has(signature) ? { ...options, least: RACE_RUNS } : options;
  const outcome = await investigateClient(careful, suspicion);
  if (outcome.kind === 'noise') {
    for (const behind of outcome.behind) await lookInto(course, behind);
    return true;
  }
  ledger.note(...outcome.notes);
  if (outcome.notes.some(({ kind }) => kind === 'unstable')) varying.add(signature);
  if (outcome.kind === 'finding') ledger.record(outcome.finding);
  return outcome.kind === 'finding';
}

/** What the findings that stand do not account for. */
async function unaccounted(
  { options, ledger }: Course,
  suspicion: ClientSuspicion,
): Promise<ClientSuspicion | undefined> {
  const { experiment } = options;
  const { seen, deviation } = suspicion;
  const { script } = seen;
  if (isToldAlready(ledger, suspicion)) return undefined;
  if (isMeansToPlaintext(ledger, suspicion)) return undefined;
  if (deviation.claim === 'client-required-tls') return unhinderedStill(options, ledger, suspicion);
  if (!isKnowledge(deviation) && !comesOfKnowledge(suspicion)) return suspicion;
  const concerned = ledger.findings.filter(
    finding => isKnowledge(finding.deviation) && remainder(script, [finding]) !== script,
  );
  if (concerned.length === 0) return suspicion;
  const rest = await experiment.suspect(remainder(script, concerned));
  const other = rest.deviations.find(({ signature }) => signature === deviation.signature);
  const left = other ?? rest.deviations.find(isKnowledge);
  if (left !== undefined) return { seen: rest, deviation: left };
  for (const finding of concerned)
    ledger.sightings.add(finding.fingerprint, seen, comesAlike(finding, script) ? [deviation] : []);
  return undefined;
}

/** What is still done in plaintext where nothing stands in the way of TLS that does in findings. */
async function unhinderedStill(
  { experiment }: ClientInvestigatorOptions,
  { findings, sightings }: ClientLedger,
  suspicion: ClientSuspicion,
): Promise<ClientSuspicion | undefined> {
  const { seen, deviation } = suspicion;
  const known = findings.filter(finding => isHinderedAlike(finding, suspicion));
  if (known.length === 0) return suspicion;
  const rest = await experiment.suspect(known.reduce(unhindered, seen.script));
  const other = rest.deviations.find(one => isOfAKind(one, deviation));
  if (other !== undefined) return { seen: rest, deviation: other };
  for (const { fingerprint } of known) sightings.add(fingerprint, seen, [deviation]);
  return undefined;
}

/** Whether all that stands in the way of TLS in a finding does so here. */
const isHinderedAlike = (finding: ClientFinding, { seen, deviation }: ClientSuspicion): boolean =>
  isOfAKind(finding.deviation, deviation) && unhindered(seen.script, finding) !== seen.script;

/** Whether it is the way in which a message goes out in plaintext, of which a finding tells; then this is a further sighting of it. */
function isMeansToPlaintext(
  { findings, sightings }: ClientLedger,
  { seen, deviation }: ClientSuspicion,
): boolean {
  if (!isMeans(seen, deviation)) return false;
  const known = findings.find(finding => finding.deviation.claim === 'client-required-tls');
  if (known !== undefined) sightings.add(known.fingerprint, seen, [deviation]);
  return known !== undefined;
}

/** Whether what was said before TLS brings it about: the pair shows the very same, so that a fresh run does not. */
const comesOfKnowledge = ({ seen, deviation }: ClientSuspicion): boolean =>
  seen.deviations.some(other => isKnowledge(other) && other.signature === deviation.signature);

/** Whether a finding tells of the same, by its name; then this is a further sighting of it. */
function isToldAlready({ findings, sightings }: ClientLedger, { seen, deviation }: ClientSuspicion): boolean {
  if (isKnowledge(deviation)) return false;
  const known = findings.find(finding => isSame(finding, seen.script, deviation));
  if (known !== undefined) sightings.add(known.fingerprint, seen, [deviation]);
  return known !== undefined;
}

/** What proves itself needs no more than a second script that shows it. */
async function seenTooLate(
  { options: { experiment }, ledger, lateSightings }: Course,
  suspicion: ClientSuspicion,
): Promise<void> {
  if (isToldAlready(ledger, suspicion) || isMeansToPlaintext(ledger, suspicion)) return;
  const { seen, deviation } = suspicion;
  const { script } = seen;
  ledger.leave(script);
  if (deviation.proof !== 'sighting' || (!isKnowledge(deviation) && comesOfKnowledge(suspicion))) return;
  if (ledger.findings.some(finding => isHinderedAlike(finding, suspicion))) return;
  const name = fingerprintOf(script, deviation);
  if (ledger.findings.some(finding => isAnotherWay(finding, deviation, name))) return;
  const other = lateSightings.get(name) ?? seen;
  const first = size(other.script) <= size(script) ? other : seen;
  lateSightings.set(name, first);
  if (other !== seen) ledger.record(await seenTwice(experiment, first, deviation));
}

/** Whether both tell of a way into plaintext: nobody has had time to see whether it is one defect, and one of it is told. */
const isAnotherWay = (finding: ClientFinding, deviation: Deviation, name: string): boolean =>
  finding.deviation.claim === deviation.claim &&
  deviation.claim === 'client-required-tls' &&
  isHindered(finding.fingerprint) &&
  (isHindered(name) || isLeaving(name, deviation));

/** Its fresh runs do not come out the same twice, so that no number of pairs would confirm it. */
function leaveOpen(
  { ledger, varying }: Course,
  { script }: ClientExamination,
  { claim, summary, signature }: Deviation,
): void {
  varying.add(signature);
  ledger.note({ kind: 'unstable', text: `${summary}: that varies without anything before TLS, too` });
  ledger.doubts.add(script, [claim]);
}

/** What is seen, and what of the script seems to bring it about. */
const effectOf = ({ seen: { script }, deviation }: ClientSuspicion): string =>
  `${deviation.signature} ${isClean(script.upgrade) ? '' : fingerprintOf(script, deviation)}`;

/** Whether it comes the same way: what a list says is not the affair of who judges what is glued to the 220. */
const comesAlike = ({ script: { upgrade } }: ClientFinding, script: Script): boolean =>
  isClean(upgrade) === isClean(script.upgrade);

/** Whether a finding tells of the same, such as that any certificate is taken. */
const isSame = ({ deviation, fingerprint }: ClientFinding, script: Script, other: Deviation): boolean =>
  isOfAKind(deviation, other) &&
  (isNeedless(fingerprint) ||
    isLeaving(fingerprint, other) ||
    [script, { ...omit(script, 'spared'), errand: omit(script.errand, 'address') }].some(one =>
      [...widerNames(one, other), fingerprintOf(one, other)].includes(fingerprint),
    ));
