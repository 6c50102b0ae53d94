/**
 * Learns the state machine of a target, and checks the reset on it: wherever STARTTLS is taken, it has to lead to the state
 * of a fresh connection. What a client can tell apart is looked into as in a search, and told as a finding.
 */

import { CLAIMS } from '../../properties/index.ts';
import { accept, isAccepted, telling } from '../accepted.ts';
import { type Clock, newClock, untilInterrupted } from '../clock.ts';
import { aheadFor } from '../drivers/ahead.ts';
import { Experiment } from '../experiment.ts';
import type { Finding } from '../investigate/finding.ts';
import { type Investigator, newInvestigator } from '../investigate/suspicions.ts';
import type { Note } from '../note.ts';
import { PRESETS } from '../policy.ts';
import { type Probed, probe, servesKnownGood, unknownInTime, withoutTls } from '../probe.ts';
import { reportedFinding } from '../report/finding.ts';
import { redacted } from '../report/redact.ts';
import type { ReportedFinding } from '../report/report.ts';
import { newRunner } from '../runner.ts';
import type { Baseline, Scenario } from '../scenario.ts';
import type { RunLimits } from '../stage.ts';
import type { RunningTarget } from '../targets/target.ts';
import { isOver, sessions, usualLetters } from './alphabet.ts';
import { type Why, whyEnded } from './ended.ts';
import { type Learner, newLearner } from './learner.ts';
import type { Mealy, Word } from './mealy.ts';
import { counterexamples, type Entry, entriesOf, freshEntry } from './reset.ts';
import { suite } from './suite.ts';
import { type InTime, newTeacher, type TargetTeacher } from './teacher.ts';
import { nameOf } from './wording.ts';

export interface LearnOptions {
  /** Connections in flight. */
  readonly jobs: number;
  /** States that the target may have beyond those of the machine and be told apart from it, at most. */
  readonly extra: number;
  /** The inputs, in place of the usual ones. */
  readonly inputs?: Word;
  /** Milliseconds. */
  readonly time?: number;
  readonly signal?: AbortSignal;
  readonly limits?: RunLimits;
  readonly onProgress?: (now: LearnProgress) => void;
  /** Called as soon as it is confirmed; returns the file in which it was kept. */
  readonly onFinding?: (finding: ReportedFinding) => string | undefined;
}

export interface LearnProgress {
  readonly states: number;
  readonly words: number;
  /** Milliseconds. */
  readonly left?: number;
}

export interface Learned {
  readonly software: string;
  readonly baseline: Baseline;
  /** The last hypothesis; absent where there was none in time. */
  readonly machine?: Mealy;
  /** A target that differs from the machine and has no more than so many states more would have been found out. */
  readonly extra?: number;
  /** Why it was not put to the whole test. */
  readonly incomplete?: string;
  /** The state that TLS leads to on a fresh connection. */
  readonly fresh?: number;
  /** Where STARTTLS is taken. */
  readonly entries: readonly Entry[];
  readonly findings: readonly ReportedFinding[];
  readonly notes: readonly Note[];
  /** States that STARTTLS leads astray to, and no finding tells of. */
  readonly unexplained: number;
  /** Whether a plain session in TLS was served at the end. */
  readonly served: boolean;
  readonly words: number;
  readonly connections: number;
  readonly seconds: number;
}

/** Words that are put to the target before the answers are looked at. */
const BATCH = 64;

/** A target that counts has a state for each number; no server needs so many to know a session by. */
const MOST_STATES = 80;

export async function learn(target: RunningTarget, options: LearnOptions): Promise<Learned> {
  const clock = newClock(options.time, performance.now());
  const probed = await untilInterrupted(clock.inTime(probe(target, options.limits)), options.signal);
  if (probed === undefined) throw unknownInTime(target, options.signal);
  const { baseline } = probed;
  if (baseline === undefined) throw withoutTls(target, probed);
  const inputs = options.inputs ?? usualLetters(probed);
  let isAstray = false;
  // What leads astray has to be made small in what is left of the time.
  const isTooLate = (): boolean =>
    options.signal?.aborted === true || clock.closing() || (isAstray && clock.refining());
  const inTime: InTime = async work =>
    isTooLate() ? undefined : untilInterrupted(clock.inTime(work()), options.signal);
  const waiting = aheadFor(probed.stage.driver, options.jobs, probed.greetingDelay);
  // What is delivered is no output, and nobody need wait for it.
  const { mailbox: _, ...heard } = probed.stage;
  const stage = { ...heard, driver: waiting ?? heard.driver };
  const teacher = newTeacher(newRunner(stage, options.jobs), probed.speech, inTime);
  const told = (machine: Mealy | undefined, known: number): void => {
    isAstray = resetOf(machine, baseline).astray.length > 0;
    const left = clock.left();
    options.onProgress?.({ states: known, words: teacher.words, ...(left === undefined ? {} : { left }) });
  };
  const { machine, ...tested } = await machineOf(inputs, teacher, options, told).finally(() =>
    waiting?.close(),
  );
  const { fresh, entries, astray } = resetOf(machine, baseline);
  const found = await lookedInto(target, { ...probed, baseline }, options, clock, astray);
  const served =
    found.findings.length > 0 ||
    options.signal?.aborted === true ||
    (await untilInterrupted(clock.lastLook(servesKnownGood(probed)), options.signal)) === true;
  return {
    software: target.software ?? probed.greeting,
    baseline,
    ...(machine === undefined ? {} : { machine }),
    ...tested,
    ...(fresh === undefined ? {} : { fresh }),
    entries,
    ...found,
    served,
    words: teacher.words,
    connections: teacher.connections,
    seconds: clock.elapsed() / 1_000,
  };
}

