/** What one client may say on a connection, before it is taken to go round in a circle, or to send without end. No I/O. */

/** A list of recipients may be long; a circle says the same. */
const MAX_SAID_AGAIN = 200;
const MAX_COMMANDS = 4_000;
export const MAX_RECEIVED = 4 * 1024 * 1024;

export class Bounds {
  #received = 0;
  #commands = 0;
  #saidAgain = 0;
  readonly #lines = new Set<string>();

  /** Whether so many bytes more are too many. */
  receive(bytes: number): boolean {
    this.#received += bytes;
    return this.#received > MAX_RECEIVED;
  }

  /** Whether one more of anything is too many. */
  count(): boolean {
    return ++this.#commands > MAX_COMMANDS;
  }

  /** Whether one more of these is too many. */
  countLine(text: string): boolean {
    if (this.#lines.has(text)) this.#saidAgain++;
    this.#lines.add(text);
    return this.count() || this.#saidAgain > MAX_SAID_AGAIN;
  }
}
