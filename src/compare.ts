/**
 * Used observation × fresh observation → differences.
 *
 * Pure. One difference a step: that of the weightiest aspect, since the others follow from it (another code brings
 * another text). Whether a difference is allowed, confirmed or a finding is decided elsewhere.
 */

import { type Noise, pairs } from './noise.ts';
import { ASPECTS, type Aspect, type Fact, type Observation } from './observe.ts';

export interface Difference {
  /** Index of the step in `after`. */
  readonly step: number;
  readonly verb: string;
  readonly aspect: Aspect;
  readonly place: string;
  /** What the used run showed there, and the fresh run; `nothing` where it showed none. */
  readonly used: string;
  readonly fresh: string;
}

const NOTHING = 'nothing';

/** All differences, first step first. */
export function compare(used: Observation, fresh: Observation, noise: Noise): readonly Difference[] {
  if (used.digest === fresh.digest) return [];
  const byStep = new Map<number, Difference>();
  for (const [left, right] of pairs(used, fresh)) {
    const difference = differ(left, right, noise);
    if (difference === undefined) continue;
    const known = byStep.get(difference.step);
    if (known === undefined || weight(difference) < weight(known)) byStep.set(difference.step, difference);
  }
  return [...byStep.values()].sort((one, other) => one.step - other.step);
}

/** An earlier reply outweighs a later one; within a reply the weightier aspect counts. */
function weight({ aspect, place }: Difference): number {
  const reply = aspect === 'code' || aspect === 'count' ? Number.parseInt(place, 10) : 0;
  return reply * ASPECTS.length + ASPECTS.indexOf(aspect);
}

function differ(used: Fact | undefined, fresh: Fact | undefined, noise: Noise): Difference | undefined {
  const fact = used ?? fresh;
  if (fact === undefined) return undefined;
  const left = used === undefined ? NOTHING : noise.constant(used);
  const right = fresh === undefined ? NOTHING : noise.constant(fresh);
  if (left === undefined || right === undefined || left === right) return undefined;
  const { step, verb, aspect, place } = fact;
  // A reply that only one run got is a matter of their number.
  const lone = (used === undefined || fresh === undefined) && aspect === 'code';
  return { step, verb, aspect: lone ? 'count' : aspect, place, used: left, fresh: right };
}

/** Two differences with the same signature are taken for the same effect; steps may have other numbers. */
export function signature({ verb, aspect, place, used, fresh }: Difference): string {
  if (aspect === 'code' || aspect === 'end' || aspect === 'count')
    return `${verb} ${aspect} ${used}/${fresh}`;
  if (aspect === 'list') return `${verb} list ${place} ${used}/${fresh}`;
  const where = place.replace(/^\d+\./, '');
  if (aspect === 'handler') return `${verb} handler ${where} ${numbersAlike(used)}/${numbersAlike(fresh)}`;
  return `${verb} ${aspect} ${where} ${lettersAlike(used)}/${lettersAlike(fresh)}`;
}

/** Symbolic names differ from scenario to scenario and say nothing. */
const lettersAlike = (text: string): string => text.replace(/<[a-z]>/g, '<>');

/** A counter is the same counter whatever it has come to. */
const numbersAlike = (text: string): string => lettersAlike(text).replace(/\d+/g, '#');
