/**
 * A small client of ours: sends one message, in one of the variants of `behaviour.ts`. It is the canary of the client
 * role: every fault planted in it has to be found, and no sound variant accused.
 *
 * What it knows of the server is one value, `Known` (`knowledge.ts`); to forget is to replace it.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type tls from 'node:tls';
import type { Reply } from '../../smtp/reply.ts';
import { letter, type Order } from '../launch.ts';
import { type Knowledge, type Trait, VARIANTS } from './behaviour.ts';
import { Connection } from './connection.ts';
import { Dropped, forgetsCare, Quit, TlsFailure } from './failures.ts';
import {
  carriedOver,
  common,
  heard,
  isUnknown,
  type Known,
  ME,
  NOTHING,
  namesOf,
  retained,
} from './knowledge.ts';
import { trusts } from './trust.ts';

/** Milliseconds that it takes to make ready for TLS. */
const PREPARATION = 30;

export async function send(order: Order, variant: string): Promise<void> {
  const { keeps, trait } = VARIANTS.find(({ name }) => name === variant) ?? {};
  const session = new Session(order, keeps, trait);
  try {
    await session.deliver();
  } catch (error) {
    if (forgetsCare(error, trait)) return new Session(order, keeps, 'any-issuer').deliver();
    if (trait === 'tries-twice') return new Session(order, keeps, trait).deliver();
    // Who would rather have no TLS than no mail comes back without it, and without a login.
    const goesOn =
      (error instanceof TlsFailure && (order.tls === 'opportunistic' || error.loosens(trait))) ||
      (error instanceof Dropped && trait === error.loosens);
    if (!goesOn) throw error;
    await new Session(order, keeps, trait).deliverInPlaintext();
  }
}

class Session {
  readonly #order: Order;
  readonly #keeps: Knowledge | undefined;
  readonly #trait: Trait | undefined;
  readonly #connection: Connection;
  #known = NOTHING;
  /** What the server offered before TLS, for the variant that comes back to it. */
  #old: Known['offers'] = new Map();
  /** Takes itself to have said EHLO in TLS, for the variant that the list leads to that. */
  #greeted = false;
  /** How large the message is said to be, for the variant that says what it was told. */
  #declared: string | undefined;

  constructor(order: Order, keeps: Knowledge | undefined, trait: Trait | undefined) {
    this.#order = order;
    this.#keeps = keeps;
    this.#trait = trait;
    this.#connection = new Connection(order.host, order.port);
  }

  async deliver(): Promise<void> {
    await this.#open();
    if (this.#trait === 'login-before-starttls') await this.#login();
    if (this.#trait === 'mail-before-starttls') await this.#command(`MAIL FROM:<${this.#order.from}>`);
    if (await this.#startTls()) {
      await this.#greetInTls().catch(error => {
        throw this.#orDropped(error, 'plain-after-session');
      });
      await this.#login();
    }
    await this.#transaction();
    await this.#leave();
  }

  async deliverInPlaintext(): Promise<void> {
    await this.#open();
    if (this.#trait === 'plain-after-session') await this.#login();
    await this.#transaction();
    await this.#leave();
  }

  async #open(): Promise<void> {
    const greeting = await this.#answer();
    if (greeting.code !== 220) await this.#giveUp(`greeted with ${greeting.code}`);
    this.#learn({ greeting: greeting.lines[0] ?? '' });
    await this.#ehlo();
  }

