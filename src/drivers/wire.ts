/**
 * A stream of ours between a TLS engine and its socket, on either side of a connection.
 *
 * It knows where a TLS record begins, and nothing else of TLS or SMTP. Through it plaintext in place of the first
 * record is seen as what it is, the first flight can be held back, and the socket outlives an engine that failed.
 */

import type net from 'node:net';
import { Duplex } from 'node:stream';
import { isRecord } from '../tls-record.ts';

export class Wire extends Duplex {
  /** While set, what the engine writes is collected instead of sent. */
  held: Buffer[] | undefined;
  #tlsSeen: boolean;
  #over = false;
  #cut = false;
  /** The engine has ended TLS by itself, and the socket goes on without it. */
  isLeft = false;
  readonly #socket: net.Socket;
  readonly #onPlaintext: (bytes: string) => void;

  /** What arrives before the first TLS record goes to `onPlaintext`; without one the engine is given everything. */
  constructor(socket: net.Socket, onPlaintext?: (bytes: string) => void) {
    super();
    this.#socket = socket;
    this.#tlsSeen = onPlaintext === undefined;
    this.#onPlaintext = onPlaintext ?? (() => {});
  }

  /** Bytes from the socket. */
  arrived(bytes: Buffer): void {
    if (this.#over) return;
    if (this.#tlsSeen) {
      this.#give(bytes);
      return;
    }
    const start = bytes.findIndex(isRecord);
    if (start >= 0) this.#tlsSeen = true;
    if (start !== 0) this.#onPlaintext(bytes.toString('latin1', 0, start < 0 ? bytes.length : start));
    if (start >= 0) this.#give(bytes.subarray(start));
  }

  /** The socket has nothing more to give. */
  ended(): void {
    if (!this.#over) this.push(null);
    this.#over = true;
  }

  /** The engine has gone, and the socket goes on without it. */
  cut(): void {
    this.#cut = true;
    this.#over = true;
  }

  /** A full buffer holds the socket back until the engine reads again. */
  #give(bytes: Buffer): void {
    if (!this.#over && !this.push(bytes)) this.#socket.pause();
  }

  override _read(): void {
    if (!this.#over) this.#socket.resume();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.held !== undefined) this.held.push(bytes);
    else if (!this.#cut && this.#socket.writable) this.#socket.write(bytes);
    done();
  }

  /** All that the engine writes in one tick goes out in one segment. */
  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'latin1', done);
  }

  override _final(done: () => void): void {
    if (!this.#cut && !this.isLeft) this.#socket.end();
    done();
  }
}
