/**
 * A server in a child process that is started again, on the same port, when it ends by itself.
 *
 * It knows processes and their messages, and nothing of what the server is or says. That the server lives is asked of
 * the server, over IPC: a child that is gone does not answer, however late its exit is told.
 */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export interface KeptAlive {
  readonly port: number;
  /** Resolves when the server runs: at once, or as soon as it is started again. */
  ready(): Promise<void>;
  /** How often it was started again, as soon as it is known whether it lives. */
  restarts(): Promise<number>;
  stop(): Promise<void>;
}

export interface Launched {
  readonly child: ChildProcess;
  /** The port on which it listens, once it does. */
  readonly listening: Promise<number>;
}

/** What the parent asks, and what the child gives back as `answer`. */
export interface Question {
  readonly question: number;
}

/** Times that a server is started again, and milliseconds for an answer of one that is busy. */
const MOST_RESTARTS = 1_000;
const ANSWER_LIMIT = 5_000;

/** `launch` is given the port that is wanted; 0 is any. Rejects if the first launch does. */
export async function keepAlive(launch: (port: number) => Launched): Promise<KeptAlive> {
  const inquiry = newInquiry();
  let { child, listening } = launch(0);
  let isRunning = false;
  let restarts = 0;
  let stopped = false;
  const watch = (): void => {
    child.on('message', inquiry.answered);
    child.once('exit', () => {
      // One that did not come to run will not do so the next time either.
      if (!stopped && isRunning && restarts < MOST_RESTARTS) {
        isRunning = false;
        restarts += 1;
        ({ child, listening } = launch(port));
        watch();
      }
      inquiry.giveUp();
    });
    listening.then(
      () => {
        isRunning = true;
      },
      // What waits for a server that cannot be started again finds nobody there.
      () => void child.kill('SIGKILL'),
    );
  };
  watch();
  const port = await listening;
  const ready = (): Promise<void> =>
    listening.then(
      () => {},
      () => {},
    );
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  return {
    port,
    ready,
    restarts: async () => {
      await inquiry.isKnown(child);
      await ready();
      return restarts;
    },
    stop: async () => {
      stopped = true;
      process.off('exit', kill);
      if (isGone(child)) return;
      const exit = once(child, 'exit');
      kill();
      await exit;
    },
  };
}

const isGone = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** What children are asked: whether they live. */
interface Inquiry {
  /** Resolves when the child has answered, is known to be gone, or has taken too long. */
  isKnown(child: ChildProcess): Promise<void>;
  /** A message of a child. */
  answered(message: { readonly answer?: number }): void;
  /** A child is gone, and answers nothing any more. */
  giveUp(): void;
}

function newInquiry(): Inquiry {
  const asked = new Map<number, () => void>();
  let questions = 0;
  return {
    isKnown: child =>
      new Promise(resolve => {
        const question = ++questions;
        const timer = setTimeout(() => settle(), ANSWER_LIMIT);
        const settle = (): void => {
          clearTimeout(timer);
          asked.delete(question);
          resolve();
        };
        asked.set(question, settle);
        // Of a child whose exit is not told yet, the exit is waited for.
        child.send({ question } satisfies Question, error => {
          if (error !== null && isGone(child)) settle();
        });
      }),
    answered({ answer }) {
      if (answer !== undefined) asked.get(answer)?.();
    },
    giveUp() {
      for (const settle of asked.values()) settle();
    },
  };
}