  /** EHLO, or HELO where that is refused. */
  async #ehlo(): Promise<void> {
    const names = this.#known.refused ? [] : namesOf(this.#known, this.#keeps, this.#trait);
    for (const name of names) {
      const reply = await this.#command(`EHLO ${name}`);
      if (reply.code !== 250) continue;
      this.#learn({ ...heard(reply, this.#known), name });
      return;
    }
    this.#learn({ refused: true });
    if ((await this.#command(`HELO ${ME}`)).code !== 250) await this.#giveUp('HELO refused');
  }

  /** Whether TLS is on. */
  async #startTls(): Promise<boolean> {
    const mayDoWithout = this.#order.tls === 'opportunistic';
    // Whoever was refused EHLO has no list to go by, and tries.
    if (!this.#known.offers.has('STARTTLS') && !this.#known.refused) {
      if (mayDoWithout || this.#trait === 'plain-when-not-offered') return false;
      await this.#giveUp('STARTTLS is not offered');
    }
    const early = this.#trait === 'pipelines-mail' ? `MAIL FROM:<${this.#order.from}>` : '';
    const behind = this.#trait === 'pipelines-starttls' ? `EHLO ${ME}` : early;
    let { code, lines } = await this.#command('STARTTLS', behind).catch((error: Error) => {
      throw this.#orDropped(error, 'plain-when-dropped');
    });
    while (code !== 220 && this.#trait === 'tries-for-ever') {
      await this.#ehlo();
      code = (await this.#command('STARTTLS')).code;
    }
    if (code !== 220 && !(this.#trait === 'eager' && code < 300)) {
      if (mayDoWithout || this.#trait === 'plain-when-refused') return false;
      await this.#giveUp(`STARTTLS is answered ${code}`);
    }
    this.#learn({ ready: lines.at(-1) ?? '' });
    if (this.#trait === 'speaks-before-tls') await this.#command(`EHLO ${ME}`);
    await this.#handshake();
    return true;
  }

  async #handshake(): Promise<void> {
    if (this.#keeps === 'meanwhile') await delay(PREPARATION);
    const unread = this.#connection.unread();
    const problem = unread === '' ? undefined : 'there is something behind the 220';
    if (problem && this.#trait === 'wary') await this.#giveUp(problem);
    if (problem && this.#trait === 'plain-behind-bytes') throw new Dropped(this.#trait, new Error(problem));
    const { ca, host } = this.#order;
    const [greeted = ''] = this.#known.greeting.split(' ');
    let secure: tls.TLSSocket;
    try {
      secure = await this.#connection.secure(ca, host);
    } catch (error) {
      throw new TlsFailure(String(error));
    }
    this.#forget(unread);
    if (trusts(secure, { host, greeted }, this.#trait)) return;
    if (this.#trait === 'quits-politely') await this.#giveUp('the certificate proves nothing');
    secure.destroy();
    throw new TlsFailure(`the certificate proves nothing: ${secure.authorizationError}`);
  }

  /** All that is known goes, but for what this variant keeps. */
  #forget(unread: string): void {
    const old = this.#known;
    this.#known = retained(old, this.#keeps, this.#trait);
    if (this.#trait === 'old-list-when-refused') this.#old = old.offers;
    this.#greeted = this.#trait === 'skips-ehlo-by-list' && old.offers.has('DSN');
    if (this.#trait === 'declares-old-size') this.#declared = old.offers.get('SIZE') || undefined;
    this.#connection.readOn(...carriedOver(unread, old, this.#keeps));
  }

  async #greetInTls(): Promise<void> {
    if (this.#greeted || this.#trait === 'skips-ehlo' || this.#trait === 'uses-old-list') return;
    if (this.#trait === 'helo-in-tls') {
      await this.#command(`HELO ${ME}`);
      return;
    }
    const { offers: old, loginless } = this.#known;
    const fallsBack = this.#trait === 'falls-back-on-old-list';
    if (fallsBack || this.#trait === 'both-lists') this.#learn({ offers: new Map() });
    await this.#ehlo();
    if (this.#trait === 'ehlo-twice') await this.#ehlo();
    if (this.#trait === 'noop-first') await this.#command('NOOP');
    if (this.#trait === 'starttls-again' && this.#known.offers.has('STARTTLS'))
      await this.#command('STARTTLS');
    if (this.#trait === 'prefers-old-list' || (fallsBack && this.#known.refused))
      this.#known = { ...NOTHING, offers: old };
    if (this.#trait === 'both-lists') this.#learn({ offers: common(old, this.#known.offers) });
    if (this.#keeps === 'absence') this.#learn({ loginless });
    // Who remembers the server's name asks for help about it, and so about extensions that it does not know.
    for (const name of [this.#known.greeting.split(' ')[0], this.#known.ready.split(' ').at(-1)])
      if (name) await this.#command(`HELP ${name}`);
    for (const keyword of this.#known.offers.keys())
      if (isUnknown(keyword)) await this.#command(`HELP ${keyword}`);
  }

  async #login(): Promise<void> {
    const { user, password, errand } = this.#order;
    if (errand.login !== true || (this.#keeps === 'absence' && this.#known.loginless)) return;
    const mechanisms =
      this.#trait === 'login-blind' ? ['PLAIN'] : (this.#known.offers.get('AUTH')?.split(' ') ?? []);
    const lines = mechanisms.includes('PLAIN')
      ? [`AUTH PLAIN ${btoa(`\0${user}\0${password}`)}`]
      : ['AUTH LOGIN', btoa(user), btoa(password)];
    if (lines.length > 1 && !mechanisms.includes('LOGIN')) await this.#giveUp('no way to log in');
    let code = 0;
    for (const line of lines) code = (await this.#command(line)).code;
    if (code !== 235) await this.#giveUp(`the login is answered ${code}`);
  }

  async #transaction(): Promise<void> {
    const { offers } = this.#known;
    const { from, to, errand } = this.#order;
    const text = letter(this.#order).replaceAll('\n', '\r\n');
    const limit = Number(offers.get('SIZE') ?? 0);
    if (limit > 0 && text.length > limit) await this.#giveUp('the message is too large');
    const drawn = Math.random().toString(36).slice(2);
    const mail = [
      ...(this.#trait === 'draws-sender'
        ? [`MAIL FROM:<prvs=${drawn}=${from}>`, `ENVID=${drawn}`]
        : [`MAIL FROM:<${from}>`]),
      ...(offers.has('SIZE') ? [`SIZE=${this.#declared ?? text.length}`] : []),
      ...(offers.has('8BITMIME') && errand.letter === 'eight-bit' ? ['BODY=8BITMIME'] : []),
      ...(offers.has('SMTPUTF8') && errand.letter === 'utf8-sender' ? ['SMTPUTF8'] : []),
    ].join(' ');
    const most = Number(/RCPTMAX=(\d+)/.exec(offers.get('LIMITS') ?? '')?.[1] ?? 100);
    const rcpts = [to, from]
      .slice(0, most)
      .map(address => `RCPT TO:<${address}>${offers.has('DSN') ? ' NOTIFY=FAILURE' : ''}`);
    if (this.#trait === 'noop-first') await this.#command('RSET');
    if (!(await this.#envelope(mail, rcpts))) return this.#transaction();
    if (offers.has('CHUNKING')) {
      this.#connection.write(`BDAT ${Buffer.byteLength(text)} LAST\r\n${text}`);
      await this.#expect(250, 'the chunk');
      return;
    }
    if ((await this.#command('DATA')).code !== 354) await this.#giveUp('DATA refused');
    this.#connection.write(`${text}.\r\n`);
    await this.#expect(250, 'the message');
  }

  /** In one segment where that is allowed. False where it is to be tried once more. */
  async #envelope(mail: string, rcpts: readonly string[]): Promise<boolean> {
    if (this.#known.offers.has('PIPELINING') || this.#trait === 'impulsive') {
      const lines = [mail, ...rcpts].map(line => `${this.#spelled(line)}\r\n`);
      for (const segment of this.#trait === 'writes-apart' ? lines : [lines.join('')]) {
        this.#connection.write(segment);
        if (this.#trait === 'writes-apart') await delay(2 * Math.random());
      }
      for (const _ of [mail, ...rcpts]) await this.#expect(250, 'the envelope');
      return true;
    }
    for (const line of [mail, ...rcpts]) {
      if ((await this.#command(line)).code === 250) continue;
      if (line !== mail || this.#old.size === 0) await this.#giveUp(`${line} refused`);
      this.#learn({ offers: this.#old });
      this.#old = new Map();
      return false;
    }
    return true;
  }

  async #leave(): Promise<void> {
    if (this.#trait !== 'leaves-without-quit') await this.#command('QUIT');
    this.#connection.end();
  }

  async #expect(code: number, what: string): Promise<void> {
    const reply = await this.#answer();
    if (reply.code !== code) await this.#giveUp(`${what} is answered ${reply.code}`);
  }

  readonly #orDropped = (error: Error, loosens: Trait): Error =>
    this.#connection.ended ? new Dropped(loosens, error) : error;

  async #giveUp(reason: string): Promise<never> {
    if (!this.#connection.ended) this.#connection.write(`${this.#spelled('QUIT')}\r\n`);
    this.#connection.end();
    throw new Quit(reason);
  }

  /** Sends a line, and perhaps another one in its segment, and reads one reply. */
  #command(line: string, behind = ''): Promise<Reply> {
    this.#connection.write(`${this.#spelled(line)}\r\n${behind === '' ? '' : `${behind}\r\n`}`);
    return this.#answer();
  }

  /** The verb alone: addresses keep their case. */
  #spelled(line: string): string {
    return this.#trait === 'lower-case' ? line.replace(/^[A-Z]+/, verb => verb.toLowerCase()) : line;
  }

  #learn(news: Partial<Known>): void {
    this.#known = { ...this.#known, ...news };
  }

  async #answer(): Promise<Reply> {
    const reply = await this.#connection.reply();
    if (reply?.kind === 'reply') return reply;
    if (reply?.kind === 'malformed') await this.#giveUp('a reply that is none');
    if (this.#trait === 'never-ends') await new Promise(() => {});
    throw new Quit('the server ends the connection');
  }
}
