/**
 * One scenario on one connection: each step in the bytes that it takes, segmented and paced as it says, and the upgrade in
 * its form. What is said and heard is written down by `conversation.ts`; nothing is judged.
 */

import { type Answer, Conversation, isGoodbye } from './conversation.ts';
import {
  APART,
  type Connection,
  type HandshakeRequest,
  type HandshakeResult,
  handshakeRequest,
  pause,
  sendApart,
  type Ticket,
} from './drivers/driver.ts';
import { type Handshake, isPiped, isStarttlsPiped, type Scenario, type Step } from './scenario.ts';
import {
  CRLF,
  digestLine,
  type Exchange,
  exchanges,
  failedHandshake,
  glue,
  placeOf,
  type Speech,
  upgradeLine,
  upgradeSegments,
} from './spell.ts';
import type { Stage } from './stage.ts';
import type { Entry, Transcript, UpgradeOutcome } from './transcript.ts';

/** What ends a transaction where it is accepted, or begins another one. */
const endsTransaction = (step: Step): boolean =>
  step.kind === 'bdat' ? step.last === true : /^(?:helo|ehlo|lhlo|mail|data|rset)$/.test(step.kind);

/** One connection on which a scenario is played. */
export class Player {
  readonly #connection: Connection;
  readonly #talk: Conversation;
  readonly #stage: Stage;
  readonly #speech: Speech;
  #recipients = 0;
  #plaintextHandlers = 0;
  #hadHandlers = false;

  private constructor(connection: Connection, stage: Stage, speech: Speech) {
    this.#connection = connection;
    this.#talk = new Conversation(connection, () => stage.driver.now(), stage.limits.greeting);
    this.#stage = stage;
    this.#speech = speech;
  }

  static async open(stage: Stage, speech: Speech): Promise<Player | undefined> {
    const opening = await stage.driver.connect(stage.limits.reply);
    return opening.kind === 'open' ? new Player(opening.connection, stage, speech) : undefined;
  }

  get entries(): readonly Entry[] {
    return this.#talk.entries;
  }

  ticket(): Ticket | undefined {
    return this.#connection.ticket();
  }

  handlers(): Transcript['handlers'] {
    return this.#hadHandlers ? (this.#connection.handlerStates?.() ?? []).slice(this.#plaintextHandlers) : [];
  }

  async play(scenario: Scenario, ticket: Ticket | undefined): Promise<UpgradeOutcome> {
    const outcome = await this.#play(scenario, ticket);
    this.#talk.end('fin');
    return outcome;
  }

  async #play(scenario: Scenario, ticket: Ticket | undefined): Promise<UpgradeOutcome> {
    const greeting = await this.#talk.reply();
    if (greeting?.kind !== 'reply' || greeting.code !== 220) return 'lost';
    this.#talk.part = 'before';
    this.#talk.wait = this.#stage.limits.reply;
    const piped = isStarttlsPiped(scenario) ? upgradeLine(scenario.upgrade, this.#speech) : '';
    const early = await this.#steps(scenario.before, piped);
    if (this.#talk.isOver) return 'lost';
    this.#talk.part = 'upgrade';
    this.#talk.step = 0;
    const outcome = await this.#upgrade(
      scenario,
      ticket,
      piped === '' ? undefined : (early ?? this.#talk.reply()),
    );
    if (outcome === 'refused' || outcome === 'lost' || outcome === 'silent') return outcome;
    this.#plaintextHandlers = this.#connection.handlerStates?.().length ?? 0;
    this.#hadHandlers = outcome === 'secure';
    this.#talk.part = 'after';
    this.#talk.wait = outcome === 'secure' ? this.#stage.limits.reply : this.#stage.limits.reaction;
    await this.#steps(scenario.after);
    if (outcome === 'secure') await this.#fence(scenario.after);
    return outcome;
  }

  /** Plays steps in order, those marked `piped` in one segment with the next, and the last ones with `starttls`. */
  async #steps(steps: readonly Step[], starttls = ''): Promise<Answer> {
    for (let first = 0; first < steps.length && !this.#talk.isOver; ) {
      let last = first;
      while (isPiped(steps[last], steps[last + 1])) last++;
      const behind = last === steps.length - 1 ? starttls : '';
      if (behind !== '') return this.#together(steps.slice(first), first, behind);
      if (last === first) await this.#alone(steps[first] as Step, first);
      else await this.#together(steps.slice(first, last + 1), first);
      first = last + 1;
    }
    return undefined;
  }

