/**
 * Words, outputs, and what tells two states apart, as people read them. Pure. What a server said is cut and made ASCII here.
 */

import { printable } from '../report/printable.ts';
import { type Input, type Mealy, type Output, outputsOf, separating } from './mealy.ts';

/** Characters of a keyword, and of the codes of an output. */
export const MOST = 40;

/** The codes of an output, and apart from them the keywords: in an output to EHLO a list stands behind each 250. */
export function partsOf(input: Input, output: Output) {
  const list = input === 'ehlo' ? /(?<=^| )250 (?!ended)[^ ]*/g : /(?!)/g;
  const keywords = (output.match(list) ?? []).flatMap(found => found.slice(4).split(',')).filter(Boolean);
  const codes = printable(output.replace(list, '250'), MOST);
  return { codes, keywords: keywords.map(keyword => printable(keyword, MOST)) };
}

export const nameOf = (word: readonly Input[]): string => word.join(' ').toUpperCase();
/** As many as there is room for. */
export const some = (keywords: readonly string[], most: number): string =>
  [...keywords.slice(0, most), ...(keywords.length > most ? ['…'] : [])].join(', ');

/** What tells a stray state from that of a fresh connection: `RCPT: 250, not 503`; empty if nothing does. */
export function toldBy(machine: Mealy, state: number, fresh: number): string {
  const word = separating(machine, state, fresh) ?? [];
  const last = (from: number) => partsOf(word.at(-1) ?? '', outputsOf(machine, word, from).at(-1) ?? '');
  const [here, there] = [last(state), last(fresh)];
  const adds = here.keywords.filter(keyword => !there.keywords.includes(keyword));
  const lacks = there.keywords.filter(keyword => !here.keywords.includes(keyword));
  const lists = `${adds.length > 0 ? ` adds ${some(adds, 3)}` : ''}${lacks.length > 0 ? ` lacks ${some(lacks, 3)}` : ''}`;
  const how = here.codes === there.codes ? lists : ` ${here.codes}, not ${there.codes}`;
  return word.length === 0 ? '' : `${nameOf(word)}:${how}`;
}
