/**
 * Used observation × fresh observation → differences.
 *
 * Pure. Of a reply only the weightiest difference counts, since the others follow from it (another code brings another
 * text); of a list, a handler's state or a delivered message every part that differs. Whether a difference is allowed,
 * confirmed or a finding is decided elsewhere.
 */

import { type Noise, pairs } from './noise.ts';
import { ASPECTS, type Aspect, type Fact, NOTHING, type Observation } from './observe.ts';

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

/** All differences, first step first; each once. */
export function compare(used: Observation, fresh: Observation, noise: Noise): readonly Difference[] {
  if (used.digest === fresh.digest) return [];
  const replies = new Map<number, Difference>();
  const parts = new Map<string, Difference>();
  const [usedCalls, freshCalls] = [callsIn(used), callsIn(fresh)];
  const [usedEnd, freshEnd] = [endOf(used), endOf(fresh)];
  const incomparable = Math.min(silenceOf(fresh), tornAt(used, fresh), tornAt(fresh, used));
  for (const [left, right] of pairs(...aligned(used, fresh, noise))) {
    const difference = differ(left, right, noise);
    if (difference === undefined || lacksCall(difference, left === undefined ? usedCalls : freshCalls))
      continue;
    if (difference.step >= incomparable) continue;
    if (isBehindEnd(left, difference.step, usedEnd) || isBehindEnd(right, difference.step, freshEnd))
      continue;
    const { step, aspect } = difference;
    if (PARTS.has(aspect)) {
      const key = `${step} ${signature(difference)}`;
      if (!parts.has(key)) parts.set(key, difference);
    } else {
      const known = replies.get(step);
      if (known === undefined || weight(difference) < weight(known)) replies.set(step, difference);
    }
  }
  const answered = new Set([...replies.values()].filter(isOutcome).map(({ verb }) => verb));
  const own = [...parts.values()].filter(
    part => !isOutcome(replies.get(part.step)) && !(isCall(part) && answered.has(part.verb)),
  );
  return [...replies.values(), ...own].sort((one, other) => one.step - other.step);
}

/**
 * The observations with the header fields side by side that say the same. Where one message has more fields of a name than the
 * other, and those of the other among them, the rest is what it has more, wherever it stands and however many they are.
 */
function aligned(used: Observation, fresh: Observation, noise: Noise): [Observation, Observation] {
  const [some, others] = [fieldsOf(used), fieldsOf(fresh)];
  const places = new Map<Fact, string>();
  for (const name of new Set([...some.keys(), ...others.keys()])) {
    const [fields, same] = [some.get(name) ?? [], others.get(name) ?? []];
    const [more, fewer] = fields.length > same.length ? [fields, same] : [same, fields];
    if (more.length === fewer.length) continue;
    if (more.slice(fewer.length).some(noise.isOptional)) continue;
    const placeOfMore = `${nameOf(more[0] as Fact)}.${fewer.length === 0 ? 0 : 'more'}`;
    const rest = fewer.reduce<readonly Fact[] | undefined>((left, field) => {
      const at = left?.findIndex(one => saysThat(one, field, noise)) ?? -1;
      if (left === undefined || at < 0) return undefined;
      places.set(left[at] as Fact, field.place);
      for (const one of left.slice(0, at)) places.set(one, placeOfMore);
      return left.slice(at + 1);
    }, more);
    for (const one of rest ?? []) places.set(one, placeOfMore);
    if (rest === undefined) for (const one of more) places.delete(one);
  }
  if (places.size === 0) return [used, fresh];
  const placed = (observation: Observation): Observation => ({
    ...observation,
    facts: observation.facts.map(fact => ({ ...fact, place: places.get(fact) ?? fact.place })),
  });
  return [placed(used), placed(fresh)];
}

/** The header fields of messages, by the step and their name, in their order. */
function fieldsOf({ facts }: Observation): ReadonlyMap<string, readonly Fact[]> {
  const fields = new Map<string, Fact[]>();
  for (const fact of facts) {
    if (fact.aspect !== 'header') continue;
    const name = `${fact.step} ${nameOf(fact)}`;
    fields.set(name, [...(fields.get(name) ?? []), fact]);
  }
  return fields;
}