interface ResetOf extends Pick<Learned, 'fresh' | 'entries'> {
  readonly astray: readonly Scenario[];
}

function resetOf(machine: Mealy | undefined, baseline: Baseline): ResetOf {
  const fresh = machine === undefined ? undefined : freshEntry(machine, baseline);
  if (machine === undefined || fresh === undefined) return { entries: [], astray: [] };
  const entries = entriesOf(machine, fresh);
  return { fresh, entries, astray: counterexamples(machine, entries) };
}

/** The last hypothesis, and why it was not put to the whole test, if it was not. */
async function machineOf(
  inputs: Word,
  teacher: TargetTeacher,
  { extra, signal }: LearnOptions,
  onHypothesis: (machine: Mealy | undefined, known: number) => void,
): Promise<Pick<Learned, 'machine' | 'extra' | 'incomplete'>> {
  const learner = newLearner(inputs, teacher, MOST_STATES);
  /** The last hypothesis, and the suite that it has passed. */
  let passed: Pick<Learned, 'machine' | 'extra'> = {};
  const told = (): void => onHypothesis(passed.machine, learner.known);
  try {
    for (;;) {
      const machine = await learner.hypothesis();
      passed = { machine };
      told();
      let word = await learner.refuted(machine, sessions(inputs));
      for (let more = 0; more <= extra && word === undefined; more++) {
        word = await refutation(learner, machine, more, told);
        if (word === undefined) passed = { machine, extra: more };
      }
      if (word === undefined) return passed;
      // Of a machine that is known to be wrong nothing is said, though there be no time for a better one.
      passed = {};
      await learner.refine(machine, word);
    }
  } catch (error) {
    // A machine that is too small for what is known is none.
    const isCurrent = passed.machine?.states.length === learner.known;
    const why = whyEnded(error);
    const incomplete = endText(why, signal);
    if (!isCurrent)
      return {
        incomplete: `${incomplete} (at ${learner.known} ${learner.known === 1 ? 'state' : 'states'})`,
      };
    const { extra: _, ...untested } = passed;
    // A suite says nothing of a target that does not keep to its answers, and little of one that has gone.
    return { ...(why.kind === 'time' || why.kind === 'full' ? passed : untested), incomplete };
  }
}

/** A word of the suite that the target answers otherwise. */
async function refutation(
  learner: Learner,
  machine: Mealy,
  extra: number,
  told: () => void,
): Promise<Word | undefined> {
  let batch: Word[] = [];
  const put = async (): Promise<Word | undefined> => {
    const words = batch;
    batch = [];
    const word = await learner.refuted(machine, words);
    told();
    return word;
  };
  for (const word of suite(machine, extra, isOver)) {
    batch.push(word);
    if (batch.length < BATCH) continue;
    const refuted = await put();
    if (refuted !== undefined) return refuted;
  }
  return put();
}

/** Why it ended, in words. */
function endText(why: Why, signal: AbortSignal | undefined): string {
  switch (why.kind) {
    case 'time':
      return signal?.aborted === true ? 'it was interrupted' : 'time was up: give it more time';
    case 'gone':
      return 'the target takes no more connections';
    case 'out of step':
      return `there are more replies than commands: ${nameOf(why.word)}`;
    case 'contradiction':
      return `the same is not always answered alike: ${nameOf(why.word)}`;
    case 'too many states':
      return `there are more than ${why.states} states: something is counted`;
    case 'full':
      return `${why.words} words were asked, which is the most that is kept`;
  }
}

/** What comes of scenarios in which STARTTLS leads astray. */
async function lookedInto(
  target: RunningTarget,
  probed: Probed & { readonly baseline: Baseline },
  { jobs, signal, onFinding }: LearnOptions,
  clock: Clock,
  astray: readonly Scenario[],
): Promise<Pick<Learned, 'findings' | 'notes' | 'unexplained'>> {
  const experiment = new Experiment({ ...probed, claims: CLAIMS, jobs });
  const files = new Map<Finding, string | undefined>();
  const reported = (finding: Finding, file?: string): ReportedFinding =>
    reportedFinding(finding, probed.baseline, { login: probed.speech, file });
  const isNews = (finding: Finding): boolean => !isAccepted(finding, target.knownDeviations);
  const investigator: Investigator = newInvestigator({
    experiment,
    policy: target.policy ?? PRESETS.practice,
    jobs,
    expired: () => clock.tooLate() || signal?.aborted === true,
    stopped: () => clock.over() || signal?.aborted === true,
    inTime: clock.inTime,
    enough: () => false,
    onFinding: telling(target.knownDeviations, (finding, news) => {
      files.set(finding, onFinding?.(reported(news)));
    }),
    isNews,
  });
  let unexplained = 0;
  /** What was looked into and came to nothing: the machine says otherwise. */
  const doubts = (): number =>
    investigator.notes.filter(({ kind }) => kind === 'unconfirmed' || kind === 'unstable').length;
  const look = async (): Promise<void> => {
    for (const scenario of astray) {
      const examination = await clock.inTime(experiment.examineAnew(scenario));
      if (examination === undefined || examination.deviations.length === 0) unexplained++;
      else {
        const doubted = doubts();
        await investigator.consider([examination]);
        if (doubts() > doubted) unexplained++;
      }
    }
    await investigator.refine(() => clock.tooLate() || signal?.aborted === true);
  };
  await untilInterrupted(look(), signal);
  const { findings, notes } = accept(investigator.findings, target.knownDeviations);
  return {
    findings: findings.map(finding => reported(finding, files.get(finding))),
    notes: redacted([...notes, ...investigator.notes], probed.speech),
    unexplained: unexplained + investigator.late,
  };
}
