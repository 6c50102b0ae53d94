/** What somebody who mistyped a word may have meant. */

import { distance } from 'fastest-levenshtein';

/** ` Did you mean x?` with a leading blank, or nothing where no known word is near. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = known
    .map(candidate => ({ candidate, far: between(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, far }) => far <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((one, other) => one.far - other.far);
  return near[0] === undefined ? '' : ` Did you mean ${near[0].candidate}?`;
}

/** Letters that were typed too many, too few, or wrong; those of a word in another order are one slip. */
const between = (word: string, meant: string): number =>
  word !== meant && letters(word) === letters(meant) ? 1 : distance(word, meant);

const letters = (word: string): string => [...word].sort().join('');
