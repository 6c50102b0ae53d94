/**
 * Neutral events: what a limit may count, played so that it leaves nothing behind but the count.
 *
 * Servers count in different ways (what was attempted, accepted, refused, any error, any command), so there are
 * several ways for most limits; an event's names are new to the session, and behind it comes what restores the state
 * that it found. Data alone: who plays the events, and what follows from them, is for `transplant.ts` and
 * `measure.ts`.
 */

import { isClean, type Name, type Scenario, type Step, type StepKind } from '../scenario.ts';
import type { Part, Transcript } from '../transcript.ts';
import type { LimitName } from './names.ts';

export interface Way {
  readonly limit: LimitName;
  /** What this way takes for an event, in words that follow a number: `MAIL, accepted`. */
  readonly counts: string;
  /** One event; a name and another one, both said nowhere else. */
  readonly event: (name: Name, other: Name) => readonly Step[];
  /** Whether the session has to be greeted for it. */
  readonly greeted: boolean;
  /** The steps that a server counting in this way may have counted; without it, any step. */
  readonly kinds?: readonly StepKind[];
  /** Only steps that came in one segment with what follows them may have been counted. */
  readonly piped?: true;
  /** So many make a count, where one alone tells of something else. */
  readonly fewest?: number;
}

const mail = (from: Name): Step => ({ kind: 'mail', from });
const rcpt = (to: Name): Step => ({ kind: 'rcpt', to });
const relayed = (to: Name): Step => ({ kind: 'rcpt', to, foreign: true });
const line = (text: string): Step => ({ kind: 'line', text });
const RSET: Step = { kind: 'rset' };

const anywhere = (limit: LimitName, counts: string, event: Way['event']): Way => ({
  limit,
  counts,
  event,
  greeted: false,
});
const greeted = (limit: LimitName, counts: string, kinds: readonly StepKind[], event: Way['event']): Way => ({
  limit,
  counts,
  event,
  greeted: true,
  kinds,
});

const login = (
  counts: string,
  mechanism: 'PLAIN' | 'LOGIN',
  rest: Pick<Extract<Step, { kind: 'auth' }>, 'answer' | 'initial'>,
): Way => greeted('failed-logins', counts, ['auth'], user => [{ kind: 'auth', mechanism, user, ...rest }]);

/** Bytes of one event of `bytes`, its line end included. */
export const BYTES = 32;

/** So many bytes of a line that changes nothing, its end included; fewer than the shortest has there are not. */
const noopOf = (bytes: number): Step =>
  line('NOOP '.padEnd(bytes - '\r\n'.length, 'x').slice(0, bytes - '\r\n'.length));
export const SHORTEST = 'NOOP\r\n'.length;

/** What so many bytes are called where they are no whole number of events. */
export const SINGLE_BYTES = 'the bytes of NOOP';

/** As many bytes as so many events and some more have, in as many lines as the events are. */
export const bytesBeyond = (events: number, more: number): readonly Step[] =>
  Array.from({ length: events }, (_, at) => noopOf(at < events - 1 ? BYTES : BYTES + more));

/** Some servers count no line ends, or arguments alone: it takes more events to bring them as far. */
const COUNTED_LESS = 1.5;

