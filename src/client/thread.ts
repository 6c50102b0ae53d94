/**
 * A client that is a function, in a thread of its own: fast, since nothing is started for each run, and unable to
 * take us down with it. A thread with a client that does not end is given up, and replaced by a new one.
 */

import { Worker } from 'node:worker_threads';
import { sibling } from '../sibling.ts';
import type { Client, Order } from './launch.ts';
import type { Answer, Request, ThreadData } from './thread-inside.ts';
import type { Exit } from './transcript.ts';

/** Milliseconds of stillness after which a client without a process to start is taken to be waiting. */
const IDLE = 400;
/** Milliseconds without an order after which a thread ends. */
const LEISURE = 2_000;

export interface ThreadOptions extends Omit<Client, 'launch' | 'idle'> {
  /** The module that the client is in; see `ClientModule`. */
  readonly module: URL;
  readonly variant: string;
}

export function threadClient({ module, variant, ...facts }: ThreadOptions): Client {
  let thread: Thread | undefined;
  return {
    ...facts,
    idle: IDLE,
    launch: (order, signal) => {
      if (thread === undefined || thread.spent) thread = new Thread({ module: module.href, variant });
      return thread.run(order, signal);
    },
  };
}

type Settle = (exit: Exit) => void;

class Thread {
  /** Takes no more orders. */
  spent = false;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Settle>();
  #count = 0;
  /** Ends a thread that has had nothing to do. */
  #leisure: NodeJS.Timeout | undefined;

  constructor(workerData: ThreadData) {
    this.#worker = new Worker(sibling('thread-inside', import.meta.url), {
      workerData,
      // What a client prints is its own affair.
      stdout: true,
      stderr: true,
    });
    this.#worker.unref();
    this.#worker.on('message', ({ id, code, output }: Answer) => {
      const exit: Exit = { kind: 'exited', code, output };
      if (id === undefined) this.#endAll(exit);
      else this.#end(id, exit);
    });
    this.#worker.on('exit', code => this.#endAll({ kind: 'exited', code, output: '' }));
    this.#worker.on('error', error => this.#endAll({ kind: 'exited', code: 1, output: String(error) }));
  }

  run(order: Order, signal?: AbortSignal): Promise<Exit> {
    const id = this.#count++;
    clearTimeout(this.#leisure);
    return new Promise(resolve => {
      const halt = (): void => {
        this.spent = true;
        this.#end(id, { kind: 'late', waited: order.limit, output: '' });
      };
      const timer = setTimeout(halt, order.limit);
      this.#pending.set(id, exit => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', halt);
        resolve(exit);
      });
      if (signal?.aborted === true) {
        halt();
        return;
      }
      signal?.addEventListener('abort', halt);
      this.#worker.postMessage({ id, order } satisfies Request);
    });
  }

  #end(id: number, exit: Exit): void {
    this.#pending.get(id)?.(exit);
    this.#pending.delete(id);
    if (this.#pending.size > 0) return;
    this.#leisure = setTimeout(() => this.#close(), this.spent ? 0 : LEISURE).unref();
  }

  #close(): void {
    this.spent = true;
    void this.#worker.terminate();
  }

  #endAll(exit: Exit): void {
    this.spent = true;
    for (const id of [...this.#pending.keys()]) this.#end(id, exit);
  }
}
