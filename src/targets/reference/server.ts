/**
 * The reference server: SMTP as the machine and the fates have it, bytes in, bytes out.
 *
 * It does no I/O and starts no TLS: `receive` says when TLS is wanted, and the shell around it (`memory.ts`,
 * `listener.ts`) reports how the handshake went. Its soundness is the default behaviour; planted faults bend it at
 * the points that `behaviour.ts` names.
 */

import { type Command, parseCommand } from '../../smtp/command.ts';
import { secured } from '../../smtp/fates.ts';
import { type Event, MACHINE, phaseOf } from '../../smtp/machine.ts';
import { NO_TRANSACTION, newSession, type Session, type TlsKnowledge } from '../../smtp/session.ts';
import type { Answer, Context, Upgrading } from './behaviour.ts';
import { chunkLength, no, ok, outOfOrder, perform, spelled } from './commands.ts';
import { COMMANDS, type Cut, cut, type Mode, type Piece } from './framing.ts';
import { protocolOf, type ServerOptions } from './options.ts';
import { trace } from './trace.ts';

/** What the shell has to do. `startTls`: nothing but a handshake is expected from now on. */
export interface Output {
  readonly bytes: string;
  readonly startTls: boolean;
  readonly close: boolean;
  /** Milliseconds to wait before the bytes are sent. */
  readonly delay: number;
}

/** How STARTTLS came. */
type Starttls = Pick<Upgrading, 'line' | 'piped' | 'split'>;

export class ReferenceServer {
  #session: Session;
  #mode: Mode = COMMANDS;
  #beforeTls: Session | undefined;
  #starttls: Starttls = { line: '', piped: false, split: false };
  /** Whether a line was begun before the segment at hand. */
  #isBegun = false;
  /** Commands that were settled before the segment at hand. */
  #settledBefore = 0;
  #bytes = '';
  #delay = 0;
  #progress = 0;
  readonly #options: ServerOptions;

  constructor(options: ServerOptions, openedAt: number) {
    this.#options = options;
    this.#session = newSession(openedAt);
  }

  get session(): Session {
    return this.#session;
  }

