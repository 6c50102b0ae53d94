/**
 * Driver × scenario → transcript: the only place where steps become I/O.
 *
 * It sends, reads until a reply is complete, and writes down what happened; it judges nothing. Every wait and every
 * count has a limit. A peer cannot make it throw.
 */

import type { Connection, Driver, HandshakeRequest, HandshakeResult, Ticket } from './drivers/driver.ts';
import {
  fullHandshake,
  type Handshake,
  isAmbiguous,
  isClean,
  isPiped,
  type Scenario,
  type SoundHandshake,
  type Step,
} from './scenario.ts';
import { type Malformed, type Reply, ReplyParser } from './smtp/reply.ts';
import {
  CRLF,
  type Exchange,
  exchanges,
  glue,
  messageMark,
  placeOf,
  type Speech,
  upgradeLine,
} from './spell.ts';
import type { Delivery, Entry, Part, Transcript, UpgradeOutcome } from './transcript.ts';

export interface RunLimits {
  /** Milliseconds that the greeting may take: some servers let every client wait for it. */
  readonly greeting: number;
  /** Milliseconds that a reply, or a connection, may take. */
  readonly reply: number;
  /** Milliseconds that a handshake may take. */
  readonly handshake: number;
  /** Milliseconds to wait where silence is a sound answer: behind a handshake that was made to fail. */
  readonly reaction: number;
  /** Milliseconds that the delivery of an accepted message may take. */
  readonly delivery: number;
}

export const RUN_LIMITS: RunLimits = {
  greeting: 10_000,
  reply: 5_000,
  handshake: 5_000,
  reaction: 250,
  delivery: 5_000,
};

/** Where accepted messages can be read again. */
export interface Mailbox {
  /** The message whose text holds `mark`, waiting at most `wait` milliseconds for it. */
  find(mark: string, wait: number): string | undefined | Promise<string | undefined>;
}

/** Everything that a run needs besides the scenario. */
export interface Stage {
  readonly driver: Driver;
  readonly limits: RunLimits;
  /** LMTP answers once for each recipient behind the message (RFC 2033, section 4.2). */
  readonly protocol: 'smtp' | 'lmtp';
  /** What is said before STARTTLS on a connection that only serves to get a TLS ticket. */
  readonly neutral: readonly Step[];
  readonly mailbox?: Mailbox;
}

/** Replies that one run takes at most; a peer that sends more is cut off. */
const MAX_REPLIES = 4_096;

export async function run(stage: Stage, scenario: Scenario, speech: Speech): Promise<Transcript> {
  const { handshake } = scenario.upgrade;
  const resumed = handshake.kind === 'sound' ? handshake.resumed : undefined;
  if (resumed === undefined) return play(stage, scenario, speech, undefined, []);
  const earlier: Scenario = {
    before: stage.neutral,
    upgrade: { handshake: fullHandshake(scenario.upgrade) },
    after: resumed,
  };
  const player = await Player.open(stage, speech);
  if (player === undefined) return unreachable(speech);
  await player.play(earlier, undefined);
  const ticket = player.ticket();
  const entries = player.entries.map((entry): Entry => ({ ...entry, part: 'ticket' }));
  return play(stage, scenario, speech, ticket, entries);
}

async function play(
  stage: Stage,
  scenario: Scenario,
  speech: Speech,
  ticket: Ticket | undefined,
  earlier: readonly Entry[],
): Promise<Transcript> {
  const player = await Player.open(stage, speech);
  if (player === undefined) return unreachable(speech);
  const upgrade = await player.play(scenario, ticket);
  const handlers = player.handlers();
  return {
    nonce: speech.nonce,
    upgrade,
    entries: earlier.length === 0 ? player.entries : [...earlier, ...player.entries],
    handlers,
    deliveries: upgrade === 'secure' ? await deliveries(stage, scenario, speech, player.entries) : [],
    connections: earlier.length === 0 ? 1 : 2,
  };
}

