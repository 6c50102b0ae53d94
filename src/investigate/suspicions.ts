/**
 * The suspicions of a search, taken up in waves, side by side, and settled in the order in which they came.
 *
 * It remembers what has been tried, so that the same defect is not investigated twice; what it comes to is kept by
 * `ledger.ts`.
 */

import { type Deviation, weightiestFirst } from '../claim.ts';
import type { Examination } from '../experiment.ts';
import type { Note } from '../note.ts';
import type { Scenario } from '../scenario.ts';
import type { Allowed } from './allowed.ts';
import { shows } from './confirm.ts';
import { newExplainer } from './explain.ts';
import type { Finding, Investigation, InvestigationOptions, Suspicion } from './finding.ts';
import { investigate } from './investigate.ts';
import { comeTo, foundBefore, knownBy, semblanceOf } from './known.ts';
import { newLedger } from './ledger.ts';
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
  /** Whether a finding is not known and accepted; unless it is said, none is. */
  readonly isNews?: (finding: Finding) => boolean;
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
  readonly signatures: Map<string, string>;
  readonly findings: number;
}

/** Investigations of one signature that led nowhere new, and how often it had been seen by the last of them. */
interface DeadEnds {
  readonly count: number;
  readonly seen: number;
}

/**
 * So many of them, and a signature is left alone: for good where it came to something that explains it, and else until it
 * has been seen twice as often. By then it may be no chance.
 */
const MAX_DEAD_ENDS = 3;
/** Behind a known finding most is its consequence: so many investigations in one examination, and of what nothing explains. */
const MAX_PER_EXAMINATION = 2;
const MAX_UNEXPLAINED = 24;

