/**
 * Mealy machines: finite, deterministic, complete; each input in each state has one output and leads to one state. Pure.
 *
 * What inputs and outputs stand for is not known here.
 */

export type Input = string;
export type Output = string;
export type Word = readonly Input[];

export interface Move {
  readonly output: Output;
  /** The index of a state. */
  readonly to: number;
}

export interface State {
  /** A word that leads here from the initial state, and whose beginnings lead to states that they are the access sequences of. */
  readonly access: Word;
  /** One for each input. */
  readonly moves: Readonly<Record<Input, Move>>;
}

/** The first state is the initial one. */
export interface Mealy {
  readonly inputs: Word;
  readonly states: readonly State[];
}

export function moveOf({ states }: Mealy, state: number, input: Input): Move {
  const move = states[state]?.moves[input];
  if (move === undefined) throw new Error(`no move from state ${state} on ${input}`);
  return move;
}

/** Where a word leads to from a state. */
export const reached = (machine: Mealy, word: Word, from = 0): number =>
  word.reduce((state, input) => moveOf(machine, state, input).to, from);

/** What is put out on the way. */
export function outputsOf(machine: Mealy, word: Word, from = 0): readonly Output[] {
  let state = from;
  return word.map(input => {
    const { output, to } = moveOf(machine, state, input);
    state = to;
    return output;
  });
}

/** A shortest word to which the two states put out something else; undefined if there is none: they are equivalent. */
export function separating(machine: Mealy, one: number, other: number): Word | undefined {
  const seen = new Set<string>();
  const waiting: { readonly left: number; readonly right: number; readonly word: Word }[] = [
    { left: one, right: other, word: [] },
  ];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { left, right, word } = next;
    if (left === right || seen.has(`${left} ${right}`)) continue;
    seen.add(`${left} ${right}`);
    for (const input of machine.inputs) {
      const [move, otherMove] = [moveOf(machine, left, input), moveOf(machine, right, input)];
      if (move.output !== otherMove.output) return [...word, input];
      waiting.push({ left: move.to, right: otherMove.to, word: [...word, input] });
    }
  }
  return undefined;
}

/**
 * For each state words that tell it from every other one: of two states the same word stands in both sets. That makes them a
 * harmonised characterisation set (Luo, Petrenko and v. Bochmann 1994).
 */
export function identifiers(machine: Mealy): readonly (readonly Word[])[] {
  const sets = machine.states.map(() => new Map<string, Word>());
  for (const [one, set] of sets.entries())
    for (let other = one + 1; other < sets.length; other++) {
      const word = separating(machine, one, other);
      if (word === undefined) continue;
      set.set(word.join(' '), word);
      sets[other]?.set(word.join(' '), word);
    }
  return sets.map(set => withoutPrefixes([...set.values()]));
}

const isPrefix = (short: Word, long: Word): boolean =>
  short.length < long.length && short.every((input, at) => input === long[at]);

/** What another word begins with is seen on the way. */
const withoutPrefixes = (words: readonly Word[]): readonly Word[] =>
  words.filter(word => !words.some(other => isPrefix(word, other)));
