/**
 * Used observation × fresh observation → the first thing that a client did otherwise in TLS. Pure.
 *
 * What follows the first difference is mostly its consequence. A client that gives up where something surprising came
 * before TLS does less, and that is sound: `lenient` says that giving up is no difference.
 */

import { type Act, type ClientObservation, isGreeting } from './observe.ts';
import { type Effect, signatureOf } from './signature.ts';

export interface ClientDifference {
  /** Which act of the session it is. */
  readonly step: number;
  readonly used: string;
  readonly fresh: string;
  /**
   * What is otherwise, one by one: of two parameters too many each is an effect of its own. Two differences that
   * share a signature share that effect.
   */
  readonly signatures: readonly string[];
  /** Where noise would be learned, if this is where two fresh runs differ. */
  readonly place?: string;
}

/** What varies between fresh runs, by place. */
export interface ClientNoise {
  /** Learns from two fresh runs of one script. What they do in another order is no noise, and is returned. */
  learn(one: ClientObservation, other: ClientObservation): ClientDifference | undefined;
  /** Learns from two runs of one script, used ones too, who comes early by chance; stops where they differ otherwise. */
  learnPace(one: ClientObservation, other: ClientObservation): void;
  readonly places: ReadonlySet<string>;
  /** Those that nobody expected. */
  readonly learned: readonly string[];
}

/** Two runs may fall into the same second; that a date varies need not be learned. */
const EXPECTED: ReadonlySet<string> = new Set(['field date', 'field message-id']);

const EARLY = ' early';

/** The exit codes of a client may vary by themselves; that it does not end is never noise. */
const EXIT = 'exit code';

export function newClientNoise(): ClientNoise {
  const places = new Set(EXPECTED);
  return {
    places,
    get learned() {
      return [...places].filter(place => !EXPECTED.has(place));
    },
    learn(one, other) {
      for (;;) {
        const difference = compareClients(one, other, places, false);
        if (difference?.place === undefined) return difference;
        places.add(difference.place);
      }
    },
    learnPace(one, other) {
      for (;;) {
        const place = compareClients(one, other, places, false)?.place;
        if (place?.endsWith(EARLY) !== true) return;
        places.add(place);
      }
    },
  };
}

/**
 * Order is never noise, nor which commands there are but for those that ask for nothing; what a message holds, a name or a
 * nonce may be.
 */
const VARIABLE = /^(?:field |line |ehlo|helo|dialogue|auth)/;

/**
 * Who draws the name that it greets with gives one to EHLO and to HELO alike. What varies in a login is the affair of its
 * mechanism: which one is chosen is never noise.
 */
function noisePlace({ place, text }: Act): string {
  if (place === 'helo') return 'ehlo';
  return place === 'auth' ? `auth ${text.split(' ')[1] ?? ''}`.toLowerCase() : place;
}

/** Some say these now and then, to see whether the connection lives, or whatever the last transaction came to. */
const asksNothing = ({ verb }: Act): boolean => verb === 'noop' || verb === 'rset';

/** Where it varies whether a command is said at all. */
const presence = ({ verb }: Act): string => `whether there is ${verb.toUpperCase()}`;

/** Where it varies whether a command left before the answer to the one before it. */
const pace = ({ verb }: Act): string => verb + EARLY;

/** Who need not wait may have the answer before or after, by chance. Who may not pipeline has to wait. */
const isFree = (one: Act, other: Act): boolean => one.pipelined === true && other.pipelined === true;

const paced = (one: Act, other: Act, noise: ReadonlySet<string>): boolean =>
  one.early === other.early || (isFree(one, other) && noise.has(pace(one)));

/** A word of a command that says a value: the sender, an ENVID, the hour that a message is held until. */
const isValue = (word: string): boolean => /^[^\s:=]+[:=]./.test(word);

/** Where the value of a word varies. Which words there are is the client's choice, and never noise. */
const valuePlace = (verb: string, word: string): string => `${verb} ${keyOf(word).toLowerCase()}`;

/** Where the order of the words varies, as that of parameters does in a client that has them in a hash. */
const orderPlace = (verb: string): string => `${verb} order`;

