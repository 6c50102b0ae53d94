/**
 * What led to a finding, as another scenario says it: with its names, its addresses and its null sender, where those may
 * matter. Pure.
 */

import type { Scenario, Step } from '../scenario.ts';
import type { Finding } from './finding.ts';
import { namesIn, renamed, saidAgain } from './names.ts';

/**
 * The lead as it stands; with the null sender, or an address in place of the name, where another scenario says that; and
 * where it says again in TLS what it said before, in the words that the other scenario says again.
 */
export function leads(
  { scenario: { before, after }, deviation }: Pick<Finding, 'scenario' | 'deviation'>,
  other: Scenario,
): readonly (readonly Step[])[] {
  const bounced = before.map(step => (step.kind === 'mail' ? { ...step, from: null } : step));
  const isBounce = before.some(isFromSomebody) && other.before.some(isFromNobody);
  // Of what a name shows that comes back, an address that is no marker shows the like.
  const isAddressed = deviation.claim === 'markers' && other.before.some(isLiteral);
  const again = saidAgain(before, after);
  return [
    before,
    ...(isBounce ? [bounced] : []),
    ...(isAddressed ? [before.map(withAddress)] : []),
    ...(again.length === 1 ? withOtherNames(again[0] as string, before, other) : []),
    ...(again.length > 0 ? inOtherWords(before, other) : []),
  ];
}

const isLiteral = (step: Step): boolean => 'literal' in step;
const withAddress = (step: Step): Step =>
  step.kind === 'ehlo' || step.kind === 'helo' ? { ...step, literal: true } : step;
const isFromNobody = (step: Step): boolean => step.kind === 'mail' && step.from === null;
const isFromSomebody = (step: Step): boolean => step.kind === 'mail' && step.from !== null;

/** Names of another scenario that a lead is tried with. */
const MOST_NAMES = 3;

function withOtherNames(
  name: string,
  before: readonly Step[],
  other: Scenario,
): readonly (readonly Step[])[] {
  const others = saidAgain(other.before, other.after).filter(one => one !== name);
  return others
    .slice(0, MOST_NAMES)
    .map(one => renamed(before, said => (said === name ? one : said === one ? name : said)));
}

/**
 * The lead in the steps that the other scenario says on both sides, the first of each kind or the last: a server may know
 * an address again by all that makes it, and by the one that was said with it.
 */
function inOtherWords(before: readonly Step[], other: Scenario): readonly (readonly Step[])[] {
  const again = other.before.filter(step => other.after.some(later => isAlike(step, later)));
  const first = before.map(step => again.find(({ kind }) => kind === step.kind) ?? step);
  const last = before.map(step => again.findLast(({ kind }) => kind === step.kind) ?? step);
  return again.length === 0 ? [] : JSON.stringify(first) === JSON.stringify(last) ? [first] : [first, last];
}

/** Whether both are of one kind, and say a name in common. */
const isAlike = (one: Step, other: Step): boolean =>
  one.kind === other.kind && namesIn([one]).some(name => namesIn([other]).includes(name));