/** Of several ways that explain the same, the first names the limit: it counts the most general events. */
export const WAYS: readonly Way[] = [
  anywhere('commands', 'NOOP', () => [{ kind: 'noop' }]),
  anywhere('commands', 'RSET', () => [RSET]),
  anywhere('commands', 'VRFY', argument => [{ kind: 'vrfy', argument }]),
  anywhere('commands', 'HELP', () => [{ kind: 'help' }]),
  anywhere('errors', 'syntax errors', () => [line('MAIL')]),
  anywhere('errors', 'commands out of order', () => [{ kind: 'data', body: 'empty', token: 'm' }]),
  anywhere('errors', 'EXPN', argument => [{ kind: 'expn', argument }]),
  // An offence where PIPELINING is not offered.
  { ...anywhere('errors', 'NOOP, with more behind it', () => [{ kind: 'noop', piped: true }]), piped: true },
  anywhere('errors', 'STARTTLS in TLS', () => [{ kind: 'starttls' }]),
  anywhere('unknown', 'unrecognised commands', () => [line('XAFRESH')]),
  anywhere('unknown', 'empty lines', () => [line('')]),
  anywhere('bytes', `${BYTES} bytes`, () => [noopOf(BYTES)]),
  // They greet, so that they are neutral only behind a greeting.
  { ...anywhere('commands', 'EHLO', name => [{ kind: 'ehlo', name }]), greeted: true },
  // HELO alone would leave a session of another kind behind.
  {
    ...anywhere('commands', 'HELO', (name, other) => [
      { kind: 'helo', name },
      { kind: 'ehlo', name: other },
    ]),
    greeted: true,
  },
  greeted('transactions', 'MAIL, accepted', ['mail'], from => [mail(from), RSET]),
  // One that RSET would end, and EHLO does not, is a transaction that is open still.
  {
    ...greeted('transactions', 'MAIL, ended by EHLO', ['mail'], (from, name) => [
      mail(from),
      { kind: 'ehlo', name },
    ]),
    fewest: 2,
  },
  greeted('transactions', 'MAIL, twice in a transaction', ['mail'], (from, other) => [
    mail(from),
    mail(other),
    RSET,
  ]),
  greeted('recipients', 'RCPT, accepted', ['rcpt'], (from, to) => [mail(from), rcpt(to), RSET]),
  greeted('recipients', 'RCPT, refused', ['rcpt'], (from, to) => [mail(from), relayed(to), RSET]),
  greeted('recipients', 'RCPT, out of order', ['rcpt'], to => [rcpt(to)]),
  login('failed AUTH PLAIN', 'PLAIN', { answer: 'wrong', initial: true }),
  login('failed AUTH PLAIN, asked for', 'PLAIN', { answer: 'wrong' }),
  login('failed AUTH LOGIN', 'LOGIN', { answer: 'wrong' }),
  login('cancelled AUTH', 'LOGIN', { answer: 'cancelled' }),
  greeted('messages', 'messages', ['data', 'bdat'], (from, to) => [
    mail(from),
    rcpt(to),
    { kind: 'data', body: 'plain', token: 'm' },
  ]),
  { ...anywhere('time', 'pauses', () => [{ kind: 'pause', ms: 50 }]), kinds: ['pause'] },
];

type Mail = Extract<Step, { kind: 'mail' }>;

const isMail = (step: Step): step is Mail => step.kind === 'mail';

/** MAIL with the parameters of another, which may be a bounce. */
const like = ({ piped: _, ...said }: Mail, from: Name): Mail => ({
  ...said,
  from: said.from === null ? null : from,
  ...(said.envid === undefined ? {} : { envid: from }),
  ...(said.auth === undefined ? {} : { auth: from }),
});

const isLike = (one: Mail, other: Mail): boolean =>
  JSON.stringify(like(one, 'a')) === JSON.stringify(like(other, 'a'));

/**
 * The ways with the last special MAIL of the plaintext in their events: some limits count bounces alone, or what a parameter
 * says. One of those, and none of its like in what follows in TLS up to where it shows, tells what was said and is no count.
 */
export function likeThose(before: readonly Step[], following: readonly Step[]): readonly Way[] {
  const special = before.filter(isMail).findLast(step => !isLike(step, { kind: 'mail', from: 'a' }));
  if (special === undefined) return [];
  const again = following.filter(step => isMail(step) && isLike(step, special)).length;
  return WAYS.filter(({ event }) => event('a', 'b').some(isMail)).map(way => ({
    ...way,
    counts: `${way.counts}, as it was said before STARTTLS`,
    event: (name, other) =>
      way.event(name, other).map(step => (isMail(step) ? like(special, step.from ?? name) : step)),
    fewest: Math.max(way.fewest ?? 1, 2 - again),
  }));
}

/**
 * Events of that kind in what was said before STARTTLS, at most. What travelled with it may have been counted as it was read,
 * by its bytes or its lines, and thrown away; as what else was counted it would have been taken for commands.
 */
