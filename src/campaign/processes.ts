/**
 * Worker processes of this machine, one unit at a time each. A process that a target brings down, by memory, by a crash
 * or by keeping it busy for ever, is replaced; the unit is tried again, and then reported as not performed.
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
  | { readonly kind: 'alive' }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'finding'; readonly finding: ReportedFinding }
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'failed'; readonly reason: string };

const ATTEMPTS = 2;
/**
 * MiB of heap, and of what is young in it: a target that fills it takes one worker along, and not the machine. A worker
 * needs some 30 MiB. Left to itself the engine lets them grow by twice that again before it collects what is old; by a
 * fifth takes a little more time, and a worker that was busy once does not stay large.
 */
const HEAP = { most: 1_024, young: 2 } as const;
const GROWTH_PERCENT = 20;
/** Milliseconds that a worker has to report what it has, once it is told to stop. */
const WIND_UP_LIMIT = 10_000;
/** Milliseconds from the end of the work to the end of the process, by force if need be. */
const STOP_LIMIT = 1_500;

/** Milliseconds that a worker is given. */
export interface WorkerLimits {
  /** Without a word from a worker, which says at least that it is alive. */
  readonly silence: number;
  /** Without any news of its unit: a worker that is alive may wait for something that never comes. */
  readonly standstill: number;
  /**
   * From its start until a new one takes its place, between two units: what the engine and the C library keep of memory
   * that is free again, a few MiB with each unit, goes back to the machine so.
   */
  readonly lifetime: number;
}

const LIMITS: WorkerLimits = { silence: 60_000, standstill: 15 * 60_000, lifetime: 5 * 60_000 };

export function workerProcesses(count: number, limits: Partial<WorkerLimits> = {}): Workforce {
  const { lifetime, ...patience } = { ...LIMITS, ...limits };
  const all = new Set<ChildProcess>();
  const idle = new Set<ChildProcess>();
  const retired = new Set<ChildProcess>();
  const started = (): ChildProcess => {
    const child = launched();
    all.add(child);
    const end = setTimeout(() => retired.add(child), lifetime).unref();
    child.once('exit', () => {
      clearTimeout(end);
      for (const group of [all, idle, retired]) group.delete(child);
    });
    return child;
  };
  return {
    capacity: count,
    async perform(unit, events) {
      for (let attempt = 1; ; attempt++) {
        const [worker = started()] = idle;
        idle.delete(worker);
        const result = await performed(worker, unit, events, patience);
        if (retired.has(worker)) await stopped(worker);
        else if (all.has(worker)) idle.add(worker);
        if (result.kind === 'report') return result.report;
        if (result.kind === 'failed') return unperformed(unit, result.reason);
        if (events.signal?.aborted === true) return undefined;
        if (attempt === ATTEMPTS)
          return unperformed(unit, `the worker process ended ${attempt} times (${result.how})`);
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
  const execArgv = [
    `--max-old-space-size=${HEAP.most}`,
    `--max-semi-space-size=${HEAP.young}`,
    `--heap-growing-percent=${GROWTH_PERCENT}`,
  ];
  const child = fork(script, { execArgv, serialization: 'advanced' });
  child.on('error', () => child.kill('SIGKILL'));
  return child;
}

type Outcome =
  | Extract<Message, { kind: 'report' | 'failed' }>
  | { readonly kind: 'gone'; readonly how: string };

/** Hands a unit to a worker, and passes on what it tells until the unit is done or the worker is gone. */
function performed(
  worker: ChildProcess,
  unit: Unit,
  events: UnitEvents,
  patience: Omit<WorkerLimits, 'lifetime'>,
): Promise<Outcome> {
  return new Promise(resolve => {
    let overdue: string | undefined;
    const kill = (why: string) => (): void => {
      overdue = why;
      worker.kill('SIGKILL');
    };
    const silence = setTimeout(kill('it fell silent'), patience.silence);
    const standstill = setTimeout(kill('its unit got no further'), patience.standstill);
    let windUp: NodeJS.Timeout | undefined;
    const stop = (): void => {
      send(worker, { kind: 'stop' });
      windUp = setTimeout(kill('it did not stop'), WIND_UP_LIMIT);
    };
    const settle = (outcome: Outcome): void => {
      for (const timer of [silence, standstill, windUp]) clearTimeout(timer);
      worker.off('message', heard).off('exit', ended);
      events.signal?.removeEventListener('abort', stop);
      resolve(outcome);
    };
    const heard = (data: unknown): void => {
      const message = data as Message;
      silence.refresh();
      if (message.kind === 'alive') return;
      standstill.refresh();
      if (message.kind === 'progress') events.onProgress?.(message.progress);
      else if (message.kind === 'finding') events.onFinding?.(message.finding);
      else settle(message);
    };
    const ended = (code: number | null, signal: string | null): void =>
      settle({ kind: 'gone', how: overdue ?? signal ?? `exit code ${code}` });
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
