/**
 * Whether two deviations are the same effect, though they were seen at different servers or in different scenarios.
 *
 * Pure. It compares what is shown, and knows nothing of what brings it about.
 */

import type { Deviation } from '../claim.ts';
import { type Difference, lettersAlike } from '../compare.ts';
import { NOTHING } from '../observe.ts';

/** Whether one deviation may stand for another of the same defect: of the same claim, or a pair. */
export const isAsGood = (shown: Deviation, wanted: Deviation): boolean =>
  shown.claim === wanted.claim || shown.proof === 'pair';

/** Whether a command is taken that a fresh connection refuses as out of order. */
export const isGrant = ({ difference, signature }: Deviation): boolean =>
  difference?.aspect === 'code' &&
  difference.fresh === '503' &&
  /^[23]/.test(difference.used) &&
  !isMisplaced({ signature });

/** Whether AUTH is refused as the second one (RFC 4954, section 4), though a fresh connection is asked, or let in, by it. */
export const isSecondLogin = ({ difference }: Deviation): boolean =>
  difference?.aspect === 'code' &&
  difference.verb === 'auth' &&
  difference.used === '503' &&
  /^(?:235|334)$/.test(difference.fresh);

/**
 * Codes that answer one command and no other (RFC 5321, section 4.2.3; RFC 4954, section 4). 334 is none of them: an AUTH
 * dialogue that is kept takes any line for a response, and asks for the next.
 */
const ANSWERS: Readonly<Record<string, string>> = {
  221: 'quit',
  235: 'auth',
  354: 'data',
  535: 'auth',
};

/** What may be any command. */
const ANY_VERB: ReadonlySet<string> = new Set(['line', 'bytes', 'fence']);

/** The code in the signature of a deviation that answers another command than the one at which it stands. */
export function lateCode({ signature }: Pick<Deviation, 'signature'>): string | undefined {
  const [, verb = '', code = ''] = /^(\w+) code (\d{3})\//.exec(signature) ?? [];
  const answered = ANSWERS[code];
  return answered === undefined || answered === verb || ANY_VERB.has(verb) ? undefined : code;
}

/**
 * Whether the reply answers a command that was said before. It tells of a reply that came late, and all behind it are late
 * as well; no field that is kept brings that about.
 */
export const isMisplaced = (deviation: Pick<Deviation, 'signature'>): boolean =>
  lateCode(deviation) !== undefined;

/** Whether both are a late reply to the same command: where it comes in between is a matter of pace. */
export const isAsLate = (one: Pick<Deviation, 'signature'>, other: Pick<Deviation, 'signature'>): boolean =>
  isMisplaced(one) && lateCode(one) === lateCode(other);

/** The same command, answered as differently, wherever it stands. */
export const isSameEffect = (shown: Deviation, wanted: Deviation): boolean =>
  shown.claim === wanted.claim &&
  shown.difference?.verb === wanted.difference?.verb &&
  shown.difference?.aspect === wanted.difference?.aspect &&
  answerClass(shown) === answerClass(wanted);

/**
 * Whether both say something of their own in the same gap of the same answer, as where an answer quotes what was said: the words
 * around it are the same. What a fresh connection is told there may be of its own, too.
 */
export function isInSameGap({ difference: one }: Deviation, { difference: other }: Deviation): boolean {
  if (one === undefined || one.aspect !== other?.aspect) return false;
  if (one.verb !== other.verb || one.place !== other.place) return false;
  const [gap, same] = [gapOf(one), gapOf(other)];
  if (gap.before !== same.before || gap.behind !== same.behind) return false;
  if (one.aspect === 'text') return gap.before + gap.behind !== '';
  // The name of a header field, which both begin with, is no word around it.
  return one.aspect === 'header' && `${gap.before} ${gap.behind}`.trim().includes(' ');
}

/** The words before what differs, and those behind it. */
function gapOf({ used, fresh }: Difference): { readonly before: string; readonly behind: string } {
  const [some, others] = [used.split(' '), fresh.split(' ')];
  const least = Math.min(some.length, others.length);
  let before = 0;
  while (before < least && some[before] === others[before]) before++;
  let behind = 0;
  while (behind < least - before && some.at(-1 - behind) === others.at(-1 - behind)) behind++;
  return {
    before: lettersAlike(others.slice(0, before).join(' ')),
    behind: lettersAlike(others.slice(others.length - behind).join(' ')),
  };
}

