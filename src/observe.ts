/**
 * Transcript → observation: what a client could see behind TLS, with what must vary made equal.
 *
 * An observation is a list of *facts*, each with a place, in the order in which they were seen. Tokens become their
 * letters, sets are sorted, times are dropped. Pure. Nothing else is masked here: text that varies by itself is
 * learned from pairs of fresh runs (`noise.ts`) and never guessed.
 */

import type { Scenario } from './scenario.ts';
import type { Malformed, Reply } from './smtp/reply.ts';
import type { Entry, Transcript } from './transcript.ts';

/** What a fact is about; a difference in an earlier aspect outweighs one in a later. */
export const ASPECTS = [
  'end',
  'count',
  'code',
  'enhanced',
  'list',
  'text',
  'handler',
  'header',
  'body',
] as const;
export type Aspect = (typeof ASPECTS)[number];

export interface Fact {
  /** Index of the step in `after`; the fence is one behind the last. */
  readonly step: number;
  /** The step's kind, or `fence`, or `ticket`. */
  readonly verb: string;
  readonly aspect: Aspect;
  /** Which of several: a reply and a line within it, a header field, a path in a handler's state. */
  readonly place: string;
  readonly value: string;
}

/** What stands in place of a value that a run did not show. */
export const NOTHING = 'nothing';

export interface Observation {
  readonly facts: readonly Fact[];
  /** All facts in one string: equal digests, equal observations. */
  readonly digest: string;
  /** The step at which a reset ended the connection: what the server said last may be lost with it. */
  readonly resetAt?: number;
}

/** What makes a name long: each is told by its token. */
const PADDING = /(?:\.?x)*/y;

/** Tokens of the run, in any case, as `<a>`. */
export function masked(text: string, nonce: string): string {
  if (text.length < nonce.length) return text;
  const lower = text.toLowerCase();
  let at = lower.indexOf(nonce);
  if (at < 0) return text;
  let result = '';
  let from = 0;
  while (at >= 0) {
    // Cut off, a token has no letter.
    const end = Math.min(at + nonce.length + 1, text.length);
    result += `${text.slice(from, at)}<${lower[at + nonce.length] ?? ''}>`;
    PADDING.lastIndex = end;
    PADDING.test(lower);
    from = PADDING.lastIndex;
    at = lower.indexOf(nonce, from);
  }
  return result + text.slice(from);
}

/** What was seen from the first step of `after` on. */
export function observe(transcript: Transcript, scenario: Scenario): Observation {
  const facts: Fact[] = [];
  const counts = new Map<number, number>();
  const verbAt = (step: number): string => scenario.after[step]?.kind ?? 'fence';
  for (const entry of transcript.entries) {
    if (entry.part !== 'after' && entry.part !== 'fence') continue;
    const step = entry.part === 'fence' ? scenario.after.length : entry.step;
    observeEntry(facts, entry, step, verbAt(step), counts, transcript.nonce);
  }
  const reset = transcript.entries.find(entry => entry.kind === 'ended' && entry.how === 'reset');
  observeHandlers(facts, transcript, scenario.after.length + 1);
  for (const { step, text } of transcript.deliveries)
    observeDelivery(facts, step, verbAt(step), text, transcript.nonce);
  return {
    facts,
    digest: facts
      .map(({ step, verb, aspect, place, value }) => `${step} ${verb} ${aspect} ${place} ${value}`)
      .join('\n'),
    ...(reset?.part === 'after' ? { resetAt: reset.step } : {}),
  };
}

function observeEntry(
  facts: Fact[],
  entry: Entry,
  step: number,
  verb: string,
  counts: Map<number, number>,
  nonce: string,
): void {
  if (entry.kind === 'received') {
    const nth = counts.get(step) ?? 0;
    counts.set(step, nth + 1);
    observeReply(facts, entry.reply, step, verb, nth, nonce);
  } else if (entry.kind === 'ended') {
    // Behind QUIT the peer has to close; who closes first, and how, is no fact.
    if (verb !== 'quit' && verb !== 'fence' && verb !== 'close')
      facts.push({ step, verb, aspect: 'end', place: '', value: 'closed' });
    else if ((counts.get(step) ?? 0) === 0 && verb !== 'close')
      facts.push({ step, verb, aspect: 'end', place: '', value: 'closed' });
  } else if (entry.kind === 'silence') {
    if (verb !== 'close') facts.push({ step, verb, aspect: 'end', place: '', value: 'silence' });
  }
}

