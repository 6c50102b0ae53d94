/** One connection of the client of ours: bytes out, replies in, and TLS. What is said is the affair of `client.ts`. */

import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { type Malformed, type Reply, ReplyParser } from '../../smtp/reply.ts';

export class Connection {
  #socket: net.Socket;
  #parser = new ReplyParser();
  /** Read when the next reply has been. */
  #behind = '';
  #ended = false;
  #wake: () => void = () => {};

  constructor(host: string, port: number) {
    this.#socket = net.connect({ host, port, noDelay: true });
    this.#listen();
  }

  /** Whether the server has ended it. */
  get ended(): boolean {
    return this.#ended;
  }

  write(bytes: string): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  end(): void {
    this.#socket.end();
  }

  /** The next reply; undefined where the server has ended the connection. */
  async reply(): Promise<Reply | Malformed | undefined> {
    for (;;) {
      const reply = this.#parser.next();
      if (reply !== undefined) {
        this.#parser.feed(this.#behind);
        this.#behind = '';
      }
      if (reply !== undefined || this.#ended) return reply;
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
  }

  /** What has come and is no whole reply yet. */
  unread(): string {
    return this.#parser.rest();
  }

  /** Starts TLS, whatever the certificate is; throws where the handshake fails. */
  async secure(ca: string, host: string): Promise<tls.TLSSocket> {
    const plain = this.#socket;
    plain.removeAllListeners();
    // An address is no name to ask for.
    const named = net.isIP(host) === 0 ? { servername: host } : { host };
    const secure = tls.connect({ socket: plain, ca, ...named, rejectUnauthorized: false });
    try {
      await once(secure, 'secureConnect');
    } catch (error) {
      plain.destroy();
      throw error;
    }
    this.#socket = secure;
    return secure;
  }

  /** Reads on in TLS, as if these bytes had come there first, or `behind` the first reply. */
  readOn(bytes: string, behind: string): void {
    this.#behind = behind;
    this.#parser = new ReplyParser();
    this.#parser.feed(bytes);
    this.#listen();
  }

  #listen(): void {
    const end = (): void => {
      this.#ended = true;
      this.#wake();
    };
    this.#socket.on('data', (bytes: Buffer) => {
      this.#parser.feed(bytes.toString('latin1'));
      this.#wake();
    });
    this.#socket.on('end', end);
    this.#socket.on('close', end);
    this.#socket.on('error', end);
  }
}
