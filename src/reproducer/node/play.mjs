// One run of the case: what is said, in order, and what came back. Part of the reproducer.

import { createHmac, randomBytes } from 'node:crypto';
import { isTls, Peer } from './peer.mjs';

// Milliseconds that a reply may take, and that is waited where silence is a sound answer.
const REPLY = 5_000;
const REACTION = 1_000;
const MOST_ENTRIES = 4_096;

/** What a text of the case is in bytes; `fill` gives the word for a name in braces. `challenge` came in base64. */
function spelled(text, fill, challenge = '') {
  if (Array.isArray(text)) return text.map(part => spelled(part, fill, challenge)).join('');
  if (text.times !== undefined) return spelled(text.of, fill).repeat(text.times);
  if (text.base64 !== undefined) return Buffer.from(spelled(text.base64, fill), 'latin1').toString('base64');
  if (text.digest !== undefined) {
    // CRAM-MD5 (RFC 2195, section 2).
    const [user, password] = text.digest.map(part => spelled(part, fill));
    const digest = createHmac('md5', Buffer.from(password, 'latin1'))
      .update(Buffer.from(challenge, 'base64'))
      .digest('hex');
    return Buffer.from(`${user} ${digest}`, 'latin1').toString('base64');
  }
  return text.replace(/\{(?:\{|([a-z]+)\})/g, (_, name) => (name ? fill(name) : '{'));
}

/** Bytes in place of a handshake. */
const FAILURES = {
  garbage: `\x16\x03\x01\x00\x20${'\xaa'.repeat(32)}`,
  plaintext: 'NOOP\r\n',
  alert: '\x15\x03\x01\x00\x02\x02\x28',
};

/**
 * Plays a run, on a connection before it the one whose TLS session it resumes. The result has the nonce of its
 * tokens, its entries in order ({who, part, step, text}, replies with code and lines), and how far it came:
 * `unreachable`, `lost`, `refused`, `no TLS`, `failed` (as was wanted), `plain` (no STARTTLS asked for) or `secure`.
 */
export async function play(run, server) {
  // Eight characters: the lengths in BDAT count on it.
  const nonce = `r${randomBytes(4).toString('hex').slice(1)}`;
  const ticket = run.upgrade?.resumed;
  if (ticket === undefined) return playOne(run, nonce, server);
  const { session, entries } = await playOne(ticket, nonce, server);
  const played = await playOne(run, nonce, server, session);
  const earlier = entries.map(entry => ({ ...entry, part: 'earlier' }));
  return { ...played, entries: [...earlier, { who: '-', text: 'a new connection' }, ...played.entries] };
}

async function playOne(run, nonce, server, session) {
  const peer = await Peer.open(server);
  if (typeof peer === 'string') {
    const why = `nothing answers at ${server.host}:${server.port} (${peer})`;
    return { nonce, outcome: 'unreachable', why, entries: [] };
  }
  const player = new Player(peer, nonce, server);
  const outcome = await player.play(run, session);
  await peer.leave();
  const why = 'the server says no 220, or ends before STARTTLS is answered';
  return { nonce, outcome, why, entries: player.entries, session: peer.session };
}

class Player {
  entries = [];
  #peer;
  #fill;
  #lmtp;
  #part = 'greeting';
  #step = 0;
  #wait = REPLY;
  #over = false;
  #recipients = 0;
  /** What the last reply said, in case that it is a challenge. */
  #said = '';

  constructor(peer, nonce, { lmtp, user, password }) {
    this.#peer = peer;
    this.#fill = name => ({ user, password })[name] ?? nonce + name;
    this.#lmtp = lmtp;
  }

  async play({ before, upgrade, after }, session) {
    if ((await this.#reply()) !== '220') return 'lost';
    const early = await this.#steps('before', before, upgrade?.piped ? upgrade : undefined);
    if (this.#over) return 'lost';
    const outcome = upgrade === undefined ? 'plain' : await this.#upgrade(upgrade, session, early);
    if (outcome === 'lost' || outcome === 'refused' || outcome === 'no TLS') return outcome;
    if (outcome === 'failed') this.#wait = REACTION;
    await this.#steps(outcome === 'failed' ? 'clear' : 'after', after);
    if (outcome === 'secure') await this.#fence(after);
    return outcome;
  }

  async #steps(part, steps, starttls) {
    for (let first = 0; first < steps.length && !this.#over; ) {
      let last = first;
      while (steps[last].piped) last++;
      if (starttls !== undefined && last === steps.length - 1)
        return this.#together(part, steps.slice(first), first, starttls);
      if (last === first) await this.#alone(part, steps[first], first);
      else await this.#together(part, steps.slice(first, last + 1), first);
      first = last + 1;
    }
  }

  async #alone(part, step, index) {
    this.#at(part, index);
    if (step.pause !== undefined) await new Promise(resolve => setTimeout(resolve, step.pause));
    if (step.close !== undefined) {
      this.#note('-', `the client closes (${step.close})`);
      this.#peer.close(step.close);
      await this.#drain();
    }
    if (step.send === undefined) return;
    let code;
    for (const { on, send } of [step, ...(step.dialogue ?? [])]) {
      if (on !== undefined && code !== String(on)) return;
      this.#send(send);
      if (step.unanswered) return;
      code = await this.#answer(on === 354 || step.last);
    }
    this.#count(step, code);
  }

  /** Several steps in one segment; with STARTTLS in it, whose 220 may overtake an answer. */
  async #together(part, steps, first, starttls) {
    const texts = steps.map(({ send }) => spelled(send, this.#fill));
    for (const [index, text] of texts.entries()) {
      this.#at(part, first + index);
      this.#note('C', text);
    }
    const behind = starttls === undefined ? '' : spelled(starttls.send, this.#fill);
    if (behind !== '') this.#note('C', behind);
    this.#peer.send(texts.join('') + behind);
    for (const [index, step] of steps.entries()) {
      this.#at(part, first + index);
      const code = await this.#reply();
      if (behind !== '' && code === '220') return code;
      this.#count(step, code);
    }
  }

  /** The last reply to a send. LMTP answers a message once for each recipient. */
  async #answer(isMessage) {
    let code = await this.#reply();
    if (this.#lmtp && isMessage)
      for (let more = 1; more < this.#recipients; more++) code = await this.#reply();
    return code;
  }

  #count({ step, last }, code = '') {
    if (code < '200' || code >= '300') return;
    if (step === 'rcpt') this.#recipients++;
    else if (last || /^(helo|ehlo|lhlo|mail|data|rset)$/.test(step)) this.#recipients = 0;
  }

  /** `early` is a 220 that has come already. */
  async #upgrade(upgrade, session, early) {
    this.#at('upgrade', 0);
    this.#recipients = 0;
    const hello = upgrade.eager ? await this.#peer.hello(upgrade, session) : '';
    if (upgrade.first !== undefined) {
      this.#send(upgrade.first);
      await this.#peer.flushed();
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    if (!upgrade.piped) this.#send(upgrade.send, hello);
    let code = early ?? (await this.#reply());
    for (let skip = upgrade.skip ?? 0; skip > 0 && !this.#over && code !== '220'; skip--)
      code = await this.#reply();
    if (code !== '220') return this.#over ? 'lost' : 'refused';
    if (upgrade.segment !== undefined) {
      await this.#peer.flushed();
      this.#send(upgrade.segment);
      await this.#peer.flushed();
    }
    if (upgrade.fail !== undefined) return this.#fail(upgrade);
    const rest = await this.#peer.rest(0);
    if (!upgrade.eager) this.#peer.send(await this.#peer.hello(upgrade, session));
    const patience = upgrade.eager || upgrade.segment !== undefined ? REACTION : REPLY;
    const { done, failed, stray } = await this.#peer.handshake(rest, patience);
    this.#stray(stray);
    this.#note('-', done ?? `no TLS: ${failed}`);
    return done === undefined ? 'no TLS' : 'secure';
  }

  async #fail(upgrade) {
    const how = upgrade.fail;
    this.#note('-', `the handshake is made to fail: ${how}`);
    this.#at('clear', -1);
    if (how === 'fin' || how === 'rst') {
      this.#peer.close(how);
      this.#wait = REACTION;
      if (how === 'fin') await this.#drain();
      this.#over = true;
      return 'failed';
    }
    this.#stray(await this.#peer.rest(0));
    if (how === 'close-notify') {
      this.#peer.send(await this.#peer.hello(upgrade));
      const { done, failed } = await this.#peer.handshake('', REPLY);
      this.#note('-', done ?? `no TLS: ${failed}`);
      if (done === undefined) return 'no TLS';
      await this.#peer.leaveTls();
      return this.#reaction();
    }
    const hello = how === 'half-hello' ? await this.#peer.hello(upgrade) : '';
    this.#peer.send(FAILURES[how] ?? hello.slice(0, hello.length >> 1));
    return this.#reaction();
  }

  async #reaction() {
    const reaction = await this.#peer.rest(REACTION);
    if (!isTls(reaction.charCodeAt(0))) this.#stray(reaction);
    return 'failed';
  }

  /** The closing QUIT: what comes ahead of its 221 answers nothing that was sent. */
  async #fence(after) {
    const last = after.at(-1)?.step;
    if (this.#over || last === 'close') return;
    this.#at('after', after.length);
    if (last !== 'quit') this.#send('QUIT\r\n');
    await this.#drain();
  }

  async #drain() {
    for (let code; !this.#over && code !== '221'; ) code = await this.#reply();
  }

  #at(part, step) {
    this.#part = part;
    this.#step = step;
  }

  #send(text, hello = '') {
    const bytes = spelled(text, this.#fill, this.#said);
    this.#note('C', bytes);
    if (hello !== '') this.#note('-', 'and the ClientHello, in the same segment');
    this.#peer.send(bytes + hello);
  }

  /** Plaintext behind the 220. */
  #stray(text) {
    if (text !== '')
      this.entries.push({ who: 'S', part: 'clear', step: -1, text, lines: text.split(/\r?\n/) });
  }

  /** The code of the next reply, `none` for a line that is no reply, undefined if nothing came. */
  async #reply() {
    if (this.#over) return undefined;
    const lines = await this.#peer.reply(this.#wait);
    this.#over = typeof lines === 'string' || this.entries.length > MOST_ENTRIES;
    if (typeof lines === 'string') {
      this.#note('-', lines === 'closed' ? 'the server closes' : 'silence', { end: lines });
      return undefined;
    }
    const codes = new Set(lines.map(line => /^[2-5]\d\d(?=[ -]|$)/.exec(line)?.[0]));
    const code = codes.size === 1 ? ([...codes][0] ?? 'none') : 'none';
    this.#said = (lines[0] ?? '').slice(4);
    this.#note('S', lines.map(line => `${line}\r\n`).join(''), { code, lines });
    return code;
  }

  #note(who, text, more = {}) {
    this.entries.push({ who, part: this.#part, step: this.#step, text, ...more });
  }
}