function observeReply(
  facts: Fact[],
  reply: Reply | Malformed,
  step: number,
  verb: string,
  nth: number,
  nonce: string,
): void {
  if (reply.kind === 'malformed') {
    facts.push({ step, verb, aspect: 'code', place: `${nth}`, value: `no reply (${reply.reason})` });
    facts.push({ step, verb, aspect: 'text', place: `${nth}.0`, value: masked(reply.bytes, nonce) });
    return;
  }
  facts.push({ step, verb, aspect: 'code', place: `${nth}`, value: `${reply.code}` });
  if (reply.enhanced !== undefined)
    facts.push({ step, verb, aspect: 'enhanced', place: `${nth}`, value: reply.enhanced });
  const isList = (verb === 'ehlo' || verb === 'lhlo') && reply.code === 250;
  const text = isList ? reply.lines.slice(0, 1) : reply.lines;
  text.forEach((line, index) => {
    facts.push({
      step,
      verb,
      aspect: 'text',
      place: `${nth}.${reply.code}.${index}`,
      value: masked(line, nonce),
    });
  });
  if (isList)
    for (const extension of listed(reply.lines.slice(1), nonce))
      facts.push({ step, verb, aspect: 'list', ...extension });
}

/** An extension in a list: its keyword, and all that stands in its line. */
interface Listed {
  readonly place: string;
  readonly value: string;
}

/** The list is a set: its order, and what it says twice, is no fact. Two lines may differ in parameters alone. */
export function listed(lines: readonly string[], nonce: string): readonly Listed[] {
  const seen = new Map<string, number>();
  return [...new Set(lines.map(line => masked(sortedKeyword(line), nonce)))].sort().map(value => {
    const keyword = value.split(' ', 1)[0] ?? '';
    const nth = seen.get(keyword) ?? 0;
    seen.set(keyword, nth + 1);
    return { place: nth === 0 ? keyword : `${keyword}.${nth}`, value };
  });
}

/**
 * `AUTH PLAIN LOGIN` with its parameters in order: mechanisms are a set (RFC 4954, section 3). Some say `AUTH=PLAIN LOGIN`;
 * further on, what stands on both sides of `=` belongs together (RFC 9422, section 4).
 */
function sortedKeyword(line: string): string {
  const [keyword = '', ...parameters] = line
    .trim()
    .replace(/^([^ =]+)=/, '$1 ')
    .split(/ +/);
  return [keyword.toUpperCase(), ...parameters.sort()].join(' ');
}

/** The header fields that the server added, in order, and the message as it came. */
function observeDelivery(
  facts: Fact[],
  step: number,
  verb: string,
  text: string | undefined,
  nonce: string,
): void {
  if (text === undefined) {
    facts.push({ step, verb, aspect: 'header', place: 'delivered', value: 'not delivered in time' });
    return;
  }
  const end = text.search(/\r?\n\r?\n/);
  const header = end < 0 ? text : text.slice(0, end);
  const seen = new Map<string, number>();
  for (const field of header.split(/\r?\n(?![ \t])/)) {
    const name = field.slice(0, field.indexOf(':')).toLowerCase();
    const nth = seen.get(name) ?? 0;
    seen.set(name, nth + 1);
    facts.push({
      step,
      verb,
      aspect: 'header',
      place: `${name}.${nth}`,
      // A field with nothing in it has a blank behind its name, which would count for a word.
      value: masked(field.replace(/\s+/g, ' ').trimEnd(), nonce),
    });
  }
  if (end >= 0)
    facts.push({ step, verb, aspect: 'body', place: '', value: masked(text.slice(end).trim(), nonce) });
}

/** That a hook was called, and each leaf of the state it was given; the nth call of one hook is compared with the nth. */
function observeHandlers(facts: Fact[], { handlers, nonce }: Transcript, step: number): void {
  const calls = new Map<string, number>();
  for (const { hook, state } of handlers) {
    const nth = calls.get(hook) ?? 0;
    calls.set(hook, nth + 1);
    facts.push({ step, verb: hook, aspect: 'handler', place: `${nth}`, value: 'called' });
    for (const [path, leaf] of leaves(state))
      facts.push({
        step,
        verb: hook,
        aspect: 'handler',
        place: `${nth}.${path}`,
        value: masked(leaf, nonce),
      });
  }
}

const MAX_DEPTH = 8;

/** The leaves of a plain JSON value, with their paths. */
function leaves(value: unknown, path = '', depth = 0): readonly (readonly [string, string])[] {
  if (typeof value === 'object' && value !== null && depth < MAX_DEPTH) {
    const entries = Object.entries(value);
    if (entries.length > 0)
      return entries.flatMap(([key, inner]) =>
        leaves(inner, path === '' ? key : `${path}.${key}`, depth + 1),
      );
    return [[path, Array.isArray(value) ? '[]' : '{}']];
  }
  return value === undefined
    ? []
    : [[path, typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))]];
}