  /** All that may make two servers of the same options answer differently from now on, but for what they count. */
  get state(): Pick<Context, 'session' | 'beforeTls' | 'progress'> {
    return { session: this.#session, beforeTls: this.#beforeTls, progress: this.#progress };
  }

  /** The greeting of a new connection. */
  greeting(): Output {
    const { name, behaviour } = this.#options;
    const sound: Answer = { code: 220, lines: [`${name} ${protocolOf(this.#options)} reference`] };
    this.#say(behaviour.greeting(sound, this.#context()));
    return this.#output();
  }

  receive(bytes: string): Output {
    this.#settledBefore = this.#session.commands;
    this.#isBegun = this.#session.pending !== '';
    if (this.#mode.kind === 'handshake') return this.#plaintextForHandshake(bytes);
    this.#update({ pending: this.#session.pending + bytes });
    this.#consume();
    this.#settleBehindStarttls();
    return this.#output();
  }

  /** What came in the segment of STARTTLS, behind it, meets its fate. */
  #settleBehindStarttls(): void {
    if (this.#mode.kind !== 'handshake') return;
    const { behindStarttls } = this.#options.behaviour;
    if (behindStarttls === 'run') this.#runInTheClear();
    else if (behindStarttls === 'drop') this.#update({ pending: '' });
  }

  tlsEstablished(tls: TlsKnowledge): Output {
    const old = this.#session;
    const { behaviour, memory, random } = this.#options;
    const upgrading = { session: old, progress: this.#progress, ...this.#starttls, tls, memory, random };
    this.#beforeTls = old;
    this.#session = behaviour.upgraded(
      secured(old, tls, behaviour.flipped(upgrading), this.#options.now()),
      upgrading,
    );
    this.#mode = COMMANDS;
    this.#consume();
    return this.#output();
  }

  tlsFailed(): Output {
    const { afterFailure } = this.#options.behaviour;
    if (afterFailure === 'close') this.#mode = { kind: 'closed' };
    else if (afterFailure === 'refuse') this.#say({ ...no(554, '5.7.0', 'TLS is needed'), close: true });
    else {
      const tls = { version: 'none', resumed: false };
      const old = this.#session;
      this.#session = afterFailure === 'secure' ? secured(old, tls) : { ...old, pending: '' };
      this.#mode = COMMANDS;
    }
    return this.#output();
  }

  /** The client has ended TLS, and not the connection. */
  tlsClosed(): Output {
    if (this.#options.behaviour.afterClose === 'close') this.#mode = { kind: 'closed' };
    return this.#output();
  }

  #plaintextForHandshake(bytes: string): Output {
    const { afterReady } = this.#options.behaviour;
    if (afterReady === 'fail') return this.tlsFailed();
    if (afterReady === 'keep') {
      this.#update({ pending: this.#session.pending + bytes });
      return this.#output();
    }
    this.#update({ pending: bytes });
    this.#runInTheClear();
    return this.#output();
  }

  /** Takes what waits for commands, though only a handshake is due, and then goes on waiting for that. */
  #runInTheClear(): void {
    this.#mode = COMMANDS;
    this.#consume();
    if (this.#mode.kind === 'commands') this.#mode = { kind: 'handshake' };
  }

  #output(): Output {
    const output: Output = {
      bytes: this.#bytes,
      startTls: this.#mode.kind === 'handshake',
      close: this.#mode.kind === 'closed',
      delay: this.#delay,
    };
    this.#bytes = '';
    this.#delay = 0;
    return output;
  }

  #update(changes: Partial<Session>): void {
    this.#session = { ...this.#session, ...changes };
  }

  /** Works through what has arrived until more is needed or the mode forbids it. */
  #consume(): void {
    const next = (): Cut | undefined => cut(this.#session.pending, this.#mode);
    for (let one = next(); one !== undefined; one = next()) {
      const { pending, bytes } = this.#session;
      if (one.length > 0) this.#update({ pending: pending.slice(one.length), bytes: bytes + one.length });
      this.#mode = one.mode;
      if (one.piece !== undefined) this.#read(one.piece);
    }
  }

  #read(piece: Piece): void {
    switch (piece.kind) {
      case 'line':
        this.#command(piece.text);
        break;
      case 'line-too-long':
        this.#settle('unknown', '', no(500, '5.5.2', 'Line too long'));
        break;
      case 'message':
        this.#deliver(piece.text);
        break;
      case 'message-too-big':
        this.#finishMessage({ ...no(552, '5.3.4', 'Message too big'), close: true });
        break;
      case 'chunk':
        this.#chunk(piece.text, piece.last);
        break;
    }
  }

