/**
 * What varies by itself: words of a text that differ between fresh runs of the same scenario.
 *
 * Learned from pairs of fresh observations, and only for text: the words inside a reply, a header or a handler's
 * state, and whether such a text is there at all; of a list, the parameters of an extension. Codes, enhanced codes,
 * which extensions are listed, the presence and the number of replies are never noise; where they vary between fresh
 * runs the scenario is unstable, and `unstable` remembers where. All that was learned stands in the report.
 */

import { type Fact, NOTHING, type Observation } from './observe.ts';

export interface Noise {
  /** Takes in two fresh observations of one scenario. */
  learn(one: Observation, other: Observation): void;
  /** The value of a fact with its varying words struck out; undefined where nothing constant is left. */
  constant(fact: Fact): string | undefined;
  /** Whether a text like this was missing from a fresh run: that it is missing says nothing then, what it says does. */
  isOptional(fact: Fact): boolean;
  /** Whether fresh runs disagreed about this kind of fact, though it is no text, and one of them showed this value. */
  isUnstable(fact: Fact): boolean;
  /** What was learned, for the report. */
  learned(): readonly string[];
}

/** Where noise is looked for: the same line of the reply to the same command, the same path in any call of a hook. */
const key = ({ verb, aspect, place }: Fact): string =>
  `${verb} ${aspect} ${aspect === 'handler' ? place.replace(/^\d+\./, '') : place}`;

const isText = ({ aspect }: Fact): boolean =>
  aspect === 'text' || aspect === 'header' || aspect === 'handler' || aspect === 'body';

/** A text, or an extension with its parameters; both runs that are compared list it under the same keyword. */
const hasWords = (fact: Fact): boolean => isText(fact) || fact.aspect === 'list';

/** Words that vary, by position; `all` where even their number does. */
type Varying = Set<number> | 'all';

export function newNoise(): Noise {
  const varying = new Map<string, Varying>();
  const optional = new Set<string>();
  const unstable = new Set<string>();
  return {
    learn(one, other) {
      if (one.digest === other.digest) return;
      const both = pairs(one, other);
      const parting = partingOf(both);
      for (const [left, right] of both) {
        const fact = left ?? right;
        if (fact === undefined || left?.value === right?.value) continue;
        // Behind another answer they are two sessions, and say different things for that reason.
        if (fact.step > parting && isText(fact)) continue;
        if (left !== undefined && right !== undefined && hasWords(fact))
          varying.set(key(fact), merged(varying.get(key(fact)), left.value, right.value));
        else if (isText(fact)) optional.add(key(fact));
        else for (const one of [left, right]) unstable.add(`${key(fact)} ${one?.value ?? NOTHING}`);
      }
    },
    constant(fact) {
      const positions = hasWords(fact) ? varying.get(key(fact)) : undefined;
      if (positions === undefined) return fact.value;
      // That an extension is listed says something even where all it says varies.
      if (positions === 'all') return isText(fact) ? undefined : `${words(fact.value)[0]} *`;
      return words(fact.value)
        .map((word, index) => (positions.has(index) ? '*' : word))
        .join(' ');
    },
    isOptional: fact => optional.has(key(fact)),
    isUnstable: fact => unstable.has(`${key(fact)} ${fact.value}`),
    learned: () => [
      ...[...varying].map(
        ([where, positions]) =>
          `${where}: ${positions === 'all' ? 'the whole text' : `word ${[...positions].map(at => at + 1).join(', ')}`}`,
      ),
      ...[...optional].map(where => `${where}: not always there`),
      ...[...unstable].map(where => `unstable: ${where}`),
    ],
  };
}

/** The step from which on two runs were answered differently. */
const partingOf = (both: ReturnType<typeof pairs>): number =>
  Math.min(
    ...both.flatMap(([left, right]) => {
      const fact = left ?? right;
      const isAnswer = fact?.aspect === 'code' || fact?.aspect === 'end';
      return isAnswer && left?.value !== right?.value ? [fact.step] : [];
    }),
  );

const words = (text: string): string[] => text.split(' ');

function merged(known: Varying | undefined, left: string, right: string): Varying {
  const leftWords = words(left);
  const rightWords = words(right);
  if (known === 'all' || leftWords.length !== rightWords.length) return 'all';
  const differing = leftWords.flatMap((word, index) => (word === rightWords[index] ? [] : [index]));
  return new Set([...(known ?? []), ...differing]);
}

/** The facts of two observations side by side, by step, aspect and place. */
export function pairs(
  one: Observation,
  other: Observation,
): readonly (readonly [Fact | undefined, Fact | undefined])[] {
  const place = ({ step, verb, aspect, place }: Fact): string => `${step} ${verb} ${aspect} ${place}`;
  const right = new Map(other.facts.map(fact => [place(fact), fact]));
  const result: [Fact | undefined, Fact | undefined][] = one.facts.map(fact => {
    const partner = right.get(place(fact));
    right.delete(place(fact));
    return [fact, partner];
  });
  return [...result, ...[...right.values()].map((fact): [undefined, Fact] => [undefined, fact])];
}