export function newInvestigator(options: InvestigatorOptions): Investigator {
  const { experiment } = options;
  const explainer = newExplainer(experiment.options);
  const ledger = newLedger(options.onFinding, options.isNews);
  const { findings, sightings, explained } = ledger;
  const deadEnds = new Map<string, DeadEnds>();
  /** In how many examinations a signature was seen. */
  const seen = new Map<string, number>();
  /** Signatures that an examination was investigated for. */
  const investigated = new WeakMap<Examination, Set<string>>();
  const asked = new WeakMap<Examination, Asked>();
  const unstable = new Set<Scenario['after']>();
  /** Investigations of what came behind a known finding and no field explains. */
  let unexplained = 0;
  /** Findings that were tried to be made small once more. */
  const retried = new Set<Finding>();

  /** What the target says of an examination with regard to each finding, asked once. */
  async function ask(examination: Examination): Promise<ReadonlyMap<string, string>> {
    const answers = asked.get(examination) ?? { signatures: new Map<string, string>(), findings: 0 };
    const unasked = findings.slice(answers.findings);
    const told = await Promise.all(
      unasked.map(finding => comeTo(experiment, explainer, finding, examination)),
    );
    for (const [index, signatures] of told.entries())
      for (const signature of signatures)
        answers.signatures.set(signature, (unasked[index] as Finding).fingerprint);
    asked.set(examination, { ...answers, findings: answers.findings + unasked.length });
    return answers.signatures;
  }

  function isLeftAlone(deviation: Deviation): boolean {
    const { signature } = deviation;
    const known = deadEnds.get(signature);
    if (known === undefined || known.count < MAX_DEAD_ENDS) return false;
    return explained.covers(deviation) || (seen.get(signature) ?? 0) < 2 * known.seen;
  }

  /** The first deviation of an examination that is not known yet. */
  async function suspicionOf(examination: Examination): Promise<Suspected | undefined> {
    const { scenario, deviations } = examination;
    const tried = investigated.get(examination);
    const open: Deviation[] = [];
    for (const deviation of weightiestFirst(deviations)) {
      if (tried?.has(deviation.signature) || isLeftAlone(deviation)) continue;
      const name = await knownBy(findings, explainer, scenario, deviation);
      if (name === undefined) open.push(deviation);
      else sightings.add(name, examination, [deviation]);
    }
    if (open.length === 0 || options.enough()) return undefined;
    // With no time to look into it, nobody need be asked.
    const [first] = deviations;
    const isBehind = (some: readonly Deviation[]): boolean => some.every(deviation => deviation !== first);
    if (options.stopped() || (options.expired() && isBehind(open))) {
      ledger.leave(examination, open, isBehind(open));
      return undefined;
    }
    const answers = await options.inTime(ask(examination));
    if (answers === undefined) {
      ledger.leave(examination, open);
      return undefined;
    }
    for (const shown of deviations) {
      const name = answers.get(shown.signature);
      if (name !== undefined) sightings.add(name, examination, [shown]);
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

  /** What an investigation comes to; where time is up before its end, what it had come to by then. */
  async function outcomeOf(found: readonly Finding[], suspicion: Suspicion): Promise<Investigation> {
    let standing: Investigation = { kind: 'late' };
    const investigation = investigate(options, explainer, found, suspicion, confirmed => {
      standing = confirmed;
    });
    return (await options.inTime(investigation)) ?? standing;
  }

  /** What an investigation came to, with regard to what others of its wave have found meanwhile. */
  async function besides(outcome: Investigation): Promise<Investigation> {
    if (outcome.kind !== 'finding') return outcome;
    const fingerprint = await options.inTime(foundBefore(experiment, explainer, findings, outcome.finding));
    return fingerprint === undefined ? outcome : { kind: 'known', fingerprint };
  }

  function settle(suspected: Suspected, outcome: Investigation): void {
    const { examination, scenario, deviation } = suspected;
    const { signature } = deviation;
    investigated.set(examination, (investigated.get(examination) ?? new Set()).add(signature));
    const count = 1 + (deadEnds.get(signature)?.count ?? 0);
    deadEnds.set(signature, { count, seen: seen.get(signature) ?? 0 });
    switch (outcome.kind) {
      case 'finding':
        // What led to a new finding may lead to another one; the count is for dead ends.
        if (ledger.record(outcome.finding, examination)) deadEnds.delete(signature);
        break;
      case 'known':
        sightings.add(outcome.fingerprint, examination, [deviation]);
        break;
      case 'late':
        ledger.leave(examination, [deviation]);
        break;
      case 'unconfirmed':
        // What varies by itself, as is known by now, is told as noise.
        if (shows(experiment.judge(examination.used, examination.fresh), signature) !== undefined)
          explained.unconfirmed(outcome.text, suspected);
        break;
      default:
        if (outcome.kind === 'unstable') unstable.add(scenario.after);
        explained.add(outcome, deviation);
    }
  }

  /** Whether enough was investigated behind known findings, in this examination or of what nothing explains. */
  const isSpent = ({ examination, semblance, deviation }: Suspected): boolean =>
    (investigated.get(examination)?.size ?? 0) >= MAX_PER_EXAMINATION ||
    (semblance === deviation.signature && unexplained >= MAX_UNEXPLAINED);

  return {
    findings,
    unstable,
    allowed: explained.allowed,
    sightings,
    unread: ledger.unread,
    get late() {
      return ledger.late;
    },
    get glimpses() {
      return explained.glimpses;
    },
    get notes() {
      return ledger.notes;
    },
    async refine(isOver) {
      const unhurried = { ...options, expired: isOver };
      const isRough = (finding: Finding): boolean => !finding.minimal && !retried.has(finding) && !isOver();
      // One after the other: of two that are the same, one has to stay.
      for (let rough = findings.find(isRough); rough !== undefined; rough = findings.find(isRough)) {
        retried.add(rough);
        const outcome = await options.inTime(refined(unhurried, explainer, findings, rough));
        if (outcome !== undefined) ledger.replace(rough, outcome);
      }
    },
    async consider(examinations) {
      let waiting = examinations.filter(({ deviations }) => deviations.length > 0);
      for (const { deviations } of waiting)
        for (const { signature } of deviations) seen.set(signature, (seen.get(signature) ?? 0) + 1);
      while (waiting.length > 0 && !options.stopped()) {
        const suspicions: Suspected[] = [];
        for (const suspicion of await Promise.all(waiting.map(suspicionOf))) {
          if (suspicion === undefined) continue;
          if (suspicion.isBehind && (options.expired() || isSpent(suspicion)))
            ledger.leave(suspicion.examination, suspicion.open, true);
          else suspicions.push(suspicion);
        }
        const wave = nextWave(suspicions);
        unexplained += wave.filter(
          ({ isBehind, semblance, deviation }) => isBehind && semblance === deviation.signature,
        ).length;
        const found = [...findings];
        const outcomes = wave.map(suspicion => outcomeOf(found, suspicion));
        for (const [index, outcome] of outcomes.entries()) {
          const settled = await besides(await outcome);
          if (!options.enough()) settle(wave[index] as Suspected, settled);
        }
        waiting = suspicions.map(({ examination }) => examination);
      }
      // What is left is not looked into any more, and is counted.
      await Promise.all(waiting.map(suspicionOf));
    },
  };
}
