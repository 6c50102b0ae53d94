/**
 * What of one act may vary by itself, and where that is learned: places of two acts that differ, and what is left of an
 * act without them. Pure. Whether two runs differ is the affair of `compare.ts`.
 */

import type { Act } from './observe.ts';

/** Behind the verb of a command that came before the answer to what stands before it. */
export const EARLY = ' early';

/**
 * Order is never noise, nor which commands there are but for those that change nothing; what a message holds, a name, a
 * nonce or a question may be.
 */
const VARIABLE = /^(?:field |line |ehlo|helo|dialogue|auth|noop|help|vrfy|expn)/;

/**
 * Who draws the name that it greets with gives one to EHLO and to HELO alike. What varies in a login is the affair of its
 * mechanism: which one is chosen is never noise.
 */
export function noisePlace({ place, text }: Act): string {
  if (place === 'helo') return 'ehlo';
  return place === 'auth' ? `auth ${text.split(' ')[1] ?? ''}`.toLowerCase() : place;
}

/** Some say these now and then: whether the connection lives, whom there is, and whatever the last transaction came to. */
const CHANGE_NOTHING: ReadonlySet<string> = new Set(['noop', 'rset', 'help', 'vrfy', 'expn']);

/** Where a line of a body is, one is another; those of a report or a random part are now more, now fewer. */
const isBodyLine = ({ place }: Act): boolean => place.startsWith('line ');

/** Where it varies by itself whether there is an act; nothing where that is never noise. */
export function presence(act: Act): string | undefined {
  if (isBodyLine(act)) return 'how many lines a message has';
  if (act.verb === 'bdat') return 'how many chunks a message has';
  return CHANGE_NOTHING.has(act.verb) ? `whether there is ${act.verb.toUpperCase()}` : undefined;
}

/** Whether it says nothing that it is, or is not, there. */
export function isByChance(act: Act, noise: ReadonlySet<string>): boolean {
  const place = presence(act);
  return place !== undefined && noise.has(place);
}

/** Where it varies whether a command left before the answer to the one before it. */
export const pace = ({ verb }: Act): string => verb + EARLY;

/** Who need not wait may have the answer before or after, by chance. Who may not pipeline has to wait. */
const isFree = (one: Act, other: Act): boolean => one.pipelined === true && other.pipelined === true;

export const paced = (one: Act, other: Act, noise: ReadonlySet<string>): boolean =>
  one.early === other.early || (isFree(one, other) && noise.has(pace(one)));

/** A word of a command that says a value: the sender, an ENVID, the hour that a message is held until. */
const isValue = (word: string): boolean => /^[^\s:=]+[:=]./.test(word);

/** Where the value of a word varies. Which words there are is the client's choice, and never noise. */
const valuePlace = (verb: string, word: string): string => `${verb} ${keyOf(word).toLowerCase()}`;

/** Where the order of the words varies, as that of parameters does in a client that has them in a hash. */
const orderPlace = (verb: string): string => `${verb} order`;

/** A text with the values that vary by themselves left out, and with words in order whose order varies by itself. */
export function withoutNoise({ verb, text }: Act, noise: ReadonlySet<string>): string {
  const words = text
    .split(' ')
    .map(word =>
      isValue(word) && noise.has(valuePlace(verb, word)) ? word.replace(/([:=]).*$/s, '$1*') : word,
    );
  return (noise.has(orderPlace(verb)) ? words.sort() : words).join(' ');
}

/** The first value that the same words give otherwise, by its place. */
function variableValue(
  verb: string,
  words: readonly string[],
  others: readonly string[],
): string | undefined {
  const at = words.findIndex((word, index) => word !== others[index]);
  const [word, otherWord] = [words[at], others[at]];
  if (words.length !== others.length || word === undefined || otherWord === undefined) return undefined;
  const place = valuePlace(verb, word);
  return isValue(word) && isValue(otherWord) && place === valuePlace(verb, otherWord) ? place : undefined;
}

/** Where two texts of the same words differ: in a value, or in the order of the words. */
function variableWord(verb: string, one: string, other: string): string | undefined {
  const [words, others] = [one.split(' '), other.split(' ')];
  const [sorted, othersSorted] = [words.toSorted(), others.toSorted()];
  if (sorted.join(' ') === othersSorted.join(' ')) return orderPlace(verb);
  return variableValue(verb, words, others) ?? variableValue(verb, sorted, othersSorted);
}

/** The place where two acts differ, if what differs there may be noise. */
export function variable(
  used: Act | undefined,
  fresh: Act | undefined,
  noise: ReadonlySet<string>,
): string | undefined {
  if (used === undefined || fresh === undefined || used.place !== fresh.place)
    return [used, fresh].map(act => act && presence(act)).find(place => place !== undefined);
  if (!paced(used, fresh, noise)) return isFree(used, fresh) ? pace(used) : undefined;
  if (!VARIABLE.test(used.place))
    return variableWord(used.verb, withoutNoise(used, noise), withoutNoise(fresh, noise));
  const place = noisePlace(used);
  return used.text !== fresh.text && place === noisePlace(fresh) ? place : undefined;
}

/** What a parameter is called, without what it says. */
export const keyOf = (word: string): string => word.replace(/[=:].*$/s, '').slice(0, 40);
