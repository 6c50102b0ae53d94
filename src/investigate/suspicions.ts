/**
 * The suspicions of a search, taken up in waves, side by side, and settled in the order in which they came.
 *
 * It decides which are looked into. How often that was done is counted by `attempts.ts`, and what it comes to is kept by
 * `ledger.ts`.
 */

import { type Deviation, weightiestFirst } from '../claim.ts';
import type { Examination } from '../experiment.ts';
import type { Note } from '../note.ts';
import type { Scenario } from '../scenario.ts';
import type { Allowed } from './allowed.ts';
import { type Attempts, newAttempts } from './attempts.ts';
import { shows } from './confirm.ts';
import { type Explainer, newExplainer } from './explain.ts';
import type { Finding, Investigation, InvestigationOptions, Suspicion } from './finding.ts';
import { investigate } from './investigate.ts';
import { comeTo, foundBefore, knownBy, semblanceOf } from './known.ts';
import { type Ledger, newLedger } from './ledger.ts';
import { refined } from './refine.ts';
import type { Sightings } from './sightings.ts';
import { nextWave, type Suspected } from './wave.ts';

export interface InvestigatorOptions extends InvestigationOptions {
  /** Whether the search is over. */
  readonly stopped: () => boolean;
  /** Whether no further finding is wanted. */
  readonly enough: () => boolean;
  /** What the work comes to, or nothing as soon as time is up. */
  readonly inTime: <T>(work: Promise<T>) => Promise<T | undefined>;
  /** Called for each finding, and once more where it is made smaller later, maybe under another name. */
  readonly onFinding: (finding: Finding) => void;
}

export interface Investigator {
  /** Takes up what examinations showed; resolves when that is settled. */
  consider(examinations: readonly Examination[]): Promise<void>;
  /** Makes small what was confirmed when investigations had used up their share of the time, until it is over; each once. */
  refine(isOver: () => boolean): Promise<void>;
  readonly findings: readonly Finding[];
  /** How often each finding’s defect was seen, and by which claims. */
  readonly sightings: Pick<Sightings, 'count' | 'claims'>;
  /** Claims with deviations that nobody looked into. */
  readonly unread: ReadonlySet<string>;
  readonly notes: readonly Note[];
  /** Scenarios that showed a difference when there was no time left to look into it. */
  readonly late: number;
  /** How often something was granted in TLS once, and not again, that fresh connections refuse as out of order. */
  readonly glimpses: number;
  /** What was asked in TLS where fresh connections disagree about the answers: nothing can be told by it. */
  readonly unstable: ReadonlySet<Scenario['after']>;
  /** Differences explained by a limit. */
  readonly allowed: Pick<Allowed, 'explained' | 'examples'>;
}

/** What the target said of an examination: signatures that come to a finding, and how many findings it was asked about. */
interface Asked {
  readonly signatures: ReadonlyMap<string, string>;
  readonly findings: number;
}

/** The state of one search's investigations. */
interface Course {
  readonly options: InvestigatorOptions;
  readonly explainer: Explainer;
  readonly ledger: Ledger;
  readonly attempts: Attempts;
  readonly asked: WeakMap<Examination, Asked>;
  readonly unstable: Set<Scenario['after']>;
  /** Findings that were tried to be made small once more. */
  readonly retried: Set<Finding>;
}

export function newInvestigator(options: InvestigatorOptions): Investigator {
  const ledger = newLedger(options.onFinding, options.isNews);
  const { findings, sightings, explained, unread } = ledger;
  const course: Course = {
    options,
    explainer: newExplainer(options.experiment.options),
    ledger,
    attempts: newAttempts(),
    asked: new WeakMap(),
    unstable: new Set(),
    retried: new Set(),
  };
  return {
    findings,
    unstable: course.unstable,
    allowed: explained.allowed,
    sightings,
    unread,
    get late() {
      return ledger.late;
    },
    get glimpses() {
      return explained.glimpses;
    },
    get notes() {
      return ledger.notes;
    },
    refine: isOver => refine(course, isOver),
    consider: examinations => consider(course, examinations),
  };
}

async function consider(course: Course, examinations: readonly Examination[]): Promise<void> {
  const { options, attempts } = course;
  attempts.see(examinations);
  let waiting = examinations.filter(({ deviations }) => deviations.length > 0);
  while (waiting.length > 0 && !options.stopped()) {
    const suspicions = await takenUp(course, waiting);
    await lookInto(course, nextWave(suspicions, options.pressed));
    waiting = suspicions.map(({ examination }) => examination);
  }
  // What is left is not looked into any more, and is counted.
  await Promise.all(waiting.map(examination => suspicionOf(course, examination)));
}

/** What the examinations give reason to suspect, without what is left as it is. */
async function takenUp(course: Course, waiting: readonly Examination[]): Promise<readonly Suspected[]> {
  const { options, ledger, attempts } = course;
  const suspicions: Suspected[] = [];
  for (const suspicion of await Promise.all(waiting.map(one => suspicionOf(course, one)))) {
    if (suspicion === undefined) continue;
    if (suspicion.isBehind && (options.expired() || attempts.isSpent(suspicion)))
      ledger.leave(suspicion.examination, suspicion.open, true);
    else suspicions.push(suspicion);
  }
  return suspicions;
}

/** Side by side, and settled in their order. */
async function lookInto(course: Course, wave: readonly Suspected[]): Promise<void> {
  course.attempts.begin(wave);
  const found = [...course.ledger.findings];
  const outcomes = wave.map(suspicion => outcomeOf(course, found, suspicion));
  for (const [index, outcome] of outcomes.entries()) {
    const settled = await besides(course, await outcome);
    if (!course.options.enough()) settle(course, wave[index] as Suspected, settled);
  }
}

