/**
 * What has to be known of a target before the search: whether it can be used at all, which baseline it allows, what
 * it offers. Also the known-good session, played first and last.
 */

import type { TargetFacts } from './claim.ts';
import { declinedForms, neededForm } from './declined.ts';
import { newNonce } from './nonce.ts';
import { run } from './run.ts';
import { untilAdmitted } from './runner.ts';
import {
  BARE,
  type Baseline,
  type HandshakeForm,
  type Scenario,
  type SoundHandshake,
  type Step,
} from './scenario.ts';
import { isOutOfOrder } from './smtp/reply.ts';
import { type Mechanism, SAYING_PASSWORD } from './smtp/sasl.ts';
import type { Speech } from './spell.ts';
import { RUN_LIMITS, type RunLimits, type Stage } from './stage.ts';
import { type RunningTarget, TargetError } from './targets/target.ts';
import { isTurnedAway, repliesTo, type Transcript } from './transcript.ts';

export interface Probed {
  readonly stage: Stage;
  readonly speech: Omit<Speech, 'nonce'>;
  readonly facts: TargetFacts;
  /** The emptiest `before` that the target takes STARTTLS behind; undefined if it takes none. */
  readonly baseline: Baseline | undefined;
  /** Why it takes none, though it offers STARTTLS. */
  readonly obstacle?: string;
  readonly greeting: string;
  /** Milliseconds from the connection to the greeting, the least of what was seen. */
  readonly greetingDelay: number;
  /** Keywords of the EHLO list in TLS. */
  readonly offeredInTls: readonly string[];
  /** What AUTH is worth trying with: a password at all events, a digest where it is offered. */
  readonly mechanisms: readonly Mechanism[];
  /** What it completes no handshake with. */
  readonly declined: readonly HandshakeForm[];
}

export function stageOf(target: RunningTarget, limits: RunLimits = RUN_LIMITS): Stage {
  const { driver, protocol, mailbox } = target;
  return {
    driver,
    limits,
    protocol,
    neutral: [greet],
    ...(mailbox === undefined ? {} : { mailbox }),
  };
}

export function speechOf(target: RunningTarget): Omit<Speech, 'nonce'> {
  return {
    user: target.login?.user ?? 'tester',
    password: target.login?.password ?? 'secret',
    recipient: target.recipient ?? 'postmaster@localhost',
    ...(target.helo === undefined ? {} : { helo: target.helo }),
    ...(target.protocol === 'lmtp' ? { protocol: target.protocol } : {}),
  };
}

const greet: Step = { kind: 'ehlo', name: 'n' };
/** An AUTH that gives nothing away: it is asked for more at most, and ends there. */
const asking: Step = { kind: 'auth', mechanism: 'PLAIN', answer: 'cancelled', user: 'm' };

export async function probe(target: RunningTarget, limits?: RunLimits): Promise<Probed> {
  const stage = stageOf(target, limits);
  const speech = speechOf(target);
  const play = (scenario: Scenario): Promise<Transcript> => admitted(stage, scenario, speech);
  const inPlaintext = (...steps: readonly Step[]): Promise<Transcript> => play(farewell(...steps));
  const greeted = await admitted(stage, farewell(greet), speech, isBusy);
  const greeting = usable(greeted, target.address);
  /** Whether it is the greeting that is missing: a server that wants TLS first may say the same behind it. */
  const isRefusedUngreeted = async (step: Step): Promise<boolean> => {
    const [alone] = repliesTo(await inPlaintext(step), 'before', 0);
    if (!isOutOfOrder(alone)) return false;
    const [behind] = repliesTo(await inPlaintext(greet, step), 'before', 1);
    return behind !== undefined && !isOutOfOrder(behind);
  };
  const candidates: readonly (readonly [Baseline, readonly Step[]])[] = [
    ['starttls-first', []],
    ['neutral-ehlo', [greet]],
  ];
  const offered = keywords(greeted, 'before', 0);
  const refusedUngreeted: TargetFacts['refusedUngreeted'][number][] = [];
  if (await isRefusedUngreeted({ kind: 'mail', from: 'm' })) refusedUngreeted.push('mail');
  if (offered.includes('AUTH') && (await isRefusedUngreeted(asking))) refusedUngreeted.push('auth');
  const facts: TargetFacts = { refusedUngreeted, offered, loginKnown: target.login !== undefined };
  const whyUnserved = async (transcript: Transcript, before: readonly Step[]): Promise<string> => {
    const hasTried = transcript.entries.some(({ kind }) => kind === 'handshake');
    const isTaken = async (handshake: SoundHandshake): Promise<boolean> =>
      isServed(await play({ before, upgrade: { handshake }, after: [greet] }));
    const needed = hasTried ? await neededForm(isTaken) : undefined;
    return needed === undefined
      ? whyNot(transcript)
      : `nobody is served in TLS without ${needed}, which most runs here do not have`;
  };
  let obstacle = '';
  for (const [baseline, before] of candidates) {
    const transcript = await play({ before, upgrade: BARE, after: [greet] });
    if (isServed(transcript)) {
      const offeredInTls = keywords(transcript, 'after', 0);
      const mechanisms = spoken([...list(greeted, 'before', 0), ...list(transcript, 'after', 0)]);
      const seen = [greeted, transcript];
      const patient = { ...stage, limits: patience(stage.limits, seen) };
      const greetingDelay = Math.min(...seen.map(greetedAfter));
      const declined = await declinedForms(async handshake =>
        isServed(await admitted(patient, { before, upgrade: { handshake }, after: [greet] }, speech)),
      );
      return {
        stage: patient,
        speech,
        baseline,
        greeting,
        greetingDelay,
        offeredInTls,
        mechanisms,
        declined,
        facts,
      };
    }
    obstacle = `STARTTLS is offered, but ${await whyUnserved(transcript, before)}`;
  }
  return {
    stage,
    speech,
    baseline: undefined,
    ...(offered.includes('STARTTLS') ? { obstacle } : {}),
    greeting,
    greetingDelay: greetedAfter(greeted),
    offeredInTls: [],
    mechanisms: [],
    declined: [],
    facts,
  };
}