export function eventsBefore(
  { limit, kinds, piped }: Way,
  { before, upgrade }: Scenario,
  transcript: Transcript,
): number {
  const said = sentIn('before', transcript);
  const thrownAway = isClean(upgrade) ? '' : sentIn('upgrade', transcript).join('');
  if (limit === 'bytes')
    return Math.ceil((COUNTED_LESS * (said.join('').length + thrownAway.length)) / BYTES);
  if (piped === true) return before.filter(step => 'piped' in step).length;
  if (kinds !== undefined) return before.filter(step => kinds.includes(countedAs(step))).length;
  // A dialogue is one step and several lines; bytes may be several lines at once.
  return said.length + (limit === 'commands' ? (thrownAway.match(/\n/g)?.length ?? 0) : 0);
}

/** An odd line may be taken for the command that it begins with, and be counted as one. */
function countedAs(step: Step): StepKind {
  if (step.kind !== 'line') return step.kind;
  const verb = /^\s*([a-z]+)/i.exec(step.text)?.[1]?.toLowerCase();
  return COUNTED.find(kind => kind === verb) ?? (verb === 'soml' ? 'mail' : step.kind);
}
const COUNTED = ['mail', 'rcpt', 'data', 'bdat', 'auth'] as const;

const sentIn = (part: Part, { entries }: Transcript): readonly string[] =>
  entries.flatMap(entry => (entry.part === part && entry.kind === 'sent' ? [entry.bytes] : []));

/** The lead of a transplant: `count` events behind a greeting, where that is needed, with names of their own. */
export function events(way: Way, count: number, scenario: Scenario): readonly Step[] {
  const names = unsaid(scenario);
  const name = (index: number): Name => names[index % names.length] as Name;
  const greeting: Step[] = way.greeted ? [{ kind: 'ehlo', name: name(0) }] : [];
  return [
    ...greeting,
    ...Array.from({ length: count }, (_, index) => way.event(name(index + 1), name(index + 2))).flat(),
  ];
}

/** The names that a scenario leaves free, without `m`, which marks the messages of events. */
function unsaid(scenario: Scenario): readonly Name[] {
  const said = new Set(JSON.stringify(scenario).match(/"[a-z]"/g));
  const free = [...'abcdefghijklnopqrstuvwxyz'].filter(letter => !said.has(`"${letter}"`));
  return free.length > 2 ? free : ['x', 'y', 'z'];
}

/** The steps with the names that the last of their kind among those of a scenario says, whichever verb greets. */
export const sayingAgain = (steps: readonly Step[], said: readonly Step[]): readonly Step[] =>
  steps.map(step => {
    const like = said.findLast(other => other.kind === step.kind || (isGreeting(other) && isGreeting(step)));
    return like === undefined ? step : namedLike(step, like);
  });

type Greeting = Extract<Step, { kind: 'helo' | 'ehlo' | 'lhlo' }>;

const isGreeting = (step: Step): step is Greeting =>
  step.kind === 'helo' || step.kind === 'ehlo' || step.kind === 'lhlo';

/** What makes another name of the same one. */
const spellingOf = ({ long, literal }: Greeting): Pick<Greeting, 'long' | 'literal'> => ({
  ...(long === undefined ? {} : { long }),
  ...(literal === undefined ? {} : { literal }),
});
const addressOf = ({ local, long, quoted }: Mail): Pick<Mail, 'local' | 'long' | 'quoted'> => ({
  ...(local === undefined ? {} : { local }),
  ...(long === undefined ? {} : { long }),
  ...(quoted === undefined ? {} : { quoted }),
});

/** The steps with recipients of the domain that the last one of a scenario has. */
export const sayingAlike = (steps: readonly Step[], said: readonly Step[]): readonly Step[] => {
  const like = said.findLast(({ kind }) => kind === 'rcpt');
  if (like?.kind !== 'rcpt' || like.foreign !== true) return steps;
  return steps.map(step => (step.kind === 'rcpt' ? { ...step, foreign: true as const } : step));
};

function namedLike(step: Step, like: Step): Step {
  switch (step.kind) {
    case 'helo':
    case 'ehlo':
    case 'lhlo':
      return isGreeting(like) ? { kind: step.kind, name: like.name, ...spellingOf(like) } : step;
    case 'mail':
      return like.kind === step.kind ? { ...step, from: like.from, ...addressOf(like) } : step;
    case 'rcpt':
      return like.kind === step.kind ? { ...step, to: like.to } : step;
    case 'auth':
      return like.kind === step.kind ? { ...step, user: like.user } : step;
    default:
      return step;
  }
}
