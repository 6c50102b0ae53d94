/**
 * The reference server: SMTP as the machine and the fates have it, bytes in, bytes out.
 *
 * It does no I/O and starts no TLS: `receive` says when TLS is wanted, and the shell around it (`memory.ts`,
 * `listener.ts`) reports how the handshake went. Its soundness is the default behaviour; planted faults bend it at
 * the points that `behaviour.ts` names.
 */

import { cramMd5 } from '../../digest.ts';
import { type Command, parseCommand, parsePath } from '../../smtp/command.ts';
import { secured } from '../../smtp/fates.ts';
import { type Event, MACHINE, type Phase, phaseOf } from '../../smtp/machine.ts';
import { type Mechanism, SAYING_PASSWORD } from '../../smtp/sasl.ts';
import { NO_TRANSACTION, newSession, type Session, type TlsKnowledge } from '../../smtp/session.ts';
import { type Answer, type Behaviour, type Context, type ServerLimits, SOUND } from './behaviour.ts';

export interface DeliveredMessage {
  readonly text: string;
  readonly secure: boolean;
}

export interface ServerOptions {
  readonly name: string;
  readonly user: string;
  readonly password: string;
  /** The domain it accepts mail for. */
  readonly domain: string;
  /** LMTP (RFC 2033): LHLO in place of EHLO, and an answer for each recipient behind a message. */
  readonly lmtp: boolean;
  /** XCLIENT and XFORWARD are taken from anyone. */
  readonly proxy: boolean;
  /** STARTTLSDOMAIN: STARTTLS may name the domain whose certificate the client wants. */
  readonly domains: boolean;
  /** What AUTH is offered with, in plaintext and in TLS. */
  readonly mechanisms: (secure: boolean) => readonly Mechanism[];
  /** Over real TLS, too, it is told which session a ticket resumes. */
  readonly namesTickets: boolean;
  readonly limits: ServerLimits;
  readonly behaviour: Behaviour;
  /** Shared by all connections of one server. */
  readonly memory: Map<string, unknown>;
  readonly random: () => number;
  /** Milliseconds of the server's clock. */
  readonly now: () => number;
  /** A message was accepted. */
  readonly deliver: (message: DeliveredMessage) => void;
  /** An application hook is called with the session. */
  readonly hook: (name: Event, session: Session) => void;
}

export function serverOptions(options: Partial<ServerOptions> = {}): ServerOptions {
  return {
    name: 'mx.reference.example',
    user: 'tester',
    password: 'secret',
    domain: 'lab.example',
    lmtp: false,
    proxy: false,
    domains: false,
    mechanisms: () => SAYING_PASSWORD,
    namesTickets: false,
    limits: {},
    behaviour: SOUND,
    memory: new Map(),
    random: Math.random,
    now: () => performance.now(),
    deliver: () => {},
    hook: () => {},
    ...options,
  };
}

/** What the shell has to do. `startTls`: nothing but a handshake is expected from now on. */
export interface Output {
  readonly bytes: string;
  readonly startTls: boolean;
  readonly close: boolean;
  /** Milliseconds to wait before the bytes are sent. */
  readonly delay: number;
}

/** What the bytes that arrive are taken for. */
type Mode =
  | { readonly kind: 'commands' }
  /** The rest of a line that is too long; its one reply is said at its end. */
  | { readonly kind: 'overlong' }
  | { readonly kind: 'message' }
  | { readonly kind: 'chunk'; readonly length: number; readonly last: boolean; readonly refused: boolean }
  | { readonly kind: 'handshake' }
  | { readonly kind: 'closed' };

const MAX_LINE = 2_048;
const MAX_MESSAGE = 10_485_760;
const COMMANDS: Mode = { kind: 'commands' };

const ok = (enhanced: string, ...lines: string[]): Answer => ({ code: 250, enhanced, lines });
const no = (code: number, enhanced: string, text: string): Answer => ({ code, enhanced, lines: [text] });

