/**
 * A complete test suite for a machine: a system with at most so many states more, that answers all its words as the machine
 * does, is equivalent to it (the HSI method: Luo, Petrenko and v. Bochmann 1994, after Chow's W method of 1978). Pure.
 */

import { identifiers, type Mealy, outputsOf, reached, type Word } from './mealy.ts';

/** All words of so many inputs. */
function* wordsOf(inputs: Word, length: number): Generator<Word> {
  if (length === 0) yield [];
  else for (const word of wordsOf(inputs, length - 1)) for (const input of inputs) yield [...word, input];
}

/**
 * The words that find a system with so many states more, beside those of the suites for fewer. `isOver`: behind this output
 * nothing is put out any more, so that nothing can be hidden there.
 */
export function* suite(machine: Mealy, extra: number, isOver: (output: string) => boolean): Generator<Word> {
  const sets = identifiers(machine);
  const goesOn = (word: Word): boolean => !outputsOf(machine, word).some(isOver);
  for (const { access } of machine.states)
    for (const middle of wordsOf(machine.inputs, extra + 1)) {
      const word = [...access, ...middle];
      // The last input may end it; what comes behind an end was a shorter word.
      if (!goesOn(word.slice(0, -1))) continue;
      const told = sets[reached(machine, word)] ?? [];
      if (told.length === 0) yield word;
      for (const rest of told) yield [...word, ...rest];
    }
}