/** The same difference: in the same place, and with the same codes where it is one of codes. */
export function isExact(predicted: Deviation, seen: Deviation): boolean {
  if (predicted.step !== seen.step || predicted.claim !== seen.claim) return false;
  if (isBesideTheLine(predicted, seen)) return false;
  const [one, other] = [predicted.difference, seen.difference];
  if (one === undefined || one.aspect !== other?.aspect) return false;
  if (one.aspect === 'list') return one.place === other.place && presence(one) === presence(other);
  return one.aspect !== 'code' || (predicted.used === seen.used && predicted.fresh === seen.fresh);
}

/** The same effect at the same step, though another server words it otherwise. */
export function alike(predicted: Deviation, seen: Deviation): boolean {
  if (isBesideTheLine(predicted, seen) || isEnd(predicted) !== isEnd(seen)) return false;
  if (isBeyondOrder(predicted, seen)) return false;
  return predicted.step === seen.step && answerClass(predicted) === answerClass(seen);
}

/** Whether it is the end of the session (421), which is no answer to a command that a field has brought out of order. */
const isEnd = ({ difference }: Deviation): boolean =>
  difference?.aspect === 'code' && difference.used === '421';

/**
 * Whether the command failed at a later check (550, 452, …) than the kept field explains: a fresh connection refuses it as out
 * of order, and with the field it would still be refused as that, in other words.
 */
const isBeyondOrder = ({ difference: predicted }: Deviation, { difference: seen }: Deviation): boolean =>
  predicted !== undefined &&
  isRefusedAlike(predicted) &&
  seen?.aspect === 'code' &&
  seen.fresh === '503' &&
  !/^5[03]/.test(seen.used);

/**
 * Whether a line was not recognised (500; RFC 5321, section 4.2.2), on the used connection alone or on both in other words, and
 * the prediction is of another kind. A kept field explains commands out of order; here something was done to the line itself.
 */
function isBesideTheLine({ difference: predicted }: Deviation, { difference: seen }: Deviation): boolean {
  if (seen === undefined || seen.verb === 'line') return false;
  if (saysUnrecognised(seen)) return predicted === undefined || !saysUnrecognised(predicted);
  const isUnrecognised = seen.aspect === 'code' && seen.used === '500';
  return isUnrecognised && (predicted?.aspect !== 'code' || predicted.used === '503');
}

/** Whether it is in the words of a 500. */
const saysUnrecognised = ({ aspect, place }: Difference): boolean =>
  aspect === 'text' && /^\d+\.500\./.test(place);

function answerClass({ used, fresh, claim, difference }: Deviation): string {
  if (difference?.aspect === 'list') return presence(difference);
  // One server refuses both alike but for the words, where another has a code of its own.
  if (difference !== undefined && isRefusedAlike(difference)) return 'refused/refused';
  const one = /^[2-5][0-9]{2}\b/.exec(used)?.[0];
  const other = /^[2-5][0-9]{2}\b/.exec(fresh)?.[0];
  return one !== undefined && other !== undefined ? `${acceptance(one)}/${acceptance(other)}` : claim;
}

/** Whether both runs got the same code, a refusal, and other words or another enhanced code with it. */
export const isRefusedAlike = ({ aspect, place, used, fresh }: Difference): boolean =>
  aspect === 'enhanced' ? /^[45].*\/[45]/.test(`${used}/${fresh}`) : /^\d+\.[45]\d\d\./.test(place);

/** In which of the two lists an extension stands. */
const presence = ({ used, fresh }: Difference): string => `listed ${used !== NOTHING}/${fresh !== NOTHING}`;

const acceptance = (code: string): string => (code < '400' ? 'accepted' : 'refused');

/**
 * Whether another outcome than the target's is predicted before the deviation: a command that only one run accepts, where
 * all that differs in the target has nothing at that step. What comes behind it may be predicted for that reason alone.
 */
export const contradicts = (
  predicted: readonly Deviation[],
  { step }: Deviation,
  differences: readonly Difference[],
): boolean =>
  predicted.some(
    ({ difference }) =>
      difference?.aspect === 'code' &&
      difference.step < step &&
      acceptance(difference.used) !== acceptance(difference.fresh) &&
      !differences.some(shown => shown.step === difference.step && OUTCOMES.has(shown.aspect)),
  );

/** What tells of a command that it came to something else; words, and a list, are those of an answer that is the same. */
const OUTCOMES: ReadonlySet<Difference['aspect']> = new Set(['code', 'end', 'count']);

/** Whether an extension that only one of the lists has would be in the other if the list of the plaintext had been kept. */
export function contradictsOffer({ difference }: Deviation, offered: readonly string[]): boolean {
  if (difference?.aspect !== 'list' || offered.length === 0) return false;
  const [keyword = ''] = difference.place.split('.');
  return (difference.used !== NOTHING) !== offered.includes(keyword);
}