  /** Several steps in one segment. If STARTTLS is in it, its 220 may come before the other replies; it is returned then. */
  async #together(steps: readonly Step[], first: number, starttls = ''): Promise<Answer> {
    const sent = steps.map((step, index) => {
      this.#talk.step = first + index;
      const send = onlySend(exchanges(step, this.#speech, this.#place()));
      this.#talk.sent(send);
      return send;
    });
    if (starttls !== '') this.#talk.sent(starttls);
    this.#connection.send(sent.join('') + starttls);
    for (const [index, step] of steps.entries()) {
      this.#talk.step = first + index;
      const answer = await this.#talk.reply();
      if (starttls !== '' && isReady(answer)) return answer;
      this.#count(step, answer);
      if (isGoAhead(answer)) this.#talk.giveUp();
    }
    return undefined;
  }

  async #alone(step: Step, index: number): Promise<void> {
    this.#talk.step = index;
    if (step.kind === 'pause') {
      this.#talk.paused(step.ms);
      await pause(this.#stage.driver, step.ms);
    }
    if (step.kind === 'close') return this.#talk.close(step.how);
    let answer: Answer;
    for (const exchange of exchanges(step, this.#speech, this.#place())) {
      if (exchange.on !== undefined && (answer?.kind !== 'reply' || answer.code !== exchange.on)) return;
      this.#talk.send('send' in exchange ? exchange.send : digestLine(exchange.digest, challenge(answer)));
      if (step.kind === 'bytes') return this.#toBytes(step.bytes);
      answer = await this.#answer(step, exchange);
      if (answer === undefined) return;
      if (step.kind !== 'data' && isGoAhead(answer)) this.#talk.giveUp();
      // A server that wants a second handshake says nothing more in the first.
      if (step.kind === 'starttls' && isReady(answer)) this.#talk.giveUp();
    }
    this.#count(step, answer);
  }

  /**
   * Lines ended by a bare LF may or may not be taken for commands. What is said to them has to be heard before the next
   * step, whose own reply would be mistaken otherwise.
   */
  async #toBytes(bytes: string): Promise<void> {
    for (let lines = bytes.split('\n').length - 1; lines > 0 && !this.#talk.isOver; lines--) {
      if (!(await this.#talk.arrives(this.#stage.limits.reaction))) return;
      await this.#talk.reply();
    }
  }

  /** The last of the replies that an exchange gets: one, but for a message in LMTP. */
  async #answer(step: Step, exchange: Exchange): Promise<Answer> {
    const isMessage = exchange.on === 354 || (step.kind === 'bdat' && step.last === true);
    const expected = this.#stage.protocol === 'lmtp' && isMessage ? this.#recipients : 1;
    let answer = await this.#talk.reply();
    for (let more = 1; more < expected && answer !== undefined; more++) answer = await this.#talk.reply();
    return answer;
  }

  /** Accepted recipients of the open transaction, which LMTP needs. */
  #count(step: Step, answer: Answer): void {
    if (answer?.kind !== 'reply' || answer.code >= 300) return;
    if (step.kind === 'rcpt') this.#recipients++;
    else if (endsTransaction(step)) this.#recipients = 0;
  }

  /** `ready` is the answer to a STARTTLS that is on its way already. */
  async #upgrade(
    scenario: Scenario,
    ticket: Ticket | undefined,
    ready: Promise<Answer> | Answer,
  ): Promise<UpgradeOutcome> {
    const { upgrade } = scenario;
    this.#recipients = 0;
    const request = handshakeRequest(scenario, ticket);
    const hello = upgrade.eager === true ? await this.#connection.clientHello(request) : '';
    const parts = ready === undefined ? upgradeSegments(upgrade, this.#speech, hello) : [];
    await sendApart(this.#stage.driver, this.#connection, parts, part => this.#talk.send(part));
    const answer = await (ready ?? this.#talk.reply());
    if (answer === undefined) return 'lost';
    if (answer.kind === 'malformed' || answer.code !== 220) return 'refused';
    const early = this.#talk.earlyTls();
    if (upgrade.segment !== undefined) {
      await this.#connection.flushed();
      this.#talk.send(glue(upgrade.segment, this.#speech));
      await this.#connection.flushed();
    }
    if (upgrade.handshake.kind === 'failed')
      return this.#failHandshake(upgrade.handshake.how, request, early);
    const { limits } = this.#stage;
    const mayBeThrownAway = upgrade.eager === true || upgrade.segment !== undefined;
    const wait = mayBeThrownAway ? limits.thrownAway : limits.handshake;
    return this.#settled(await this.#connection.handshake(request, early, wait));
  }

  #settled(result: HandshakeResult): UpgradeOutcome {
    this.#talk.handshaken(result);
    if (result.kind === 'completed') return 'secure';
    return result.kind === 'silence' ? 'silent' : 'lost';
  }

  async #failHandshake(
    how: Extract<Handshake, { kind: 'failed' }>['how'],
    request: HandshakeRequest,
    early: string,
  ): Promise<UpgradeOutcome> {
    this.#talk.wait = this.#stage.limits.reaction;
    if (how === 'fin' || how === 'rst') {
      this.#talk.end(how === 'fin' ? 'fin' : 'reset');
      if (how === 'rst') this.#talk.giveUp();
      else await this.#talk.drain();
      return 'failed';
    }
    if (how === 'close-notify') return this.#leaveTls(request, early);
    const hello = how === 'half-hello' ? await this.#connection.clientHello(request) : '';
    this.#talk.send(failedHandshake(how, hello));
    await this.#talk.reaction(this.#stage.limits.reaction);
    return 'failed';
  }

  /** TLS comes about, and is over at once; the connection goes on. */
  async #leaveTls(request: HandshakeRequest, early: string): Promise<UpgradeOutcome> {
    const { handshake, reaction } = this.#stage.limits;
    const outcome = this.#settled(await this.#connection.handshake(request, early, handshake));
    if (outcome !== 'secure') return outcome;
    this.#talk.left();
    await this.#connection.leaveTls();
    // What arrives at once may be the last of TLS; what is said at once may be read together with its end.
    await pause(this.#stage.driver, APART);
    await this.#talk.reaction(reaction);
    return 'failed';
  }

  /**
   * Behind the last step: QUIT, whose 221 cannot be mistaken. What comes before it answers nothing we sent. Where no 221
   * follows at once, something has swallowed the QUIT, and a second one is sent.
   */
  async #fence(after: readonly Step[]): Promise<void> {
    if (this.#talk.isOver || after.at(-1)?.kind === 'close') return;
    this.#talk.part = 'fence';
    this.#talk.step = 0;
    // An open AUTH dialogue would take the QUIT for its answer.
    if (this.#talk.isInDialogue) {
      this.#talk.send(`*${CRLF}`);
      await this.#talk.reply();
    }
    // If the first QUIT was refused or swallowed, another one is sent.
    if (!this.#talk.isDismissed) this.#talk.send(`QUIT${CRLF}`);
    const answer = await this.#talk.reply();
    if (answer === undefined || isGoodbye(answer)) return;
    const { reaction } = this.#stage.limits;
    if (await this.#talk.isDismissedWithin(reaction)) return;
    this.#talk.send(`QUIT${CRLF}`);
    await this.#talk.drain();
  }

  /** Where the step at hand stands, for the marks of messages. */
  #place(): string {
    return placeOf(this.#talk.part, this.#talk.step);
  }
}

/** 354 to what was no DATA: from here on nothing is answered, and nothing more can be learned. */
const isGoAhead = (answer: Answer): boolean => answer?.kind === 'reply' && answer.code === 354;

const isReady = (answer: Answer): boolean => answer?.kind === 'reply' && answer.code === 220;

const challenge = (answer: Answer): string => (answer?.kind === 'reply' ? (answer.lines[0] ?? '') : '');

function onlySend([exchange]: readonly Exchange[]): string {
  if (exchange === undefined || !('send' in exchange))
    throw new Error('a step that can be piped has one exchange');
  return exchange.send;
}
