/**
 * The inside of a thread in which a client is a function (`thread.ts`): runs orders side by side and says how each
 * ended. What a client throws where nobody can catch it belongs to the order in whose course it was thrown.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import type { Order } from './launch.ts';

/** What a module with a client in it exports. */
export interface ClientModule {
  /** Runs one errand; `variant` says which of the clients that the module knows. */
  readonly send: (order: Order, variant: string) => Promise<unknown>;
}

export interface ThreadData {
  readonly module: string;
  readonly variant: string;
}

export interface Request {
  readonly id: number;
  readonly order: Order;
}

export interface Answer {
  /** Absent where it cannot be told whose error it is. */
  readonly id?: number;
  readonly code: number;
  readonly output: string;
}

const MAX_OUTPUT = 4_096;
const { module, variant } = workerData as ThreadData;
const current = new AsyncLocalStorage<number>();
const answer = (one: Answer): void => parentPort?.postMessage(one);

const failed = (error: unknown): void => {
  const id = current.getStore();
  answer({ ...(id === undefined ? {} : { id }), code: 1, output: String(error).slice(0, MAX_OUTPUT) });
};
process.on('uncaughtException', failed);
process.on('unhandledRejection', failed);

const { send } = (await import(module)) as ClientModule;

parentPort?.on('message', ({ id, order }: Request) => {
  current.run(id, () => {
    send(order, variant).then(() => answer({ id, code: 0, output: '' }), failed);
  });
});
