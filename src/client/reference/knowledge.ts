/**
 * What the client of ours knows of a server, and what of it each variant keeps in TLS. Pure; a sound client keeps nothing.
 */

import type { Reply } from '../../smtp/reply.ts';
import { RARE_KEYWORDS } from '../offer.ts';
import type { Knowledge, Trait } from './behaviour.ts';

export interface Known {
  /** Keywords of the list, and their parameters. */
  readonly offers: ReadonlyMap<string, string>;
  /** The greeting, of which the first word is a name, and the answer to STARTTLS. */
  readonly greeting: string;
  readonly ready: string;
  /** Its own, as the answer to EHLO told it. */
  readonly address: string;
  /** Its own, with which EHLO was taken. */
  readonly name: string;
  /** EHLO was refused. */
  readonly refused: boolean;
  /** There was a list, and no AUTH in it. */
  readonly loginless: boolean;
}

export const NOTHING: Known = {
  offers: new Map(),
  greeting: '',
  ready: '',
  address: '',
  name: '',
  refused: false,
  loginless: false,
};

/** A code, and the blank or hyphen behind it. */
const CODE_ALONE = 4;
/** Octets of an answer that a small buffer holds. */
const ROOM = 150;

/** Variants that have the list from before at hand in TLS. */
const OLD_LISTS: ReadonlySet<Trait> = new Set([
  'uses-old-list',
  'prefers-old-list',
  'falls-back-on-old-list',
  'both-lists',
]);

/** What it is called, and what else it may be called by a server that does not take that. */
export const ME = 'me.client.example';
const OTHER = 'other.client.example';

/** The names with which it says EHLO, one after the other until one is taken. */
export function namesOf(
  { address, name }: Known,
  keeps: Knowledge | undefined,
  trait: Trait | undefined,
): readonly string[] {
  if (keeps === 'address') return [address || ME];
  if (keeps === 'name') return name === '' ? [ME, OTHER] : [name];
  return trait === 'tries-names' ? [ME, OTHER] : [ME];
}

/** What an answer to EHLO tells, beside what is known already. */
export function heard(
  { lines: [first = '', ...list] }: Reply,
  known: Known,
): Pick<Known, 'offers' | 'loginless' | 'address'> {
  const listed = list.map(line => {
    const [keyword = '', ...rest] = line.split(' ');
    return [keyword.toUpperCase(), rest.join(' ')] as const;
  });
  const offers = new Map([...known.offers, ...listed]);
  return { offers, loginless: !offers.has('AUTH'), address: /\[.*\]$/.exec(first)?.[0] ?? '' };
}

/** What is known in TLS before anything is said there. */
export function retained(old: Known, keeps: Knowledge | undefined, trait: Trait | undefined): Known {
  const hasAll = trait !== undefined && OLD_LISTS.has(trait);
  return {
    offers: new Map([...old.offers].filter(([keyword]) => hasAll || isKept(keyword, old, keeps))),
    greeting: keeps === 'greeting' ? old.greeting : '',
    ready: keeps === 'ready' ? old.ready : '',
    address: keeps === 'address' ? old.address : '',
    name: keeps === 'name' ? old.name : '',
    refused: (keeps === 'refusal' && old.refused) || (keeps === 'welcome' && !/ESMTP/.test(old.greeting)),
    loginless: keeps === 'absence' && old.loginless,
  };
}

function isKept(keyword: string, { offers }: Known, keeps: Knowledge | undefined): boolean {
  if (keeps === 'unknown') return isUnknown(keyword);
  if (keeps === 'beside') return keyword === 'DSN' && offers.has('SIZE') && !offers.has('PIPELINING');
  return keyword === keeps;
}

/**
 * The bytes that are read in TLS as if they had come there first, or behind the first reply: `unread` are those that came with the
 * answer to STARTTLS.
 */
export const carriedOver = (
  unread: string,
  known: Known,
  keeps: Knowledge | undefined,
): readonly [first: string, behind: string] =>
  keeps === 'answers' ? ['', unread] : [readFirst(unread, known, keeps), ''];

function readFirst(unread: string, { ready }: Known, keeps: Knowledge | undefined): string {
  const lastLine = unread.lastIndexOf('\n') + 1;
  const fragment = unread.slice(lastLine);
  if (keeps === 'meanwhile') return unread;
  if (keeps === 'lines') return unread.slice(0, lastLine);
  if (keeps === 'fragment' || (keeps === 'scrap' && fragment.length <= CODE_ALONE)) return fragment;
  return keeps === 'rest' && ready.length > ROOM ? `${ready.slice(ROOM)}\r\n` : '';
}

/** What both lists offer: of parameters those that are in both, of two sizes the smaller. */
export function common(old: Known['offers'], offers: Known['offers']): Known['offers'] {
  const shared = [...offers].filter(([keyword]) => old.has(keyword));
  return new Map(
    shared.map(([keyword, parameters]) => {
      const before = old.get(keyword) ?? '';
      if (keyword === 'SIZE') return [keyword, String(Math.min(Number(before), Number(parameters)))];
      const words = before.split(' ');
      const both = parameters.split(' ').filter(word => words.includes(word));
      return [keyword, both.join(' ')];
    }),
  );
}

const RARE: ReadonlySet<string> = new Set(RARE_KEYWORDS.map(keyword => keyword.split(' ')[0] ?? ''));

/** Whether it is an extension that nobody knows. */
export const isUnknown = (keyword: string): boolean => keyword.startsWith('X') && !RARE.has(keyword);
