/**
 * Whether a difference is explained by a limit: a count that may be kept across STARTTLS.
 *
 * Not an opinion but an experiment, the transplant: on the same baseline, n *neutral* events of the limit's kind are
 * played after TLS instead of before it. A limit is a count; it cannot know where the events took place, nor what
 * they said. So if some n brings the same refusal at the same step, none of them does not, and more of them keep it,
 * the server counts. What no transplant brings is knowledge, though its refusal may speak of a limit.
 */

import type { Deviation } from '../claim.ts';
import { countsIn, type Difference, NOTHING } from '../compare.ts';
import { shows } from '../confirm.ts';
import type { Experiment, Seen } from '../experiment.ts';
import type { Noise } from '../noise.ts';
import type { ThreeRuns } from '../report/report.ts';
import type { Scenario } from '../scenario.ts';
import { events, eventsBefore, WAYS, type Way } from './events.ts';
import type { LimitName } from './names.ts';
import { isOver, type Outcome, outcomeAt } from './outcome.ts';

/** A difference that a limit explains. */
export interface LimitExplanation {
  readonly limit: LimitName;
  readonly text: string;
  /** Neutral events after TLS that bring the same, and what they are. */
  readonly count: number;
  readonly counts: string;
  readonly example: ThreeRuns;
}

/** Codes that speak of state or syntax, and on an open connection are never a limit. */
const NEVER_A_LIMIT = new Set([500, 501, 502, 503, 504, 555]);

/** Events beyond those that `before` had: STARTTLS, and a greeting, may count. */
const SLACK = 2;
/** New pairs that may be needed to see the difference once more. */
const LOOKS = 3;

/** What a transplanted run with some number of events comes to, as seen from the used run. */
type Likeness = 'not yet' | 'same' | 'past';

interface Question {
  readonly used: Seen;
  readonly fresh: Seen;
  readonly likeness: (transplanted: Seen, lead: number) => Likeness;
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
  const { way, count, lead, seen } = counted;
  const text = `limit on ${way.limit}: ${deviation.summary}; ${count} of ${way.counts} after TLS bring the same on a fresh connection`;
  return {
    limit: way.limit,
    text,
    count,
    counts: way.counts,
    example: {
      summary: text,
      scenario,
      at: deviation.step,
      lead,
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
  for (const some of [ways.filter(way => usual.has(way)), ways.filter(way => !usual.has(way))]) {
    const tried = await Promise.all(some.map(way => transplant(experiment, scenario, question, way)));
    const found = tried.find(one => one !== undefined);
    if (found === undefined) continue;
    usual.add(found.way);
    return found;
  }
  return undefined;
}

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
    const { used, fresh } = examination;
    const likeness =
      ownLikeness(used, fresh, difference, experiment.noise) ??
      consequence(used, fresh, difference, examination.evidence.differences, experiment.noise);
    return likeness === undefined ? undefined : { used, fresh, likeness };
  }
  return undefined;
}

function ownLikeness(
  used: Seen,
  fresh: Seen,
  difference: Difference,
  noise: Noise,
): Question['likeness'] | undefined {
  if (givesMore(difference)) return undefined;
  const { aspect, step } = difference;
  if (aspect === 'text') return counter(used, difference, noise) ?? warning(used, difference, noise);
  return aspect === 'handler' ? counter(used, difference, noise) : refusal(used, fresh, step);
}

/** Recognises what follows from an earlier refusal: that one, and with it the same difference. */
function consequence(
  used: Seen,
  fresh: Seen,
  difference: Difference,
  differences: readonly Difference[],
  noise: Noise,
): Question['likeness'] | undefined {
  const [refused] = differences.flatMap(({ step }) =>
    step < difference.step ? (refusal(used, fresh, step) ?? []) : [],
  );
  if (refused === undefined) return undefined;
  const follows = (seen: Seen, lead: number): boolean =>
    isReplied(difference)
      ? isSame(
          outcomeAt(used.transcript, used.scenario, difference.step),
          outcomeAt(seen.transcript, seen.scenario, lead + difference.step),
        )
      : (valueAt(seen, lead, used, difference, noise) ?? NOTHING) === difference.used;
  return (seen, lead) => {
    const like = refused(seen, lead);
    return like === 'same' && !follows(seen, lead) ? 'past' : like;
  };
}

const isReplied = ({ aspect }: Difference): boolean =>
  aspect === 'code' || aspect === 'end' || aspect === 'count';

/** Recognises what the used run met at a step: a refusal, a lost connection or silence where the fresh run had none. */
function refusal(
  { transcript, scenario }: Seen,
  fresh: Seen,
  step: number,
): Question['likeness'] | undefined {
  const used = outcomeAt(transcript, scenario, step);
  if (!givesLess(used, outcomeAt(fresh.transcript, scenario, step))) return undefined;
  return (seen, lead) => {
    const there = outcomeAt(seen.transcript, seen.scenario, lead + step);
    if (isSame(used, there)) return 'same';
    // A step may get several replies: with more events the session ends behind fewer of them.
    const endsSooner = (there.ended || there.silent) && there.codes.length < used.codes.length;
    return endsSooner || isOver(seen.transcript, lead + step - 1) ? 'past' : 'not yet';
  };
}

