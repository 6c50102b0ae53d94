/** How long one side waits for the other to say something. */

export class Patience {
  readonly #limit: number;
  readonly #onEnd: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** `limit` in milliseconds. */
  constructor(limit: number, onEnd: () => void) {
    this.#limit = limit;
    this.#onEnd = onEnd;
  }

  /** From now on. */
  start(): void {
    clearTimeout(this.#timer);
    // What arrived while we were busy is read before it is called silence.
    this.#timer = setTimeout(() => {
      this.#timer = setTimeout(this.#onEnd, 1);
    }, this.#limit);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
