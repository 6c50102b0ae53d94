/**
 * Whether a difference is explained by a limit: a count that may be kept across STARTTLS.
 *
 * Not an opinion but an experiment, the transplant: on the same baseline, n *neutral* events of the limit's kind are
 * played after TLS instead of before it. A limit is a count; it cannot know where the events took place, nor what
 * they said. So if some n brings the same refusal at the same step, none of them does not, more of them keep it, and so do
 * events that say what is said behind them, the server counts. What no transplant brings is knowledge, though its refusal
 * may speak of a limit.
 */

import type { Deviation } from '../claim.ts';
import type { Experiment, Seen } from '../experiment.ts';
import { shows } from '../investigate/confirm.ts';
import type { Scenario, Step } from '../scenario.ts';
import { repliesTo } from '../transcript.ts';
import {
  BYTES,
  bytesBeyond,
  events,
  eventsBefore,
  likeThose,
  SHORTEST,
  SINGLE_BYTES,
  sayingAgain,
  sayingAlike,
  WAYS,
  type Way,
} from './events.ts';
import type { ThreeRuns } from './measured.ts';
import type { LimitName } from './names.ts';
import { fewestOf, givesMore, type Likeness, type Recogniser, recogniser } from './recogniser.ts';

/** A difference that a limit explains. */
export interface LimitExplanation {
  readonly limit: LimitName;
  readonly text: string;
  /** Neutral events after TLS that bring the same, and what they are. */
  readonly count: number;
  readonly counts: string;
  readonly example: ThreeRuns;
}

/** Events beyond those that `before` had: STARTTLS, and a greeting, may count. */
const SLACK = 2;
/** Steps before TLS up to which counts of several kinds are told as well as those of one: each kind is tried so often. */
export const MOST_MIXED = SLACK + 1;
/** New pairs that may be needed to see the difference once more. */
const LOOKS = 3;
/** Further runs without any event behind what seems to count, and how many of them may show the same on a busy server. */
const CONTROLS = 12;
const BUSY = 1;
/** Runs whose events say what is said behind them; one that shows the same is enough. */
const SAYING_AGAIN = 2;

interface Question {
  readonly used: Seen;
  readonly fresh: Seen;
  readonly likeness: Recogniser;
  /** So many events it takes, at least. */
  readonly fewest: number;
  /** Where in `after` the runs first differ: what shows later follows from it. */
  readonly step: number;
}

export async function explainByLimit(
  experiment: Experiment,
  scenario: Scenario,
  deviation: Deviation,
): Promise<LimitExplanation | undefined> {
  const question = await ask(experiment, scenario, deviation);
  if (question === undefined) return undefined;
  const ways = WAYS.filter(way => eventsBefore(way, scenario, question.used.transcript) > 0);
  const counted = await firstThatCounts(experiment, scenario, question, ways);
  if (counted === undefined) return undefined;
  const { way, count, counts, lead, seen } = counted;
  const text = `limit on ${way.limit}: ${deviation.summary}; ${count} of ${counts} after TLS bring the same on a fresh connection`;
  return {
    limit: way.limit,
    text,
    count,
    counts,
    example: {
      summary: text,
      scenario,
      at: deviation.step,
      lead: lead.length,
      transcripts: {
        used: question.used.transcript,
        fresh: question.fresh.transcript,
        transplanted: seen.transcript,
      },
    },
  };
}

/** The ways in which a target was seen to count. */
const seenToCount = new WeakMap<Experiment, Set<Way>>();

/** The first way of counting that brings the same. Those in which the target was seen to count are tried first. */
async function firstThatCounts(
  experiment: Experiment,
  scenario: Scenario,
  question: Question,
  ways: readonly Way[],
): Promise<Counted | undefined> {
  const usual = seenToCount.get(experiment) ?? new Set<Way>();
  seenToCount.set(experiment, usual);
  const special = likeThose(scenario.before, scenario.after.slice(0, question.step + 1));
  const [known, others] = [ways.filter(way => usual.has(way)), ways.filter(way => !usual.has(way))];
  for (const some of [known, others, special]) {
    const tried = await Promise.all(some.map(way => transplant(experiment, scenario, question, way)));
    const found = tried.find(one => one !== undefined);
    if (found === undefined) continue;
    // So many ways are tried that chance alone would pass for a count in one of them.
    if (await isChance(experiment, scenario, question, found.way)) return undefined;
    if (await knowsNames(experiment, scenario, question, found)) return undefined;
    usual.add(found.way);
    return found;
  }
  return undefined;
}

/** Whether fresh runs without any event show the same, now and then. */
async function isChance(
  experiment: Experiment,
  scenario: Scenario,
  question: Question,
  way: Way,
): Promise<boolean> {
  const none = events(way, 0, scenario);
  const controls = Array.from({ length: CONTROLS }, () => played(experiment, scenario, question, none, 0));
  const shown = (await Promise.all(controls)).filter(({ like }) => like !== 'not yet');
  return shown.length > BUSY;
}

/**
 * Whether events that name whom the scenario names in TLS, or whose like, do not bring it, where those with other names do: then
 * the server knows who was named (the first sender of a connection, and no other after it), and does not count.
 */