const isSame = (one: Outcome, other: Outcome): boolean =>
  one.codes.join() === other.codes.join() && one.ended === other.ended && one.silent === other.silent;

/** Whether it is of the kind that a limit may bring: a refusal, an end or silence, or a number. */
export function mayBeLimit({ difference }: Deviation): boolean {
  if (difference === undefined || givesMore(difference)) return false;
  const { aspect, used } = difference;
  return (
    countsIn(difference) !== undefined ||
    aspect === 'end' ||
    aspect === 'count' ||
    (aspect === 'code' && !NEVER_A_LIMIT.has(Number(used)))
  );
}

/** What is granted, or stands in a list or a message, is no refusal: no look is needed to tell. */
const givesMore = ({ aspect, used }: Difference): boolean =>
  aspect === 'list' || aspect === 'header' || aspect === 'body' || (aspect === 'code' && Number(used) < 400);

/** Whether the first reply that differs is a refusal, or none came where the connection ended or fell silent. */
function givesLess(used: Outcome, fresh: Outcome): boolean {
  const at = [...used.codes, undefined].findIndex((code, index) => code !== fresh.codes[index]);
  const code = used.codes[at];
  if (code !== undefined) return code >= 400 && (used.ended || !NEVER_A_LIMIT.has(code));
  const goesOn = !fresh.ended || fresh.codes.length > at;
  return (used.ended && goesOn) || (used.silent && !fresh.silent);
}

/**
 * Recognises a number that tells a count: in what an application's hook is given, in the same call counted from the last,
 * or in the text of the same reply.
 */
function counter(seen: Seen, difference: Difference, noise: Noise): Question['likeness'] | undefined {
  const counts = countsIn(difference);
  if (counts === undefined) return undefined;
  const [used, fresh] = counts;
  return (other, lead) => {
    const value = valueAt(other, lead, seen, difference, noise);
    if (value === undefined) return 'not yet';
    if (value === difference.used) return 'same';
    const [there] = countsIn({ ...difference, used: value }) ?? [];
    return there !== undefined && there > used === used > fresh ? 'past' : 'not yet';
  };
}

/** Recognises what a refusal says besides, such as that it was the last one: no neutral event brings words of any other kind. */
function warning(seen: Seen, difference: Difference, noise: Noise): Question['likeness'] | undefined {
  const { step } = difference;
  const code = outcomeAt(seen.transcript, seen.scenario, step).codes.at(-1);
  if (code === undefined || code < 400) return undefined;
  return (other, lead) => {
    if (valueAt(other, lead, seen, difference, noise) === difference.used) return 'same';
    // With more events the session is over before, or at this step without these words.
    return isOver(other.transcript, lead + step) ? 'past' : 'not yet';
  };
}

/** What another run shows in the place of a difference, `lead` steps later than the run that showed it. */
function valueAt(
  other: Seen,
  lead: number,
  seen: Seen,
  { aspect, verb, place, step }: Difference,
  noise: Noise,
): string | undefined {
  const calls = ({ transcript }: Seen): number =>
    transcript.handlers.filter(({ hook }) => hook === verb).length;
  const [, nth = '0', path = ''] = /^(\d+)\.(.*)$/.exec(place) ?? [];
  const [at, where] =
    aspect === 'handler'
      ? [undefined, `${calls(other) - calls(seen) + Number(nth)}.${path}`]
      : [step + lead, place];
  const found = other.observation.facts.find(
    fact =>
      fact.aspect === aspect &&
      fact.verb === verb &&
      fact.place === where &&
      (at === undefined || fact.step === at),
  );
  return found === undefined ? undefined : noise.constant(found);
}

/** So many events of one way bring the same, in so many steps. */
interface Counted {
  readonly way: Way;
  readonly count: number;
  readonly lead: number;
  readonly seen: Seen;
}

/** How many events of one kind bring the same; undefined if no number does, or none are needed. */
async function transplant(
  experiment: Experiment,
  scenario: Scenario,
  { used, likeness }: Question,
  way: Way,
): Promise<Counted | undefined> {
  const most = eventsBefore(way, scenario, used.transcript) + SLACK;
  const played = async (count: number): Promise<Transplanted> => {
    const lead = events(way, count, scenario);
    const seen = await experiment.fresh({ ...scenario, after: [...lead, ...scenario.after] });
    return { count, lead: lead.length, seen, like: likeness(seen, lead.length) };
  };
  const [none, all] = await Promise.all([played(0), played(most)]);
  if (none.like !== 'not yet' || all.like === 'not yet') return undefined;
  const first = await fewest(played, none.count, all);
  if (first.like !== 'same') return undefined;
  // A limit that is passed stays passed.
  const more = first.count < most ? await played(first.count + 1) : all;
  return more.like === 'not yet' ? undefined : { way, ...first };
}

interface Transplanted {
  readonly count: number;
  readonly lead: number;
  readonly seen: Seen;
  readonly like: Likeness;
}

/** The fewest events that are enough, by bisection between too few and enough. */
async function fewest(
  played: (count: number) => Promise<Transplanted>,
  tooFew: number,
  enough: Transplanted,
): Promise<Transplanted> {
  if (enough.count - tooFew <= 1) return enough;
  const middle = await played((tooFew + enough.count) >> 1);
  return middle.like === 'not yet' ? fewest(played, middle.count, enough) : fewest(played, tooFew, middle);
}
