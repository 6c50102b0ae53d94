/**
 * What a limit looks like: a refusal, the end, silence, a number, or words that warn of it; and how the same is recognised in
 * another run.
 *
 * Pure. Which events are played to bring it about is decided in `transplant.ts`.
 */

import type { Deviation } from '../claim.ts';
import { besidesAlike, countsIn, type Difference, isCountFromOne } from '../compare.ts';
import type { Seen } from '../experiment.ts';
import type { Noise } from '../noise.ts';
import { NOTHING } from '../observe.ts';
import { isOver, outcomeAt, type StepOutcome } from './outcome.ts';

/** Codes that speak of state or syntax, and on an open connection are never a limit. */
export const NEVER_A_LIMIT: ReadonlySet<number | undefined> = new Set([500, 501, 502, 503, 504, 555]);

const OUT_OF_ORDER = '503';

/** What a transplanted run with some number of events comes to, as seen from the used run. */
export type Likeness = 'not yet' | 'same' | 'past';

/** Tells what a run comes to in which so many steps were played after TLS, before those of the used run. */
export type Recogniser = (transplanted: Seen, lead: number) => Likeness;

/** A pair of runs, a difference between them, and all of their differences. */
export interface Shown {
  readonly used: Seen;
  readonly fresh: Seen;
  readonly difference: Difference;
  readonly differences: readonly Difference[];
}

/** How a difference is recognised in other runs; undefined if it is nothing that a limit could bring. */
export const recogniser = (shown: Shown, noise: Noise): Recogniser | undefined =>
  ownLikeness(shown, noise) ?? consequence(shown, noise);

function ownLikeness({ used, fresh, difference }: Shown, noise: Noise): Recogniser | undefined {
  if (givesMore(difference)) return undefined;
  const { aspect, step } = difference;
  if (aspect === 'text') return counter(used, difference, noise) ?? warning(used, difference, noise);
  const isNumber = aspect === 'handler' || aspect === 'list';
  return isNumber ? counter(used, difference, noise) : refusal(used, fresh, step);
}

/** Recognises what follows from an earlier refusal: that one, and with it the same difference. */
function consequence({ used, fresh, difference, differences }: Shown, noise: Noise): Recogniser | undefined {
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
function refusal({ transcript, scenario }: Seen, fresh: Seen, step: number): Recogniser | undefined {
  const used = outcomeAt(transcript, scenario, step);
  if (!givesLess(used, outcomeAt(fresh.transcript, scenario, step))) return undefined;
  return (seen, lead) => {
    const there = outcomeAt(seen.transcript, seen.scenario, lead + step);
    if (isSame(used, there)) return 'same';
    // With more events the session ends earlier, so that a step with several replies gets fewer of them.
    const endsSooner = (there.ended || there.silent) && there.codes.length < used.codes.length;
    return endsSooner || isOver(seen.transcript, lead + step - 1) ? 'past' : 'not yet';
  };
}

const isSame = (one: StepOutcome, other: StepOutcome): boolean =>
  one.codes.join() === other.codes.join() && one.ended === other.ended && one.silent === other.silent;

/** Whether it is of the kind that a limit may bring: a refusal, an end or silence, or a number. */
export function mayBeLimit({ difference }: Deviation): boolean {
  if (difference === undefined || givesMore(difference)) return false;
  const { aspect, used } = difference;
  return (
    countsIn(difference) !== undefined ||
    isCountFromOne(difference) ||
    isWarning(difference) ||
    aspect === 'end' ||
    aspect === 'count' ||
    (aspect === 'code' && !NEVER_A_LIMIT.has(Number(used)))
  );
}

/** Words that a refusal has in addition. */
const isWarning = ({ aspect, place, fresh }: Difference): boolean =>
  aspect === 'text' && fresh === NOTHING && Number(/(?:^|\.)(\d{3})\./.exec(place)?.[1] ?? 0) >= 400;

/** What is granted, or stands in a list (but for a number) or a message, is no refusal: no look is needed to tell. */
export function givesMore(difference: Difference): boolean {
  const { aspect, used } = difference;
  if (aspect === 'list') return countsIn(difference) === undefined;
  return aspect === 'header' || aspect === 'body' || (aspect === 'code' && Number(used) < 400);
}

/** Whether the first reply that differs is a refusal, or none came where the connection ended or fell silent. */
function givesLess(used: StepOutcome, fresh: StepOutcome): boolean {
  const at = [...used.codes, undefined].findIndex((code, index) => code !== fresh.codes[index]);
  const code = used.codes[at];
  if (code !== undefined) return code >= 400 && (used.ended || !NEVER_A_LIMIT.has(code));
  const goesOn = !fresh.ended || at >= 0;
  return (used.ended && goesOn) || (used.silent && !fresh.silent);
}

/**
 * Recognises a number that tells a count: in what an application's hook is given, in the same call counted from the last,
 * in the text of the same reply, or in the list.
 */
function counter(seen: Seen, difference: Difference, noise: Noise): Recogniser | undefined {
  const counts = countsIn(difference);
  if (counts === undefined && !isCountFromOne(difference)) return undefined;
  // What is told from the first event on goes up.
  const [used, fresh] = counts ?? [1, 0];
  return (other, lead) => {
    const told = valueAt(other, lead, seen, difference, noise);
    if (told === undefined) return 'not yet';
    const value = besidesAlike(told, difference);
    if (value === difference.used) return 'same';
    const [there, then] = countsIn({ ...difference, used: value, fresh: difference.used }) ?? [];
    if (there === undefined || then === undefined) return 'not yet';
    return there > then === used > fresh ? 'past' : 'not yet';
  };
}

/**
 * How many events it takes at least. On a session that goes on, words without a number that one event brings may tell which
 * command was said last, and not how often; and so may another reason for the first refusal of what is out of order anyhow.
 */
export function fewestOf({ transcript, scenario }: Seen, difference: Difference): number {
  const { aspect, fresh, step } = difference;
  const at = (step: number): StepOutcome => outcomeAt(transcript, scenario, step);
  const isNumber = countsIn(difference) !== undefined || isCountFromOne(difference);
  const isInWords = aspect === 'text' && !isNumber;
  const isOtherReason =
    aspect === 'code' &&
    fresh === OUT_OF_ORDER &&
    !scenario.after
      .slice(0, step)
      .some((_, before) => at(before).codes.some(code => code !== undefined && code >= 400));
  return (isInWords || isOtherReason) && !at(step).ended ? 2 : 1;
}

/** Recognises the words of the last refusal, such as that there were too many; not of one that speaks of state or syntax. */
function warning(seen: Seen, difference: Difference, noise: Noise): Recogniser | undefined {
  const { step } = difference;
  const { codes, ended } = outcomeAt(seen.transcript, seen.scenario, step);
  const code = codes.at(-1);
  if (code === undefined || code < 400 || (!ended && NEVER_A_LIMIT.has(code))) return undefined;
  return (other, lead) => {
    if (valueAt(other, lead, seen, difference, noise) === difference.used) return 'same';
    // With more events the session is over before, or at this step without these words: the closing QUIT may be the first
    // that notices it.
    const there = outcomeAt(other.transcript, other.scenario, lead + step);
    const isPast = there.ended || there.silent || isOver(other.transcript, lead + step - 1);
    return isPast ? 'past' : 'not yet';
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