function unreachable(speech: Speech): Transcript {
  return {
    nonce: speech.nonce,
    upgrade: 'unreachable',
    entries: [],
    handlers: [],
    deliveries: [],
    connections: 1,
  };
}

async function deliveries(
  stage: Stage,
  scenario: Scenario,
  speech: Speech,
  entries: readonly Entry[],
): Promise<readonly Delivery[]> {
  if (stage.mailbox === undefined) return [];
  const found: Delivery[] = [];
  for (const [index, step] of scenario.after.entries()) {
    if (!isMessage(step) || !isAccepted(entries, index)) continue;
    const mark = messageMark(speech, step.token, placeOf('after', index));
    found.push({ step: index, text: await stage.mailbox.find(mark, stage.limits.delivery) });
  }
  return found;
}

/** A step that ends a message which can be told from others: an empty one bears no mark. */
const isMessage = (step: Step): step is Extract<Step, { kind: 'data' | 'bdat' }> =>
  (step.kind === 'data' || (step.kind === 'bdat' && step.last === true)) && step.body !== 'empty';

function isAccepted(entries: readonly Entry[], step: number): boolean {
  const last = entries.findLast(
    entry => entry.kind === 'received' && entry.part === 'after' && entry.step === step,
  );
  return last?.kind === 'received' && last.reply.kind === 'reply' && last.reply.code === 250;
}

type Answer = Reply | Malformed | undefined;

/** One connection being played. It holds the socket's reader and the transcript as it grows. */
class Player {
  readonly entries: Entry[] = [];
  readonly #connection: Connection;
  readonly #stage: Stage;
  readonly #speech: Speech;
  readonly #openedAt: number;
  #parser = new ReplyParser();
  #part: Part = 'greeting';
  #step = 0;
  #wait: number;
  #replies = 0;
  #over = false;
  /** Whether the server has said 221. */
  #goodbye = false;
  /** Whether the last reply was 334: an AUTH dialogue is open. */
  #dialogue = false;
  #recipients = 0;
  #plaintextHandlers = 0;
  #hadHandlers = false;

  private constructor(connection: Connection, stage: Stage, speech: Speech) {
    this.#connection = connection;
    this.#stage = stage;
    this.#speech = speech;
    this.#openedAt = stage.driver.now();
    this.#wait = stage.limits.greeting;
  }

  static async open(stage: Stage, speech: Speech): Promise<Player | undefined> {
    const opening = await stage.driver.connect(stage.limits.reply);
    return opening.kind === 'open' ? new Player(opening.connection, stage, speech) : undefined;
  }

  ticket(): Ticket | undefined {
    return this.#connection.ticket();
  }

  handlers(): Transcript['handlers'] {
    return this.#hadHandlers ? (this.#connection.handlerStates?.() ?? []).slice(this.#plaintextHandlers) : [];
  }

  async play(scenario: Scenario, ticket: Ticket | undefined): Promise<UpgradeOutcome> {
    const outcome = await this.#play(scenario, ticket);
    this.#connection.end('fin');
    return outcome;
  }

  async #play(scenario: Scenario, ticket: Ticket | undefined): Promise<UpgradeOutcome> {
    const greeting = await this.#reply();
    if (greeting?.kind !== 'reply' || greeting.code !== 220) return 'lost';
    this.#part = 'before';
    this.#wait = this.#stage.limits.reply;
    await this.#steps(scenario.before);
    if (this.#over) return 'lost';
    const outcome = await this.#upgrade(scenario, ticket);
    if (outcome === 'refused' || outcome === 'lost' || outcome === 'silent') return outcome;
    this.#plaintextHandlers = this.#connection.handlerStates?.().length ?? 0;
    this.#hadHandlers = outcome === 'secure';
    this.#parser = new ReplyParser();
    this.#part = 'after';
    this.#wait = outcome === 'secure' ? this.#stage.limits.reply : this.#stage.limits.reaction;
    await this.#steps(scenario.after);
    if (outcome === 'secure') await this.#fence(scenario.after);
    return outcome;
  }