async function refine(course: Course, isOver: () => boolean): Promise<void> {
  const { options, explainer, ledger, retried } = course;
  const { findings } = ledger;
  const unhurried = { ...options, expired: isOver };
  const isRough = (finding: Finding): boolean => !finding.minimal && !retried.has(finding) && !isOver();
  // One after the other: of two that are the same, one has to stay.
  for (let rough = findings.find(isRough); rough !== undefined; rough = findings.find(isRough)) {
    retried.add(rough);
    const outcome = await options.inTime(refined(unhurried, explainer, findings, rough));
    if (outcome !== undefined) ledger.replace(rough, outcome);
  }
}

/** The first deviation of an examination that is not known yet. */
async function suspicionOf(course: Course, examination: Examination): Promise<Suspected | undefined> {
  const { options, explainer, ledger } = course;
  const { scenario, used, fresh } = examination;
  // Judged once more: what was found to vary by itself meanwhile, the time of day above all, is no suspicion any more.
  const { deviations } = options.experiment.judge(used, fresh);
  const open = await unknownOf(course, examination, deviations);
  if (open.length === 0 || options.enough()) return undefined;
  // With no time to look into it, nobody need be asked.
  const [first] = deviations;
  const isBehind = (some: readonly Deviation[]): boolean => some.every(deviation => deviation !== first);
  if (options.stopped() || (options.expired() && isBehind(open))) {
    ledger.leave(examination, open, isBehind(open));
    return undefined;
  }
  const answers = await options.inTime(ask(course, examination));
  if (answers === undefined) {
    ledger.leave(examination, open);
    return undefined;
  }
  for (const shown of deviations) {
    const name = answers.get(shown.signature);
    if (name !== undefined) ledger.sightings.add(name, examination, [shown]);
  }
  const unanswered = open.filter(({ signature }) => !answers.has(signature));
  const [deviation] = unanswered;
  if (deviation === undefined) return undefined;
  const semblance = await semblanceOf(explainer, scenario, deviation);
  return {
    examination,
    scenario,
    deviation,
    semblance,
    open: unanswered,
    isBehind: isBehind(unanswered),
  };
}

/** What no finding is known to show, the weightiest first, without what is left alone. */
async function unknownOf(
  { explainer, ledger, attempts }: Course,
  examination: Examination,
  deviations: readonly Deviation[],
): Promise<readonly Deviation[]> {
  const { findings, explained, sightings } = ledger;
  const open: Deviation[] = [];
  for (const deviation of weightiestFirst(deviations)) {
    const isLeftAlone = attempts.isLeftAlone(deviation, explained.covers(deviation));
    if (isLeftAlone || attempts.wasMade(examination, deviation)) continue;
    const name = await knownBy(findings, explainer, examination.scenario, deviation);
    if (name === undefined) open.push(deviation);
    else sightings.add(name, examination, [deviation]);
  }
  return open;
}

/** What the target says of an examination with regard to each finding, asked once. */
async function ask(
  { options, explainer, ledger, asked }: Course,
  examination: Examination,
): Promise<ReadonlyMap<string, string>> {
  const known = asked.get(examination);
  const unasked = ledger.findings.slice(known?.findings);
  const told = await Promise.all(
    unasked.map(finding => comeTo(options.experiment, explainer, finding, examination)),
  );
  const signatures = new Map(known?.signatures);
  for (const [index, shown] of told.entries())
    for (const signature of shown) signatures.set(signature, (unasked[index] as Finding).fingerprint);
  asked.set(examination, { signatures, findings: (known?.findings ?? 0) + unasked.length });
  return signatures;
}

/** What an investigation comes to; where time is up before its end, what it had come to by then. */
async function outcomeOf(
  { options, explainer }: Course,
  found: readonly Finding[],
  suspicion: Suspicion,
): Promise<Investigation> {
  let standing: Investigation = { kind: 'late' };
  const investigation = investigate(options, explainer, found, suspicion, confirmed => {
    standing = confirmed;
  });
  return (await options.inTime(investigation)) ?? standing;
}

/** What an investigation came to, with regard to what others of its wave have found meanwhile. */
async function besides(
  { options, explainer, ledger }: Course,
  outcome: Investigation,
): Promise<Investigation> {
  if (outcome.kind !== 'finding') return outcome;
  const before = foundBefore(options.experiment, explainer, ledger.findings, outcome.finding);
  const fingerprint = await options.inTime(before);
  return fingerprint === undefined ? outcome : { kind: 'known', fingerprint };
}

function settle(
  { options: { experiment }, ledger, attempts, unstable }: Course,
  suspected: Suspected,
  outcome: Investigation,
): void {
  const { examination, scenario, deviation } = suspected;
  const { explained, sightings } = ledger;
  attempts.end(suspected);
  switch (outcome.kind) {
    case 'finding':
      // What led to a new finding may lead to another one; the count is for dead ends.
      if (ledger.record(outcome.finding, examination)) attempts.ledSomewhere(deviation);
      break;
    case 'known':
      sightings.add(outcome.fingerprint, examination, [deviation]);
      break;
    case 'late':
      ledger.leave(examination, [deviation]);
      break;
    case 'unconfirmed':
      // What varies by itself, as is known by now, is told as noise.
      if (shows(experiment.judge(examination.used, examination.fresh), deviation.signature) !== undefined)
        explained.unconfirmed(outcome.text, suspected);
      break;
    default:
      if (outcome.kind === 'unstable') unstable.add(scenario.after);
      explained.add(outcome, deviation);
  }
}