/** Whether TLS came about, and EHLO was answered in it. */
const isServed = (transcript: Transcript): boolean =>
  transcript.upgrade === 'secure' && repliesTo(transcript, 'after', 0).length > 0;

/** For the user: nothing is known of the target. */
export const unknownInTime = ({ address }: RunningTarget, signal?: AbortSignal): TargetError =>
  new TargetError(
    signal?.aborted === true
      ? `${address}: it was interrupted before the target was known`
      : `${address}: time was up before the target was known: give it more time`,
    3,
  );

/** For the user: TLS does not come about there. */
export const withoutTls = ({ address }: RunningTarget, probed: Probed): TargetError =>
  new TargetError(`${address}: ${whyUntested(probed)}, so nothing can outlive it`, 3);

/** Silence needs a wait that is long beside what the target takes to answer, and at least this, in milliseconds. */
const SHORTEST_WAIT = 2_000;
const LONG_BESIDE = 40;
/** The first handshake takes longer than any later one. */
const LONG_BESIDE_FIRST = 20;

/** No longer a wait for a reply, or for a handshake, than it takes to tell silence from this target's slowness. */
function patience(limits: RunLimits, transcripts: readonly Transcript[]): RunLimits {
  const slowest = (kind: 'received' | 'handshake'): number =>
    Math.max(...transcripts.map(transcript => longestWait(transcript, kind)));
  const reply = Math.min(limits.reply, Math.max(SHORTEST_WAIT, LONG_BESIDE * slowest('received')));
  const greeting = Math.max(...transcripts.map(greetedAfter));
  return {
    ...limits,
    reply,
    greeting: Math.min(limits.greeting, reply + 2 * greeting),
    thrownAway: Math.min(
      limits.thrownAway,
      Math.max(limits.reaction, LONG_BESIDE_FIRST * slowest('handshake')),
    ),
  };
}

/** Milliseconds from the connection to what was heard first. */
const greetedAfter = ({ entries }: Transcript): number => entries[0]?.at ?? 0;

/** Milliseconds from a command, or TLS, to the reply, or from the 220 to TLS: the longest of a run. */
function longestWait({ entries }: Transcript, awaited: 'received' | 'handshake'): number {
  let since: number | undefined;
  let longest = 0;
  for (const { kind, at } of entries) {
    if (kind === awaited && since !== undefined) longest = Math.max(longest, at - since);
    if (kind !== 'received' || awaited === 'handshake') since = at;
  }
  return longest;
}

/** Steps in plaintext, and no more. */
const farewell = (...steps: readonly Step[]): Scenario => ({
  before: [...steps, { kind: 'quit' }],
  upgrade: BARE,
  after: [],
});

/** Milliseconds before further connections to a server that takes no more at the moment: it may take so many a second. */
const BUSY_WAITS = [50, 250, 500, 1_000] as const;