  /** Plays steps in order, those marked `piped` in one segment with the next. */
  async #steps(steps: readonly Step[]): Promise<void> {
    for (let first = 0; first < steps.length && !this.#over; ) {
      let last = first;
      while (isPiped(steps[last], steps[last + 1])) last++;
      if (last === first) await this.#alone(steps[first] as Step, first);
      else await this.#together(steps.slice(first, last + 1), first);
      first = last + 1;
    }
  }

  async #together(steps: readonly Step[], first: number): Promise<void> {
    steps.forEach((step, index) => {
      this.#step = first + index;
      this.#note({ kind: 'sent', bytes: only(exchanges(step, this.#speech, this.#place())).send });
    });
    this.#connection.send(
      steps.map(step => only(exchanges(step, this.#speech, this.#place())).send).join(''),
    );
    for (const [index, step] of steps.entries()) {
      this.#step = first + index;
      const answer = await this.#reply();
      this.#count(step, answer);
      if (isGoAhead(answer)) this.#over = true;
    }
  }

  async #alone(step: Step, index: number): Promise<void> {
    this.#step = index;
    if (step.kind === 'pause') await pause(this.#stage.driver, step.ms);
    if (step.kind === 'close') {
      this.#connection.end(step.how);
      await this.#drain();
      return;
    }
    let answer: Answer;
    for (const exchange of exchanges(step, this.#speech, this.#place())) {
      if (exchange.on !== undefined && (answer?.kind !== 'reply' || answer.code !== exchange.on)) return;
      this.#send(exchange.send);
      if (step.kind === 'bytes') return this.#toBytes(step.bytes);
      answer = await this.#answer(exchange);
      if (answer === undefined) return;
      if (step.kind !== 'data' && isGoAhead(answer)) this.#over = true;
      // A server that wants a second handshake says nothing more in the first.
      if (step.kind === 'starttls' && isReady(answer)) this.#over = true;
    }
    this.#count(step, answer);
  }

  /**
   * Lines ended by a bare LF may or may not be taken for commands. What is said to them has to be heard before the next
   * step, whose own reply would be mistaken otherwise.
   */
  async #toBytes(bytes: string): Promise<void> {
    for (let lines = bytes.split('\n').length - 1; lines > 0 && !this.#over; lines--) {
      if (!(await this.#arrives(this.#stage.limits.reaction))) return;
      await this.#reply();
    }
  }

  /** The last of the replies that an exchange gets: one, but for a message in LMTP. */
  async #answer(exchange: Exchange): Promise<Answer> {
    const expected = this.#stage.protocol === 'lmtp' && exchange.on === 354 ? this.#recipients : 1;
    let answer = await this.#reply();
    for (let more = 1; more < expected && answer !== undefined; more++) answer = await this.#reply();
    return answer;
  }

  /** Accepted recipients of the open transaction, which LMTP needs. */
  #count(step: Step, answer: Answer): void {
    if (answer?.kind !== 'reply' || answer.code >= 300) return;
    this.#recipients =
      step.kind === 'rcpt' ? this.#recipients + 1 : step.kind === 'noop' ? this.#recipients : 0;
  }

  async #upgrade(scenario: Scenario, ticket: Ticket | undefined): Promise<UpgradeOutcome> {
    const { upgrade } = scenario;
    this.#part = 'upgrade';
    this.#step = 0;
    const request = handshakeRequest(scenario, ticket);
    const hello = upgrade.eager === true ? await this.#connection.clientHello(request) : '';
    this.#send(upgradeLine(upgrade, this.#speech) + hello);
    const answer = await this.#reply();
    if (answer === undefined) return this.#over ? 'lost' : 'silent';
    if (answer.kind === 'malformed' || answer.code !== 220) return 'refused';
    const early = this.#earlyTls();
    if (upgrade.segment !== undefined) {
      await this.#connection.flushed();
      this.#send(glue(upgrade.segment, this.#speech));
      await this.#connection.flushed();
    }
    if (upgrade.handshake.kind === 'failed') return this.#failHandshake(upgrade.handshake.how, request);
    const { limits } = this.#stage;
    const wait =
      upgrade.eager === true || upgrade.segment !== undefined
        ? Math.min(limits.handshake, 4 * limits.reaction)
        : limits.handshake;
    return this.#settled(await this.#connection.handshake(request, early, wait));
  }

  #settled(result: HandshakeResult): UpgradeOutcome {
    this.#stray(this.#connection.stray());
    this.#note({ kind: 'handshake', result });
    if (result.kind === 'completed') return 'secure';
    return result.kind === 'silence' ? 'silent' : 'lost';
  }

  /** Bytes that came with the 220: TLS records if the ClientHello went ahead, stray plaintext otherwise. */
  #earlyTls(): string {
    const rest = this.#parser.rest();
    const record = [...rest].findIndex(byte => byte >= '\x14' && byte <= '\x17');
    this.#stray(record < 0 ? rest : rest.slice(0, record));
    return record < 0 ? '' : rest.slice(record);
  }

  #stray(bytes: string): void {
    if (bytes !== '') this.#note({ kind: 'stray', bytes: bytes.slice(0, 65_536) });
  }

  async #failHandshake(
    how: Extract<Handshake, { kind: 'failed' }>['how'],
    request: HandshakeRequest,
  ): Promise<UpgradeOutcome> {
    this.#wait = this.#stage.limits.reaction;
    if (how === 'fin' || how === 'rst') {
      this.#connection.end(how === 'fin' ? 'fin' : 'reset');
      if (how === 'rst') this.#over = true;
      else await this.#drain();
      return 'failed';
    }
    this.#send(
      how === 'half-hello' ? half(await this.#connection.clientHello(request)) : FAILED_HANDSHAKES[how],
    );
    await this.#reaction();
    return 'failed';
  }

  /** What the peer says, unasked, within the reaction time. TLS records are its right; plaintext is noted. */
  async #reaction(): Promise<void> {
    const received = await this.#connection.receive(this.#stage.limits.reaction);
    if (received.kind === 'ended') this.#ended(received.how);
    if (received.kind === 'bytes' && !isTls(received.bytes)) this.#stray(received.bytes);
  }

  /**
   * Behind the last step: QUIT, whose 221 cannot be mistaken. What comes before it answers nothing we sent. Where no 221
   * follows at once, something has swallowed the QUIT, and a second one is sent.
   */
  async #fence(after: readonly Step[]): Promise<void> {
    if (this.#over || after.at(-1)?.kind === 'close') return;
    this.#part = 'fence';
    this.#step = 0;
    // An open AUTH dialogue would take the QUIT for its answer.
    if (this.#dialogue) {
      this.#send(`*${CRLF}`);
      await this.#reply();
    }
    // A QUIT that was refused, or swallowed, is followed by one that is not.
    if (!this.#goodbye) this.#send(`QUIT${CRLF}`);
    const answer = await this.#reply();
    if (answer === undefined || isGoodbye(answer)) return;
    const { reaction } = this.#stage.limits;
    while (!this.#over && (await this.#arrives(reaction))) if (isGoodbye(await this.#reply())) return;
    this.#send(`QUIT${CRLF}`);
    await this.#drain();
  }

  /** Whether anything arrives within `wait` milliseconds; nothing is noted if it does not. */
  async #arrives(wait: number): Promise<boolean> {
    if (this.#parser.holdsLine) return true;
    const received = await this.#connection.receive(wait);
    if (received.kind === 'bytes') this.#parser.feed(received.bytes);
    if (received.kind === 'ended') this.#ended(received.how);
    return received.kind === 'bytes';
  }

  /** Reads until the peer ends, says 221, falls silent or has said too much. */
  async #drain(): Promise<void> {
    for (;;) {
      const answer = await this.#reply();
      if (answer === undefined || isGoodbye(answer)) return;
    }
  }

  /** Where the step at hand stands, for the marks of messages. */
  #place(): string {
    return placeOf(this.#part, this.#step);
  }

  #send(bytes: string): void {
    this.#note({ kind: 'sent', bytes });
    this.#connection.send(bytes);
  }

  /** The next reply, or undefined if the connection ended or stayed silent, which is noted. */
  async #reply(): Promise<Answer> {
    if (this.#over) return undefined;
    for (;;) {
      const reply = this.#parser.next();
      if (reply !== undefined) return this.#received(reply);
      const received = await this.#connection.receive(this.#wait);
      if (received.kind === 'bytes') {
        this.#parser.feed(received.bytes);
      } else if (received.kind === 'ended') {
        this.#ended(received.how);
        return undefined;
      } else {
        this.#note({ kind: 'silence', waited: this.#wait });
        this.#over = true;
        return undefined;
      }
    }
  }

  #received(reply: Reply | Malformed): Answer {
    this.#note({ kind: 'received', reply });
    this.#goodbye ||= isGoodbye(reply);
    this.#dialogue = reply.kind === 'reply' && reply.code === 334;
    this.#replies++;
    const excess = this.#replies > MAX_REPLIES || (reply.kind === 'malformed' && reply.reason === 'too-long');
    if (excess) {
      this.#over = true;
      this.#connection.end('reset');
    }
    return reply;
  }

  #ended(how: 'fin' | 'reset'): void {
    this.#note({ kind: 'ended', how });
    this.#over = true;
  }

  #note(event: DistributiveOmit<Entry, 'at' | 'part' | 'step'>): void {
    this.entries.push({
      at: this.#stage.driver.now() - this.#openedAt,
      part: this.#part,
      step: this.#step,
      ...event,
    });
  }
}