const nameOf = ({ place }: Fact): string => place.replace(/\.\d+$/, '');

const saysThat = (one: Fact, field: Fact, noise: Noise): boolean =>
  noise.constant({ ...one, place: field.place }) === noise.constant(field);

/** Aspects that have many parts, each of which may be kept or forgotten by itself. */
const PARTS: ReadonlySet<Aspect> = new Set<Aspect>(['list', 'handler', 'header', 'body']);

/** The step at which a run was over: behind it nothing can come, and that nothing came says no more than the end does. */
function endOf({ facts }: Observation): number {
  const end = facts.find(({ aspect, value }) => aspect === 'end' || (aspect === 'code' && value === CLOSING));
  return end?.step ?? Number.POSITIVE_INFINITY;
}

/** Where the fresh run fell silent; what the used run shows from there on has nothing to be compared with. */
function silenceOf({ facts }: Observation): number {
  const silence = facts.find(({ aspect, value }) => aspect === 'end' && value === 'silence');
  return silence?.step ?? Number.POSITIVE_INFINITY;
}

/**
 * Where a reset tore off a run, if the server ended the other one unasked as well: a server that closes while more is on
 * its way to it sends a reset, sooner or later, and how much of its last words is read until then is chance.
 */
function tornAt({ resetAt }: Observation, other: Observation): number {
  const isUnasked = ({ aspect, value, verb }: Fact): boolean =>
    aspect === 'end' && value === 'closed' && verb !== 'quit' && verb !== 'fence';
  return resetAt !== undefined && other.facts.some(isUnasked) ? resetAt : Number.POSITIVE_INFINITY;
}

/** The service closes the channel (RFC 5321, section 3.8). */
const CLOSING = '421';

const isBehindEnd = (fact: Fact | undefined, step: number, end: number): boolean =>
  step > end && (fact === undefined || fact.aspect === 'end');

/** The calls of hooks, as `verb nth`. */
const callsIn = ({ facts }: Observation): ReadonlySet<string> =>
  new Set(
    facts.flatMap(({ aspect, verb, place }) => (aspect === 'handler' ? [`${verb} ${callOf(place)}`] : [])),
  );

const callOf = (place: string): string => place.replace(/\..*$/s, '');

/** That a hook was called; which follows from the answer to its command where that is another one. */
const isCall = ({ aspect, place }: Difference): boolean => aspect === 'handler' && place === callOf(place);

/** What a hook was given says nothing where the other run did not call it; that it was called is told once. */
const lacksCall = (part: Difference, calls: ReadonlySet<string>): boolean =>
  part.aspect === 'handler' && !isCall(part) && !calls.has(`${part.verb} ${callOf(part.place)}`);

/** Another answer to the command altogether: what else differs at that step follows from it. */
const isOutcome = (difference: Difference | undefined): boolean =>
  difference !== undefined && difference.aspect !== 'text' && difference.aspect !== 'enhanced';

/** An earlier reply outweighs a later one; within a reply the weightier aspect counts. */
function weight({ aspect, place }: Difference): number {
  const reply = Number.parseInt(place, 10);
  return (Number.isNaN(reply) ? 0 : reply) * ASPECTS.length + ASPECTS.indexOf(aspect);
}

function differ(used: Fact | undefined, fresh: Fact | undefined, noise: Noise): Difference | undefined {
  const fact = used ?? fresh;
  if (fact === undefined) return undefined;
  if ((used === undefined || fresh === undefined) && noise.isOptional(fact)) return undefined;
  const left = used === undefined ? NOTHING : noise.constant(used);
  const right = fresh === undefined ? NOTHING : noise.constant(fresh);
  if (left === undefined || right === undefined || left === right) return undefined;
  const { step, verb, aspect, place } = fact;
  // A reply that only one run got is a matter of their number.
  const lone = (used === undefined || fresh === undefined) && aspect === 'code';
  return { step, verb, aspect: lone ? 'count' : aspect, place, used: left, fresh: right };
}

/**
 * The first two numbers that differ in a reply's text, in what an extension is listed with (RFC 9422 lists limits), or in
 * what an application's hook is given, if numbers are all that differs: counts, perhaps. What is counted may stand in the
 * plural.
 */
