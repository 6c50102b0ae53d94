/** What somebody who mistyped a word may have meant. */

import { distance } from 'fastest-levenshtein';

/** ` Did you mean x?` with a leading blank, or nothing where no known word is near. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = known
    .map(candidate => ({ candidate, far: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, far }) => far <= Math.max(1, Math.round(candidate.length / 3)))
    .sort((one, other) => one.far - other.far);
  return near[0] === undefined ? '' : ` Did you mean ${near[0].candidate}?`;
}