/** The run on a connection that is taken, after a while if need be. */
function admitted(
  stage: Stage,
  scenario: Scenario,
  speech: Probed['speech'],
  isRefused?: (transcript: Transcript) => boolean,
): Promise<Transcript> {
  const play = (): Promise<Transcript> => run(stage, scenario, { ...speech, nonce: newNonce() });
  return untilAdmitted(stage.driver, play, BUSY_WAITS, isRefused);
}

/** Whether the greeting asks to come again later. Of a server that has never taken a connection, nothing else does. */
function isBusy(transcript: Transcript): boolean {
  const [greeting] = repliesTo(transcript, 'greeting', 0);
  return greeting?.kind === 'reply' && greeting.code >= 400 && greeting.code < 500;
}

/** What came in place of TLS, or of a session in it. */
function whyNot(transcript: Transcript): string {
  const { entries, upgrade } = transcript;
  if (isTurnedAway(transcript)) {
    const [greeting] = repliesTo(transcript, 'greeting', 0);
    const words = greeting?.kind === 'reply' ? ` (${greeting.code})` : '';
    return `so soon behind others no connection is taken any more${words}: does the server limit how many there may be?`;
  }
  if (upgrade === 'secure')
    return entries.some(({ kind }) => kind === 'ended')
      ? 'the connection ends at EHLO in TLS'
      : 'EHLO is not answered in TLS';
  const [answer] = entries.flatMap(entry =>
    entry.kind === 'received' && entry.part === 'upgrade' ? [entry.reply] : [],
  );
  const [handshake] = entries.flatMap(entry => (entry.kind === 'handshake' ? [entry.result] : []));
  if (handshake?.kind === 'failed') return `the TLS handshake fails (${handshake.reason})`;
  if (handshake?.kind === 'silence') return 'the TLS handshake is not answered';
  return answer?.kind === 'reply' ? `it is answered ${answer.code}` : 'it is not answered';
}

/** The text of the greeting; a target that gives none cannot be tested. */
function usable(transcript: Transcript, address: string): string {
  if (transcript.upgrade === 'unreachable')
    throw down(`${address}: nothing answers there; is the server running, and is the port right?`);
  const [greeting] = repliesTo(transcript, 'greeting', 0);
  if (greeting === undefined)
    throw down(`${address}: no greeting came; is that an SMTP port (not one with implicit TLS)?`);
  if (greeting.kind === 'malformed') throw down(`${address}: what answers there is not SMTP`);
  if (greeting.code !== 220)
    throw down(`${address}: the server greets with ${greeting.code} instead of 220 and takes no session`);
  const [hello] = repliesTo(transcript, 'before', 0);
  if (hello === undefined) throw down(`${address}: the server greets, but does not answer EHLO`);
  if (hello.kind === 'malformed') throw down(`${address}: the answer to EHLO is not SMTP`);
  return greeting.lines.join(' ');
}

/** Why nothing can be seen to outlive STARTTLS where no baseline is known. */
export const whyUntested = ({ obstacle = 'STARTTLS is not offered' }: Pick<Probed, 'obstacle'>): string =>
  obstacle;

/** What is wrong lies with the target, not with the command line. */
const down = (message: string): TargetError => new TargetError(message, 3);

/** The extension list, a line each, in upper case. */
function list(transcript: Transcript, part: 'before' | 'after', step: number): readonly string[] {
  const [reply] = repliesTo(transcript, part, step);
  return reply?.kind === 'reply' && reply.code === 250
    ? reply.lines.slice(1).map(line => line.toUpperCase())
    : [];
}

const keywords = (...of: Parameters<typeof list>): readonly string[] =>
  list(...of).map(line => line.split(/[ =]/, 1)[0] ?? '');

function spoken(lines: readonly string[]): readonly Mechanism[] {
  const offered = new Set(lines.filter(line => /^AUTH\b/.test(line)).flatMap(line => line.split(/[ =]+/)));
  return [...SAYING_PASSWORD, ...(offered.has('CRAM-MD5') ? (['CRAM-MD5'] as const) : [])];
}

/** Whether the target serves a plain, correct session in TLS. */
export async function servesKnownGood(probed: Probed): Promise<boolean> {
  const scenario: Scenario = { before: [greet], upgrade: BARE, after: [greet, { kind: 'noop' }] };
  for (let attempt = 0; attempt < 3; attempt++) {
    const transcript = await admitted(probed.stage, scenario, probed.speech);
    const [answer] = repliesTo(transcript, 'after', 0);
    if (transcript.upgrade === 'secure' && answer?.kind === 'reply' && answer.code === 250) return true;
  }
  return false;
}