export class ReferenceServer {
  #session: Session;
  #mode: Mode = COMMANDS;
  #beforeTls: Session | undefined;
  #starttlsLine = '';
  #isStarttlsPiped = false;
  #isStarttlsSplit = false;
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
    const sound: Answer = { code: 220, lines: [`${this.#options.name} ${this.#protocol} reference`] };
    this.#say(this.#options.behaviour.greeting(sound, this.#context()));
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
    const [line, piped, split] = [this.#starttlsLine, this.#isStarttlsPiped, this.#isStarttlsSplit];
    const upgrading = { session: old, progress: this.#progress, line, piped, split, tls, memory, random };
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
    if (afterFailure === 'close') return this.#closed();
    if (afterFailure === 'refuse') {
      this.#say({ ...no(554, '5.7.0', 'TLS is needed'), close: true });
      return this.#output();
    }
    const tls = { version: 'none', resumed: false };
    this.#session =
      afterFailure === 'secure' ? secured(this.#session, tls) : { ...this.#session, pending: '' };
    this.#mode = COMMANDS;
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

  #closed(): Output {
    this.#mode = { kind: 'closed' };
    return { bytes: '', startTls: false, close: true, delay: 0 };
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
    while (this.#advance());
  }

  #advance(): boolean {
    switch (this.#mode.kind) {
      case 'commands':
        return this.#nextLine();
      case 'overlong':
        return this.#restOfLine();
      case 'message':
        return this.#nextMessage();
      case 'chunk':
        return this.#nextChunk(this.#mode.length, this.#mode.last, this.#mode.refused);
      case 'handshake':
      case 'closed':
        return false;
    }
  }

  #take(length: number): string {
    const taken = this.#session.pending.slice(0, length);
    this.#update({ pending: this.#session.pending.slice(length), bytes: this.#session.bytes + taken.length });
    return taken;
  }

  #nextLine(): boolean {
    const { pending } = this.#session;
    const end = pending.indexOf('\n');
    if ((end < 0 ? pending.length : end) >= MAX_LINE) this.#mode = { kind: 'overlong' };
    else if (end < 0) return false;
    else this.#command(this.#take(end + 1).replace(/\r?\n$/, ''));
    return true;
  }

  #restOfLine(): boolean {
    const { pending } = this.#session;
    const end = pending.indexOf('\n');
    this.#take(end < 0 ? pending.length : end + 1);
    if (end < 0) return false;
    this.#mode = COMMANDS;
    this.#settle('unknown', '', no(500, '5.5.2', 'Line too long'));
    return true;
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