/** A text with the values that vary by themselves left out, and with words in order whose order varies by itself. */
function withoutNoise({ verb, text }: Act, noise: ReadonlySet<string>): string {
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
function variable(
  used: Act | undefined,
  fresh: Act | undefined,
  noise: ReadonlySet<string>,
): string | undefined {
  const idle = [used, fresh].find(act => act !== undefined && asksNothing(act));
  if (idle !== undefined && used?.verb !== fresh?.verb) return presence(idle);
  if (used === undefined || fresh === undefined) return undefined;
  if (used.place !== fresh.place) return undefined;
  if (!paced(used, fresh, noise)) return isFree(used, fresh) ? pace(used) : undefined;
  if (!VARIABLE.test(used.place))
    return variableWord(used.verb, withoutNoise(used, noise), withoutNoise(fresh, noise));
  const place = noisePlace(used);
  return used.text !== fresh.text && place === noisePlace(fresh) ? place : undefined;
}

/**
 * The first difference of any session; each session of a used run is held against one of the fresh run. Where a client
 * sends several messages, and the list in plaintext keeps it from one, the sessions of the others come sooner. A session
 * that another one in the same place is like excuses no second one: who tries again does not try the same again.
 */
export function compareClients(
  used: ClientObservation,
  fresh: ClientObservation,
  noise: ReadonlySet<string>,
  lenient: boolean,
): ClientDifference | undefined {
  if (used.digest === fresh.digest) return undefined;
  const isAlike = (one: readonly Act[], other: readonly Act[]): boolean =>
    differ(one, other, noise, false) === undefined;
  const elsewhere = fresh.sessions.filter((other, at) => !isAlike(used.sessions[at] ?? [], other));
  for (const [index, session] of used.sessions.entries()) {
    const other = fresh.sessions[index];
    const result = differ(session, other ?? fresh.sessions.at(-1) ?? [], noise, lenient);
    if (result === undefined || result === 'gave up') continue;
    const others = other === undefined ? fresh.sessions : elsewhere;
    if (!others.some(one => isAlike(session, one))) return result;
  }
  if (lenient || used.exit === fresh.exit) return undefined;
  // What it left undone in plaintext shows in its exit, and there the list of plaintext is to be gone by.
  if (used.plaintextOnly > fresh.plaintextOnly) return undefined;
  if (used.exit === undefined || fresh.exit === undefined) return undefined;
  const mayVary = used.exit !== 'late' && fresh.exit !== 'late';
  if (mayVary && noise.has(EXIT)) return undefined;
  const signature = signatureOf({ kind: 'instead', used: used.exit, fresh: fresh.exit });
  return {
    step: -1,
    used: used.exit,
    fresh: fresh.exit,
    signatures: [signature],
    ...(mayVary ? { place: EXIT } : {}),
  };
}

/** Whether QUIT still comes where the server ends the connection is a race, and knowledge of nothing. */
const parting = ({ verb }: Act): boolean => verb === 'quit';

function differ(
  usedActs: readonly Act[],
  freshActs: readonly Act[],
  noise: ReadonlySet<string>,
  lenient: boolean,
): ClientDifference | 'gave up' | undefined {
  const counts = (act: Act): boolean => !parting(act) && !(asksNothing(act) && noise.has(presence(act)));
  const [used, fresh] = [usedActs.filter(counts), freshActs.filter(counts)];
  for (let step = 0; step < Math.max(used.length, fresh.length); step++) {
    const [left, right] = [used[step], fresh[step]];
    if (left !== undefined && right !== undefined && alike(left, right, noise)) continue;
    if (lenient && givesUp(used.slice(step))) return 'gave up';
    const place = variable(left, right, noise);
    return {
      step: (left ?? right)?.step ?? 0,
      used: described(left),
      fresh: described(right),
      signatures: [...new Set(effectsOf(left, right, noise).map(signatureOf))],
      ...(place === undefined ? {} : { place }),
    };
  }
  return undefined;
}

const alike = (one: Act, other: Act, noise: ReadonlySet<string>): boolean =>
  one.place === other.place &&
  paced(one, other, noise) &&
  (one.text === other.text ||
    (noise.has(noisePlace(one)) && noisePlace(one) === noisePlace(other)) ||
    withoutNoise(one, noise) === withoutNoise(other, noise));

const givesUp = (rest: readonly Act[]): boolean => rest.every(({ verb }) => verb === 'rset');

const described = (act: Act | undefined): string =>
  act === undefined
    ? 'nothing more'
    : `${readable(act.text)}${act.early ? ' (before the answer to what stands before it)' : ''}`;

/** Bytes, one a character, as the letters that they are in UTF-8, if they are. */
function readable(bytes: string): string {
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  return text.includes('\uFFFD') ? bytes : text;
}

function effectsOf(
  used: Act | undefined,
  fresh: Act | undefined,
  noise: ReadonlySet<string>,
): readonly Effect[] {
  const name = (act: Act | undefined): string =>
    act === undefined ? 'nothing' : act.verb === 'message' ? act.place : act.verb.toUpperCase();
  // Who skips the greeting says next whatever it has to say.
  if (used?.step === 0 && fresh?.step === 0 && isGreeting(fresh) && !isGreeting(used))
    return [{ kind: 'no greeting' }];
  if (used === undefined || fresh === undefined || used.place !== fresh.place)
    return [{ kind: 'instead', used: name(used), fresh: name(fresh) }];
  const verb = name(used);
  if (used.text === fresh.text) return [{ kind: used.early ? 'early' : 'late', verb }];
  const [words, others] = [used, fresh].map(act => withoutNoise(act, noise).split(/\s+/)) as [
    string[],
    string[],
  ];
  const more = words.filter(word => !others.includes(word));
  const less = others.filter(word => !words.includes(word));
  if (more.length + less.length === 0) return [{ kind: 'other', text: verb }];
  return [
    ...more.map(word => ({ kind: 'more', verb, word: keyOf(word) }) as const),
    ...less.map(word => ({ kind: 'less', verb, word: keyOf(word) }) as const),
  ];
}

/** What a parameter is called, without what it says. */
const keyOf = (word: string): string => word.replace(/[=:].*$/s, '').slice(0, 40);