async function knowsNames(
  experiment: Experiment,
  scenario: Scenario,
  question: Question,
  counted: Counted,
): Promise<boolean> {
  const said = scenario.after.slice(0, question.step + 1);
  const { lead } = counted;
  const again = sayingAgain(lead, said);
  // Where nobody of another domain is named both are the same.
  for (const told of new Set([again, sayingAlike(again, said)])) {
    if (told.every((step, at) => step === lead[at])) continue;
    if (await isMissed(experiment, [...told, ...scenario.after], question, counted)) return true;
  }
  return false;
}

/** Whether it does not show behind events that were answered as those that count. */
async function isMissed(
  experiment: Experiment,
  after: readonly Step[],
  { used, likeness }: Question,
  { lead, seen: counted }: Counted,
): Promise<boolean> {
  const served = servedIn(counted, lead.length);
  for (let run = 0; run < SAYING_AGAIN; run++) {
    const seen = await experiment.fresh({ ...used.scenario, after });
    if (likeness(seen, lead.length) !== 'not yet' || servedIn(seen, lead.length) !== served) return false;
  }
  return true;
}

/** The codes of the first replies in TLS, to so many steps. */
const servedIn = ({ transcript }: Seen, steps: number): string =>
  Array.from({ length: steps }, (_, at) =>
    repliesTo(transcript, 'after', at).map(reply => (reply.kind === 'reply' ? reply.code : 0)),
  ).join();

/** A new pair that shows the deviation, and how to recognise it in another run; undefined if no refusal leads to it. */
async function ask(
  experiment: Experiment,
  scenario: Scenario,
  { difference: told, signature }: Deviation,
): Promise<Question | undefined> {
  if (told === undefined || (givesMore(told) && told.step === 0)) return undefined;
  for (let looks = 0; looks < LOOKS; looks++) {
    const examination = await experiment.examineAnew(scenario);
    const difference = shows(examination, signature)?.difference;
    if (difference === undefined || examination.fresh === undefined) continue;
    const { used, fresh, evidence } = examination;
    const shown = { used, fresh, difference, differences: evidence.differences };
    const likeness = recogniser(shown, experiment.noise);
    const step = Math.min(...evidence.differences.map(one => one.step));
    return likeness === undefined
      ? undefined
      : { used, fresh, likeness, fewest: fewestOf(used, difference), step };
  }
  return undefined;
}

/** So many of what one way counts bring the same. */
interface Counted extends Transplanted {
  readonly way: Way;
  readonly counts: string;
}

/** How many events of one kind bring the same; undefined if no number does, or none are needed. */
async function transplant(
  experiment: Experiment,
  scenario: Scenario,
  question: Question,
  way: Way,
): Promise<Counted | undefined> {
  const most = eventsBefore(way, scenario, question.used.transcript) + SLACK;
  const play = (count: number): Promise<Transplanted> =>
    played(experiment, scenario, question, events(way, count, scenario), count);
  // Most ways count nothing: what no number brings, one run tells.
  const all = await play(most);
  if (all.like === 'not yet') return undefined;
  const none = await play(0);
  if (none.like !== 'not yet') return undefined;
  const first = await fewest(play, none.count, all);
  if (first.like === 'past' && way.limit === 'bytes')
    return inSingleBytes(experiment, scenario, question, way, first);
  const least = Math.max(question.fewest, way.fewest ?? 1);
  if (first.like !== 'same' || first.count < least) return undefined;
  // A limit that is passed stays passed.
  const more = first.count < most ? await play(first.count + 1) : all;
  return more.like === 'not yet' ? undefined : { ...first, way, counts: way.counts };
}

/** The bytes that bring the same where one event less does not yet, and those of that event are too many. */
async function inSingleBytes(
  experiment: Experiment,
  scenario: Scenario,
  question: Question,
  way: Way,
  past: Transplanted,
): Promise<Counted | undefined> {
  const events = Math.max(1, past.count - 1);
  const play = (count: number): Promise<Transplanted> =>
    played(experiment, scenario, question, bytesBeyond(events, count - events * BYTES), count);
  const fewestBytes = past.count > 1 ? events * BYTES : SHORTEST - 1;
  const first = await fewest(play, fewestBytes, await play(past.count * BYTES));
  if (first.like !== 'same') return undefined;
  const more = await play(first.count + 1);
  return more.like === 'not yet' ? undefined : { ...first, way, counts: SINGLE_BYTES };
}

/** A fresh run with these events in TLS, before what the scenario does there. */
async function played(
  experiment: Experiment,
  scenario: Scenario,
  { likeness }: Question,
  lead: readonly Step[],
  count: number,
): Promise<Transplanted> {
  const seen = await experiment.fresh({ ...scenario, after: [...lead, ...scenario.after] });
  return { count, lead, seen, like: likeness(seen, lead.length) };
}

interface Transplanted {
  readonly count: number;
  readonly lead: readonly Step[];
  readonly seen: Seen;
  readonly like: Likeness;
}

/** The fewest events that are enough, by bisection between too few and enough. */
async function fewest(
  play: (count: number) => Promise<Transplanted>,
  tooFew: number,
  enough: Transplanted,
): Promise<Transplanted> {
  if (enough.count - tooFew <= 1) return enough;
  const middle = await play((tooFew + enough.count) >> 1);
  return middle.like === 'not yet' ? fewest(play, middle.count, enough) : fewest(play, tooFew, middle);
}