  get #protocol(): 'LMTP' | 'ESMTP' {
    return this.#options.lmtp ? 'LMTP' : 'ESMTP';
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
    const secure = this.#session.tls !== undefined;
    this.#progress = behaviour.follow(this.#progress, { event, secure, accepted, line });
    const exceeded = this.#exceeded();
    this.#delay += behaviour.delay(event, this.#context());
    if (exceeded !== undefined) this.#say({ ...no(421, '4.7.0', `Too many ${exceeded}`), close: true });
    else if (answer !== undefined) this.#reply(event, answer);
  }

  #reply(event: Event, answer: Answer): void {
    const bent = this.#options.behaviour.answer(answer, event, this.#context());
    if (bent === undefined) return;
    this.#say(bent);
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
    const enhanced = answer.enhanced === undefined ? '' : `${answer.enhanced} `;
    const last = answer.lines.length - 1;
    answer.lines.forEach((text, index) => {
      this.#bytes += `${answer.code}${index === last ? ' ' : '-'}${enhanced}${text}\r\n`;
    });
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

  #perform({ event, argument }: Command, line: string): Answer | undefined {
    switch (event) {
      case 'helo':
      case 'ehlo':
        return this.#greet(event, argument);
      case 'mail':
        return this.#mail(argument);
      case 'rcpt':
        return this.#rcpt(argument);
      case 'data':
        return this.#data(argument);
      case 'bdat':
      case 'bdat-last':
        return this.#bdat(argument, event === 'bdat-last');
      case 'rset':
        this.#update(NO_TRANSACTION);
        return ok('2.0.0', 'Ok');
      case 'noop':
        return ok('2.0.0', 'Ok');
      case 'vrfy':
        return { code: 252, enhanced: '2.1.5', lines: ['Send some mail, I will try my best'] };
      case 'expn':
        return no(502, '5.5.1', 'No lists here');
      case 'help':
        return { code: 214, enhanced: '2.0.0', lines: ['See RFC 5321'] };
      case 'quit':
        return { code: 221, enhanced: '2.0.0', lines: ['Bye'], close: true };
      case 'auth':
        return this.#auth(argument);
      case 'auth-response':
        return this.#authResponse(argument);
      case 'starttls':
        return this.#starttls(argument, line);
      case 'xclient':
      case 'xforward':
        return this.#proxied(event, argument);
      case 'lhlo':
      case 'unknown':
        return no(500, '5.5.2', 'Command not recognized');
    }
  }

  #greet(verb: 'helo' | 'ehlo', name: string): Answer {
    if (name === '') return no(501, '5.5.4', 'A name is wanted');
    this.#update({ ...NO_TRANSACTION, greeting: { verb: verb === 'helo' ? 'HELO' : 'EHLO', name } });
    this.#hook(verb);
    const client = this.#session.proxy?.['NAME'] ?? 'client';
    const hello = `${this.#options.name} greets ${name} (${client})`;
    if (verb === 'helo') return { code: 250, lines: [hello] };
    const offer = this.#session.offer ?? this.#options.behaviour.offer(this.#offer(), this.#context());
    this.#update({ offer });
    return { code: 250, lines: [hello, ...offer] };
  }

  #offer(): readonly string[] {
    const secure = this.#session.tls !== undefined;
    return [
      'PIPELINING',
      `SIZE ${MAX_MESSAGE}`,
      '8BITMIME',
      'SMTPUTF8',
      'DSN',
      'CHUNKING',
      'BINARYMIME',
      'ENHANCEDSTATUSCODES',
      // Whoever is logged in may not do it again (RFC 4954, section 4).
      ...(this.#session.login === undefined ? [`AUTH ${this.#options.mechanisms(secure).join(' ')}`] : []),
      ...(secure ? ['REQUIRETLS'] : ['STARTTLS']),
      ...(this.#options.domains && !secure ? ['STARTTLSDOMAIN'] : []),
      ...(this.#options.proxy
        ? ['XCLIENT NAME ADDR HELO LOGIN PROTO', 'XFORWARD NAME ADDR HELO LOGIN PROTO']
        : []),
    ];
  }

  #mail(argument: string): Answer {
    const path = parsePath(argument, 'FROM');
    if (path === undefined) return no(501, '5.5.4', 'Syntax: MAIL FROM:<address>');
    const { parameters } = path;
    if (Number(parameters['SIZE'] ?? 0) > MAX_MESSAGE) return no(552, '5.3.4', 'Message too big');
    if ('REQUIRETLS' in parameters && this.#session.tls === undefined)
      return no(530, '5.7.10', 'REQUIRETLS needs TLS');
    this.#update({
      sender: path,
      recipients: [],
      chunks: undefined,
      transactions: this.#session.transactions + 1,
    });
    this.#hook('mail');
    return ok('2.1.0', 'Sender ok');
  }

  #rcpt(argument: string): Answer {
    const path = parsePath(argument, 'TO');
    if (path === undefined) return no(501, '5.5.4', 'Syntax: RCPT TO:<address>');
    const local = path.address.toLowerCase().endsWith(`@${this.#options.domain}`);
    if (!local && !this.#options.behaviour.relays(this.#context()))
      return no(550, '5.7.1', 'Relaying denied');
    this.#update({
      recipients: [...this.#session.recipients, path],
      sessionRecipients: this.#session.sessionRecipients + 1,
    });
    this.#hook('rcpt');
    return ok('2.1.5', 'Recipient ok');
  }

  #data(argument: string): Answer {
    if (argument !== '') return no(501, '5.5.4', 'DATA takes no parameters');
    if (this.#session.sender?.parameters['BODY']?.toUpperCase() === 'BINARYMIME')
      return no(503, '5.5.1', 'BINARYMIME needs BDAT');
    this.#mode = { kind: 'message' };
    return { code: 354, lines: ['End with a line of one dot'] };
  }

  #nextMessage(): boolean {
    const { pending } = this.#session;
    const empty = pending.startsWith('.\r\n');
    const end = empty ? 0 : pending.indexOf('\r\n.\r\n');
    if (end < 0) {
      if (pending.length <= MAX_MESSAGE) return false;
      this.#finishMessage({ ...no(552, '5.3.4', 'Message too big'), close: true });
      return true;
    }
    const text = this.#take(empty ? 3 : end + 5).slice(0, empty ? 0 : -3);
    this.#deliver(text.replace(/(^|\r\n)\./g, '$1'));
    this.#finishMessage(ok('2.0.0', 'Message accepted'));
    return true;
  }

  #finishMessage(answer: Answer): void {
    const answers = this.#options.lmtp ? this.#session.recipients.length : 1;
    this.#mode = COMMANDS;
    this.#update({ ...NO_TRANSACTION, messages: this.#session.messages + (answer.code < 400 ? 1 : 0) });
    for (let said = 0; said < answers; said++) this.#reply('data', answer);
  }

  /** The reply comes behind the chunk, from `#nextChunk`. */
  #bdat(argument: string, last: boolean): Answer | undefined {
    const length = chunkLength(argument);
    if (length === undefined) return no(501, '5.5.4', 'Syntax: BDAT size [LAST]');
    const refused = (this.#session.chunks?.length ?? 0) + length > MAX_MESSAGE;
    this.#mode = { kind: 'chunk', length, last, refused };
    return refused ? no(552, '5.3.4', 'Message too big') : undefined;
  }

  #nextChunk(length: number, last: boolean, refused: boolean): boolean {
    if (refused) return this.#skip(length);
    if (this.#session.pending.length < length) return false;
    const chunk = this.#take(length);
    this.#mode = COMMANDS;
    const text = (this.#session.chunks ?? '') + chunk;
    if (last) {
      this.#deliver(text);
      this.#finishMessage(ok('2.0.0', 'Message accepted'));
    } else {
      this.#update({ chunks: text });
      this.#reply('bdat', ok('2.0.0', `${length} octets received`));
    }
    return true;
  }

  /** The bytes of a refused chunk are thrown away as they come. */
  #skip(length: number): boolean {
    const left = length - this.#take(length).length;
    this.#mode = left === 0 ? COMMANDS : { kind: 'chunk', length: left, last: false, refused: true };
    return left === 0;
  }

  #deliver(body: string): void {
    const { tls } = this.#session;
    const { behaviour } = this.#options;
    const shown = behaviour.shown(this.#session, 'trace', this.#context());
    const { greeting, proxy, login, sender, recipients } = shown;
    const via =
      proxy === undefined
        ? ''
        : ` (${Object.entries(proxy)
            .map(([key, value]) => `${key}=${value}`)
            .join(' ')})`;
    const protocol = `${greeting?.verb === 'HELO' ? 'SMTP' : this.#protocol}${tls === undefined ? '' : 'S'}${login === undefined ? '' : 'A'}`;
    const header = [
      `Return-Path: <${sender?.address ?? ''}>`,
      `Received: from ${greeting?.name ?? 'unknown'}${via} by ${this.#options.name} with ${protocol}`,
      `X-Envelope: ${JSON.stringify({ sender, recipients })}`,
    ];
    this.#hook('data');
    this.#options.deliver({ text: `${header.join('\r\n')}\r\n${body}`, secure: tls !== undefined });
  }

  #hook(name: Event): void {
    this.#options.hook(name, this.#options.behaviour.shown(this.#session, 'hook', this.#context()));
  }

  #auth(argument: string): Answer {
    if (this.#session.login !== undefined) return no(503, '5.5.1', 'Already authenticated');
    const [mechanism = '', initial] = argument.split(/\s+/);
    const offered = this.#options.mechanisms(this.#session.tls !== undefined);
    const known = offered.find(one => one === mechanism.toUpperCase());
    if (known === undefined) return no(504, '5.5.4', 'Mechanism not known');
    if (known === 'CRAM-MD5') return this.#challenge();
    this.#update({ dialogue: { mechanism: known } });
    if (initial !== undefined) return this.#authResponse(initial);
    return { code: 334, lines: [known === 'LOGIN' ? 'VXNlcm5hbWU6' : ''] };
  }

  /** No challenge is like another one (RFC 2195, section 2). */
  #challenge(): Answer {
    const { random, name } = this.#options;
    const challenge = `<${String(random()).slice(2)}@${name}>`;
    this.#update({ dialogue: { mechanism: 'CRAM-MD5', challenge } });
    return { code: 334, lines: [Buffer.from(challenge).toString('base64')] };
  }

  #authResponse(text: string): Answer {
    const { dialogue } = this.#session;
    if (dialogue === undefined) return no(503, '5.5.1', 'No AUTH under way');
    if (text.trim() === '*') return this.#loginFailed(no(501, '5.7.0', 'AUTH cancelled'));
    const answer = Buffer.from(text, 'base64').toString('latin1');
    const { user, password } = this.#options;
    if (dialogue.challenge !== undefined)
      return this.#login(answer === cramMd5(user, password, dialogue.challenge));
    if (dialogue.mechanism === 'PLAIN') {
      const [, said, secret] = answer.split('\0');
      return this.#login(said === user && secret === password);
    }
    if (dialogue.user !== undefined) return this.#login(dialogue.user === user && answer === password);
    this.#update({ dialogue: { mechanism: 'LOGIN', user: answer } });
    return { code: 334, lines: ['UGFzc3dvcmQ6'] };
  }

  #login(isRight: boolean): Answer {
    if (!isRight) return this.#loginFailed(no(535, '5.7.8', 'Authentication failed'));
    this.#update({ dialogue: undefined, login: this.#options.user });
    this.#hook('auth');
    return { code: 235, enhanced: '2.7.0', lines: ['Authentication successful'] };
  }

  #loginFailed(answer: Answer): Answer {
    this.#update({ dialogue: undefined, failedLogins: this.#session.failedLogins + 1 });
    return answer;
  }

  #starttls(argument: string, line: string): Answer {
    if (this.#session.tls !== undefined) return no(503, '5.5.1', 'TLS is already on');
    if (/\s/.test(argument) || (argument !== '' && !this.#options.domains))
      return no(501, '5.5.4', 'STARTTLS takes no parameters');
    this.#update({ domain: argument === '' ? undefined : argument });
    this.#starttlsLine = line;
    this.#isStarttlsPiped = this.#session.commands > this.#settledBefore;
    this.#isStarttlsSplit = this.#isBegun && !this.#isStarttlsPiped;
    this.#mode = { kind: 'handshake' };
    return { code: 220, enhanced: '2.0.0', lines: ['Ready to start TLS'] };
  }

  #proxied(event: 'xclient' | 'xforward', argument: string): Answer {
    if (!this.#options.proxy) return no(502, '5.5.1', 'Not allowed');
    const said = Object.fromEntries(
      argument.split(/\s+/).map(word => word.split('=', 2) as [string, string]),
    );
    this.#update({ proxy: { ...this.#session.proxy, ...said } });
    if (event === 'xforward') return ok('2.0.0', 'Ok');
    this.#update({ ...NO_TRANSACTION, greeting: undefined });
    return { code: 220, lines: [`${this.#options.name} ESMTP reference`] };
  }
}

/** The size that BDAT announces, in bytes. */
function chunkLength(argument: string): number | undefined {
  const digits = /^(\d{1,9})(?:\s+LAST)?$/i.exec(argument)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function outOfOrder({ event }: Command, code: number, phase: Phase): Answer {
  if (event === 'unknown' || code === 500) return no(500, '5.5.2', 'Command not recognized');
  return no(code, '5.5.1', EXPECTED[phase]);
}

/** What the session waits for; a client can tell the phases apart by it. */
const EXPECTED: Readonly<Record<Phase, string>> = {
  start: 'Send EHLO first',
  greeted: 'Send MAIL first',
  mail: 'Send RCPT first',
  rcpt: 'Send DATA first',
  bdat: 'Send BDAT LAST first',
  auth: 'AUTH is under way',
};