  #command(line: string): void {
    const { behaviour } = this.#options;
    const isResponse = this.#session.dialogue !== undefined && !behaviour.readsInDialogue(line);
    const command: Command = isResponse ? { event: 'auth-response', argument: line } : this.#parsed(line);
    const cell = MACHINE[phaseOf(this.#session)][command.event];
    const judged = behaviour.judge(command.event, command.argument, this.#context());
    if (typeof judged === 'object') this.#refuse(command, line, judged);
    else if (cell.kind === 'out-of-order' && judged === 'sound')
      this.#refuse(command, line, outOfOrder(command, cell.refuse, phaseOf(this.#session)));
    else this.#settle(command.event, line, this.#perform(command, line));
  }

  /** LHLO is what EHLO is in SMTP, and in LMTP there is no EHLO and no HELO. */
  #parsed(line: string): Command {
    const command = parseCommand(line);
    if (!this.#options.lmtp) return command;
    if (command.event === 'lhlo') return { ...command, event: 'ehlo' };
    const isUnknown = command.event === 'ehlo' || command.event === 'helo';
    return isUnknown ? { event: 'unknown', argument: line } : command;
  }

  /** The bytes of a refused chunk still have to be read (RFC 3030, section 2). */
  #refuse({ event, argument }: Command, line: string, answer: Answer): void {
    const length = event === 'bdat' || event === 'bdat-last' ? chunkLength(argument) : undefined;
    if (length !== undefined) this.#mode = { kind: 'chunk', length, last: false, refused: true };
    this.#settle(event, line, answer);
  }

  /** Records what became of a command, applies the limits and says the reply. */
  #settle(event: Event, line: string, answer: Answer | undefined): void {
    const accepted = answer === undefined || answer.code < 400;
    const { errors, unknown, commands } = this.#session;
    this.#update({
      commands: commands + 1,
      errors: errors + (accepted ? 0 : 1),
      unknown: unknown + (event === 'unknown' ? 1 : 0),
    });
    const { behaviour } = this.#options;
    const [secure, piped] = [this.#session.tls !== undefined, this.#session.pending !== ''];
    this.#progress = behaviour.follow(this.#progress, { event, secure, accepted, line, piped });
    const exceeded = this.#exceeded();
    this.#delay += behaviour.delay(event, this.#context());
    if (exceeded !== undefined) this.#say({ ...no(421, '4.7.0', `Too many ${exceeded}`), close: true });
    else if (answer !== undefined) this.#reply(event, answer);
  }

  #reply(event: Event, answer: Answer): void {
    const bent = this.#options.behaviour.answer(answer, event, this.#context());
    if (bent !== undefined) this.#say(bent);
  }

  #exceeded(): string | undefined {
    const { behaviour, limits, now } = this.#options;
    const { time, ...counts } = behaviour.limits(limits, this.#context());
    if (time !== undefined && now() - this.#session.openedAt > time) return 'seconds';
    return Object.entries(counts).find(
      ([limit, most]) => this.#session[limit as keyof typeof counts] > most,
    )?.[0];
  }

  #say(answer: Answer): void {
    this.#bytes += spelled(answer);
    if (answer.close === true) this.#mode = { kind: 'closed' };
  }

  #context(): Context {
    return {
      session: this.#session,
      progress: this.#progress,
      secure: this.#session.tls !== undefined,
      beforeTls: this.#beforeTls,
      memory: this.#options.memory,
      random: this.#options.random,
    };
  }

  #perform(command: Command, line: string): Answer | undefined {
    const { answer, changes, mode, hook } = perform(command, this.#context(), this.#options);
    if (changes !== undefined) this.#update(changes);
    if (mode !== undefined) this.#mode = mode;
    if (mode?.kind === 'handshake') this.#starttls = this.#starttlsAs(line);
    if (hook !== undefined) this.#hook(hook);
    return answer;
  }

  #starttlsAs(line: string): Starttls {
    const piped = this.#session.commands > this.#settledBefore;
    return { line, piped, split: this.#isBegun && !piped };
  }

  #finishMessage(answer: Answer): void {
    const answers = this.#options.lmtp ? this.#session.recipients.length : 1;
    this.#update({ ...NO_TRANSACTION, messages: this.#session.messages + (answer.code < 400 ? 1 : 0) });
    for (let said = 0; said < answers; said++) this.#reply('data', answer);
  }

  #chunk(chunk: string, last: boolean): void {
    const text = (this.#session.chunks ?? '') + chunk;
    if (last) this.#deliver(text);
    else {
      this.#update({ chunks: text });
      this.#reply('bdat', ok('2.0.0', `${chunk.length} octets received`));
    }
  }

  #deliver(body: string): void {
    const shown = this.#options.behaviour.shown(this.#session, 'trace', this.#context());
    this.#hook('data');
    const secure = this.#session.tls !== undefined;
    this.#options.deliver({ text: `${trace(shown, secure, this.#options)}\r\n${body}`, secure });
    this.#finishMessage(ok('2.0.0', 'Message accepted'));
  }

  #hook(name: Event): void {
    this.#options.hook(name, this.#options.behaviour.shown(this.#session, 'hook', this.#context()));
  }
}
