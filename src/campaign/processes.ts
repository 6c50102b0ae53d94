/**
 * Worker processes of this machine, one unit at a time each. A process that a target brings down, by memory or by a
 * crash, is replaced; the unit is tried again, and then reported as not performed.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Report, ReportedFinding } from '../report/report.ts';
import type { Progress } from '../search.ts';
import { sibling } from '../sibling.ts';
import { type Unit, type UnitEvents, unperformed } from './unit.ts';
import type { Workforce } from './workforce.ts';

/** What a worker is told. */
export type Order = { readonly kind: 'perform'; readonly unit: Unit } | { readonly kind: 'stop' };

/** What a worker tells. */
export type Message =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'finding'; readonly finding: ReportedFinding }
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'failed'; readonly reason: string };

const ATTEMPTS = 2;
/**
 * MiB of heap: a target that fills it takes one worker along, and not the machine. What is young is collected early: that
 * takes no longer, and a worker which was busy once does not stay large.
 */
const HEAP = { most: 1_024, young: 2 } as const;
/** Milliseconds that a worker has to report what it has, once it is told to stop. */
const WIND_UP_LIMIT = 10_000;
/** Milliseconds from the end of the work to the end of the process, by force if need be. */
const STOP_LIMIT = 1_500;

export function workerProcesses(count: number): Workforce {
  const all = new Set<ChildProcess>();
  const idle = new Set<ChildProcess>();
  const started = (): ChildProcess => {
    const child = launched();
    all.add(child);
    child.once('exit', () => {
      all.delete(child);
      idle.delete(child);
    });
    return child;
  };
  return {
    capacity: count,
    async perform(unit, events) {
      for (let attempt = 1; ; attempt++) {
        const [worker = started()] = idle;
        idle.delete(worker);
        const result = await performed(worker, unit, events);
        if (all.has(worker)) idle.add(worker);
        if (result.kind === 'report') return result.report;
        if (result.kind === 'failed') return unperformed(unit, result.reason);
        if (events.signal?.aborted === true) return undefined;
        if (attempt === ATTEMPTS)
          return unperformed(unit, `the worker process ended (${result.how}), ${attempt} times`);
      }
    },
    forget: () => Promise.resolve(),
    async close() {
      await Promise.all([...all].map(stopped));
    },
  };
}

function launched(): ChildProcess {
  const script = fileURLToPath(sibling('worker-process', import.meta.url));
  const execArgv = [`--max-old-space-size=${HEAP.most}`, `--max-semi-space-size=${HEAP.young}`];
  const child = fork(script, { execArgv, serialization: 'advanced' });
  child.on('error', () => child.kill('SIGKILL'));
  return child;
}

type Outcome =
  | Extract<Message, { kind: 'report' | 'failed' }>
  | { readonly kind: 'gone'; readonly how: string };

/** Hands a unit to a worker, and passes on what it tells until the unit is done or the worker is gone. */
function performed(worker: ChildProcess, unit: Unit, events: UnitEvents): Promise<Outcome> {
  return new Promise(resolve => {
    let timer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      send(worker, { kind: 'stop' });
      timer = setTimeout(() => worker.kill('SIGKILL'), WIND_UP_LIMIT);
    };
    const settle = (outcome: Outcome): void => {
      clearTimeout(timer);
      worker.off('message', heard).off('exit', ended);
      events.signal?.removeEventListener('abort', stop);
      resolve(outcome);
    };
    const heard = (data: unknown): void => {
      const message = data as Message;
      if (message.kind === 'progress') events.onProgress?.(message.progress);
      else if (message.kind === 'finding') events.onFinding?.(message.finding);
      else settle(message);
    };
    const ended = (code: number | null, signal: string | null): void =>
      settle({ kind: 'gone', how: signal ?? `exit code ${code}` });
    worker.on('message', heard).on('exit', ended);
    events.signal?.addEventListener('abort', stop);
    send(worker, { kind: 'perform', unit });
    if (events.signal?.aborted === true) stop();
  });
}

/** With a callback, a worker that has gone meanwhile is no error: its end is noticed by `exit`. */
function send(worker: ChildProcess, order: Order): void {
  worker.send(order, () => {});
}

async function stopped(worker: ChildProcess): Promise<void> {
  const exit = once(worker, 'exit');
  const timer = setTimeout(() => worker.kill('SIGKILL'), STOP_LIMIT);
  if (worker.connected) worker.disconnect();
  await exit;
  clearTimeout(timer);
}