/** Lets so many milliseconds pass, on the driver's clock. */
export function pause(driver: Driver, milliseconds: number): void | Promise<void> {
  if (driver.pause !== undefined) return driver.pause(milliseconds);
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

const FAILED_HANDSHAKES = {
  garbage: `\x16\x03\x01\x00\x20${'\xaa'.repeat(32)}`,
  plaintext: `NOOP${CRLF}`,
  // handshake_failure, fatal (RFC 8446, section 6)
  alert: '\x15\x03\x01\x00\x02\x02\x28',
} as const;

/** 354 to what was no DATA: from here on nothing is answered, and nothing more can be learned. */
const isGoAhead = (answer: Answer): boolean => answer?.kind === 'reply' && answer.code === 354;

const isReady = (answer: Answer): boolean => answer?.kind === 'reply' && answer.code === 220;
const isGoodbye = (answer: Answer): boolean => answer?.kind === 'reply' && answer.code === 221;

const half = (bytes: string): string => bytes.slice(0, Math.max(1, bytes.length >> 1));
const isTls = (bytes: string): boolean => bytes >= '\x14' && bytes < '\x18';

function only(exchange: readonly Exchange[]): Exchange {
  const [first] = exchange;
  if (first === undefined) throw new Error('a step that can be piped has one exchange');
  return first;
}

function handshakeRequest({ before, upgrade }: Scenario, ticket: Ticket | undefined): HandshakeRequest {
  const { handshake } = upgrade;
  const sound: SoundHandshake = handshake.kind === 'sound' ? handshake : { kind: 'sound', version: '1.3' };
  return {
    version: sound.version,
    sni: sound.sni === true,
    certificate: sound.certificate === true,
    ...(ticket === undefined ? {} : { ticket }),
    ...(isClean(upgrade) && !before.some(isAmbiguous) ? { quiet: true } : {}),
  };
}