export function countsIn({ aspect, used, fresh }: Difference): readonly [number, number] | undefined {
  if (aspect !== 'handler' && aspect !== 'text' && aspect !== 'list') return undefined;
  const [some, others] = [used.split(NUMBER), fresh.split(NUMBER)];
  if (some.length !== others.length) return undefined;
  const isWords = (at: number): boolean => at % 2 === 0;
  if (some.some((part, at) => isWords(at) && singular(part) !== singular(others[at] ?? ''))) return undefined;
  const at = some.findIndex((part, index) => !isWords(index) && part !== others[index]);
  return at < 0 ? undefined : [Number(some[at]), Number(others[at])];
}

/**
 * A text with the numbers that both runs have alike as they have them: a reply that tells how many bytes came may also tell how
 * many replies went, and where that one differs what is counted is another thing.
 */
export function besidesAlike(text: string, { used, fresh }: Pick<Difference, 'used' | 'fresh'>): string {
  const [parts, some, others] = [text.split(NUMBER), used.split(NUMBER), fresh.split(NUMBER)];
  if (parts.length !== some.length || some.length !== others.length) return text;
  return parts.map((part, at) => (at % 2 === 1 && some[at] === others[at] ? some[at] : part)).join('');
}

/** Whether a reply's text has a number that the other's has not: a count, perhaps, that is told as soon as there is one. */
export const isCountFromOne = ({ aspect, used, fresh }: Difference): boolean =>
  aspect === 'text' && used.split(NUMBER).length > fresh.split(NUMBER).length;

/** Digits that are no part of a word, an address or a time: what is split by it has a number at each odd place. */
const NUMBER = /(?<![\w.]|\d[:-])(-?\d{1,9})(?!\w|[.:-]\d)/;

/** Without the letter that tells many from one. */
const singular = (text: string): string => text.replace(/(?<=\w)s\b/g, '');

/** Two differences with the same signature are taken for the same effect; steps may have other numbers. */
export const signature = (difference: Difference): string => `${difference.verb} ${effect(difference)}`;

/** Aspects whose values are few, and none of which varies by itself. */
const TOLD_WHOLE: ReadonlySet<Aspect> = new Set<Aspect>(['code', 'end', 'count', 'enhanced']);

/** What its signature says of a difference, whichever command it shows at. */
export function effect({ aspect, place, used, fresh }: Omit<Difference, 'verb' | 'step'>): string {
  if (TOLD_WHOLE.has(aspect)) return `${aspect} ${used}/${fresh}`;
  if (aspect === 'list') return `list ${place} ${numbersAlike(used)}/${numbersAlike(fresh)}`;
  const where = place.replace(/^\d+(?:\.|$)/, '');
  if (aspect === 'handler') return `handler ${where} ${numbersAlike(used)}/${numbersAlike(fresh)}`;
  return `${aspect} ${where} ${differingWords(lettersAlike(used), lettersAlike(fresh))}`;
}

/**
 * The words in which two texts differ. What they share (a cipher, a version, today's date) and what is noise in one of
 * them is not the effect, and would keep it from being known again tomorrow.
 */
function differingWords(used: string, fresh: string): string {
  const [some, others] = [used.split(' '), fresh.split(' ')];
  if (some.length !== others.length) return `${some.length > others.length ? 'more' : 'less'} is said`;
  return (
    some
      .map((word, index) => [word, others[index] ?? ''] as const)
      .filter(([word, other]) => word !== other && word !== '*' && other !== '*')
      // Ids, dates and times differ by themselves, and nobody may have learned that yet.
      .filter(([word, other]) => !/\d/.test(word) || !/\d/.test(other))
      .map(([word, other]) => `${word}/${other}`)
      .join(' ')
  );
}

/** Symbolic names differ from scenario to scenario and say nothing. */
export const lettersAlike = (text: string): string => text.replace(/<[a-z]>/g, '<>');

/** A counter is the same counter whatever it has come to. */
const numbersAlike = (text: string): string => lettersAlike(text).replace(/\d+/g, '#');
