/**
 * Used observation × fresh observation → the first thing that a client did otherwise in TLS. Pure.
 *
 * What follows the first difference is mostly its consequence. A client that gives up where something surprising came
 * before TLS does less, and that is sound: `lenient` says that giving up is no difference.
 */

import { type Act, type ClientObservation, isGreeting } from './observe.ts';
import { type Effect, signatureOf } from './signature.ts';
import { EARLY, isByChance, keyOf, noisePlace, pace, paced, variable, withoutNoise } from './variable.ts';

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
  const isShort = used.sessions.length < fresh.sessions.length;
  let gaveUp = lenient && isShort;
  for (const [index, session] of used.sessions.entries()) {
    const other = fresh.sessions[index];
    const result = differ(session, other ?? fresh.sessions.at(-1) ?? [], noise, lenient);
    if (result === 'gave up') gaveUp = true;
    if (result === undefined || result === 'gave up') continue;
    const others = other === undefined ? fresh.sessions : elsewhere;
    if (!others.some(one => isAlike(session, one))) return result;
  }
  // What it left undone in plaintext shows in its end, and there the list of plaintext is to be gone by.
  if (gaveUp || used.plaintextOnly > fresh.plaintextOnly) return undefined;
  // Who tries as often as there is time for tries the same again; and in a session in which nothing is said nothing is missing.
  const known = [...used.sessions, []];
  const missing = isShort ? fresh.sessions.find(other => !known.some(one => isAlike(one, other))) : undefined;
  return missing === undefined ? otherEnd(used, fresh, noise, lenient) : leftOut(missing);
}

/** A session that only the fresh run has. What is missing is said on other connections, so that no line alone tells of it. */
const leftOut = (session: readonly Act[]): ClientDifference => ({
  step: 0,
  used: described(undefined),
  fresh: `${described(session[0])}, and more, on another connection`,
  signatures: [signatureOf({ kind: 'other', text: 'leaves out a connection' })],
});

const endOf = (exit: string): string =>
  exit === 'late' ? 'no end' : `nothing more, and ends with exit code ${exit.replace(/\D+/, '')}`;

/** A client that gives up says so. */
const CONTENT = 'exit 0';

/** How it ends otherwise, having done the same: `lenient` where only to be content is a difference. */
function otherEnd(
  used: ClientObservation,
  fresh: ClientObservation,
  noise: ReadonlySet<string>,
  lenient: boolean,
): ClientDifference | undefined {
  if (used.exit === undefined || fresh.exit === undefined || used.exit === fresh.exit) return undefined;
  if (lenient && used.exit !== CONTENT) return undefined;
  const mayVary = used.exit !== 'late' && fresh.exit !== 'late';
  if (mayVary && noise.has(EXIT)) return undefined;
  return {
    step: -1,
    used: endOf(used.exit),
    fresh: endOf(fresh.exit),
    signatures: [signatureOf({ kind: 'instead', used: used.exit, fresh: fresh.exit })],
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
  const counts = (act: Act): boolean => !parting(act) && !isByChance(act, noise);
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
  return hastier(usedActs, freshActs, noise);
}

/** Who takes its leave before the last answer has taken something else for it; for some it is a matter of chance. */
function hastier(
  used: readonly Act[],
  fresh: readonly Act[],
  noise: ReadonlySet<string>,
): ClientDifference | undefined {
  const [quit, other] = [used.find(parting), fresh.find(parting)];
  if (quit === undefined || other === undefined || quit.early === other.early) return undefined;
  if (noise.has(pace(quit))) return undefined;
  return {
    step: quit.step,
    used: described(quit),
    fresh: described(other),
    signatures: [signatureOf({ kind: quit.early ? 'early' : 'late', verb: 'QUIT' })],
    place: pace(quit),
  };
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
