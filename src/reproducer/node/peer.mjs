// One connection to the server: plaintext, TLS, and the ways out. Part of the reproducer.
//
// Bytes are strings of one character a byte. Every wait has a limit, and nothing a server does throws.

import net from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';

// Milliseconds that connecting, a farewell and a whole connection may take, and bytes that a server may send on it.
const CONNECTING = 5_000;
const LEAVING = 500;
const CONNECTION = 60_000;
const MOST_BYTES = 4 * 1024 * 1024;
// Milliseconds after which a server has read what was sent.
const APART = 20;

/** Whether a byte can begin a TLS record. */
export const isTls = byte => byte >= 0x14 && byte <= 0x17;

/** Stands between TLS and the socket: can hold the ClientHello back, and keeps plaintext behind the 220 apart. */
class Wire extends Duplex {
  stray = '';
  held = [];
  isLeft = false;
  #tlsSeen = false;
  #over = false;
  #socket;

  constructor(socket) {
    super();
    this.#socket = socket;
  }

  arrived(bytes) {
    if (this.#over || bytes.length === 0) return;
    const start = this.#tlsSeen ? 0 : bytes.findIndex(isTls);
    this.#tlsSeen = start >= 0;
    this.stray += bytes.toString('latin1', 0, start < 0 ? bytes.length : start);
    if (start >= 0) this.push(bytes.subarray(start));
  }

  ended() {
    if (!this.#over) this.push(null);
    this.#over = true;
  }

  _read() {}

  _write(bytes, _encoding, done) {
    if (this.held) this.held.push(bytes);
    else if (this.#socket.writable) this.#socket.write(bytes);
    done();
  }

  /** All that TLS writes at once goes out in one segment. */
  _writev(chunks, done) {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'latin1', done);
  }

  _final(done) {
    if (!this.isLeft) this.#socket.end();
    done();
  }
}

export class Peer {
  /** What resumes this connection's TLS session. */
  session;
  #target;
  #socket;
  #wire;
  #tls;
  #secure = false;
  #unread = '';
  #taken = 0;
  #ended = false;
  #wake = () => {};
  #deadline = Date.now() + CONNECTION;

  /** A peer, or why there is none. `target` has host and port, and perhaps key and cert. */
  static open(target) {
    return new Promise(resolve => {
      const socket = net.connect({ host: target.host, port: target.port, noDelay: true });
      const failed = error => {
        socket.destroy();
        resolve(error?.code ?? 'no answer');
      };
      const timer = setTimeout(failed, CONNECTING);
      socket.once('error', failed).once('connect', () => resolve(new Peer(socket, target)));
      socket.once('connect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
    });
  }

  constructor(socket, target) {
    this.#socket = socket;
    this.#target = target;
    socket.on('data', bytes => {
      this.#taken += bytes.length;
      if (this.#taken > MOST_BYTES) this.close('rst');
      else if (this.#secure) this.#wire.arrived(bytes);
      else this.#arrived(bytes);
    });
    for (const event of ['end', 'error', 'close'])
      socket.on(event, () => (this.#secure ? this.#wire.ended() : this.#end()));
  }

  send(bytes) {
    const stream = this.#secure ? this.#tls : this.#socket;
    if (stream.writable) stream.write(bytes, 'latin1');
  }

  /** Waits until what was sent is on its way, so that the next bytes are a new segment. */
  async flushed() {
    if (this.#socket.writable) await new Promise(resolve => this.#socket.write('', resolve));
    await new Promise(setImmediate);
  }

  /** The lines of the next reply, or why there is none: `closed` or `silence`. */
  async reply(wait) {
    const until = Math.min(Date.now() + wait, this.#deadline);
    const lines = [];
    for (;;) {
      const end = this.#unread.indexOf('\n');
      if (end >= 0) {
        const line = this.#unread.slice(0, end).replace(/\r$/, '');
        this.#unread = this.#unread.slice(end + 1);
        lines.push(line);
        if (!/^[2-5]\d\d-/.test(line)) return lines;
      } else if (this.#ended) return 'closed';
      else if (Date.now() >= until) return 'silence';
      else await this.#arrival(until - Date.now());
    }
  }

  /** All that has arrived and was no reply; `wait` for something if there is nothing yet. */
  async rest(wait) {
    if (this.#unread === '' && !this.#ended && wait > 0) await this.#arrival(wait);
    const rest = this.#unread;
    this.#unread = '';
    return rest;
  }

  /** Makes ready for TLS and hands out the ClientHello. */
  async hello(upgrade, session) {
    const { host, key, cert } = this.#target;
    this.#wire = new Wire(this.#socket);
    this.#tls = tls.connect({
      socket: this.#wire,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      maxVersion: `TLSv${upgrade.tls}`,
      ...(upgrade.sni ? { servername: net.isIP(host) ? 'localhost' : host } : {}),
      ...(upgrade.certificate ? { key, cert } : {}),
      ...(session ? { session } : {}),
    });
    this.#tls.on('session', ticket => {
      this.session = ticket;
    });
    this.#tls.on('data', bytes => this.#arrived(bytes));
    const wire = this.#wire;
    for (const event of ['end', 'error', 'close']) this.#tls.on(event, () => wire.isLeft || this.#end());
    while (this.#wire.held.length === 0 && !this.#tls.destroyed) await new Promise(setImmediate);
    return Buffer.concat(this.#wire.held).toString('latin1');
  }

  /** Goes on with the handshake once the ClientHello is sent; `early` came together with the 220. */
  handshake(early, wait) {
    const wire = this.#wire;
    const engine = this.#tls;
    wire.held = undefined;
    this.#secure = true;
    return new Promise(resolve => {
      const settle = result => {
        clearTimeout(timer);
        resolve({ ...result, stray: wire.stray });
      };
      const timer = setTimeout(() => settle({ failed: 'no answer' }), wait);
      engine.once('secureConnect', () =>
        settle({ done: engine.getProtocol() + (engine.isSessionReused() ? ', session resumed' : '') }),
      );
      engine.once('error', error => settle({ failed: error.code ?? error.message }));
      engine.once('close', () => settle({ failed: 'closed' }));
      wire.arrived(Buffer.from(early, 'latin1'));
      if (this.#ended) wire.ended();
    });
  }

  /** Ends TLS by a close_notify, and goes on in plaintext. */
  async leaveTls() {
    this.#wire.isLeft = true;
    this.#tls.end();
    await new Promise(resolve => this.#wire.once('finish', resolve).once('close', resolve));
    this.#secure = false;
    // The server is not to read the next command together with the end of TLS.
    await new Promise(resolve => setTimeout(resolve, APART));
  }

  /** `close_notify` and FIN, `fin` alone, or `rst`. */
  close(how) {
    if (how === 'rst') {
      this.#end();
      this.#tls?.destroy();
      this.#socket.resetAndDestroy();
    } else if (how === 'close_notify' && this.#secure) this.#tls.end();
    else this.#socket.end();
  }

  /** Ends the connection politely, if the server lets us. */
  async leave() {
    this.close('close_notify');
    if (!this.#ended) await this.#arrival(LEAVING);
    this.#tls?.destroy();
    this.#socket.destroy();
  }

  #arrived(bytes) {
    this.#unread += bytes.toString('latin1');
    this.#wake();
  }

  #end() {
    this.#ended = true;
    this.#wake();
  }

  /** Returns when something arrives, the connection ends, or the time is over. */
  #arrival(wait) {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, wait);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
