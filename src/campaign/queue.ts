/**
 * Workers on other machines, through BullMQ on Redis: a campaign puts units in, workers take them.
 *
 * A unit has the same job id however often it is put in, so that a campaign which goes on, or a Redis that has lost its
 * last second, leads to no second job. What a worker tells on the way stands in the log of the job, which is read from
 * where it was left. A worker that is lost loses its lock on the job, and another one takes it.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, Queue, UnrecoverableError, Worker } from 'bullmq';
import { z } from 'zod';
import type { Report } from '../report/report.ts';
import { reportsIn, StoredFinding } from '../report/schema.ts';
import { TargetError } from '../targets/target.ts';
import type { Message } from './processes.ts';
import { Unit, type UnitEvents, unperformed } from './unit.ts';
import type { Workforce } from './workforce.ts';

const NAME = 'afresh-units';
/** Units that wait in the queue or are being performed: enough for many machines, and no load for Redis. */
const CAPACITY = 64;
/** Milliseconds between two looks at a job. */
const POLL = 500;
/** Milliseconds until a Redis that does not answer at the start is told as missing. */
const CONNECT_LIMIT = 5_000;
/** Milliseconds without a sign of life until a worker counts as lost, and between two looks for lost ones. */
const LOCK = 10_000;
const STALLED_CHECK = 5_000;
/** How often a unit may be taken anew: because its worker was lost, or was stopped. */
const MOST_STALLED = 5;
const ATTEMPTS = 5;
/** Milliseconds between two tellings of progress, each a line in the log of the job. */
const PROGRESS_INTERVAL = 2_000;
const TROUBLE_INTERVAL = 60_000;
const MOST_LOG_LINES = 10_000;
/** Seconds for which results that nobody fetched are kept. */
const KEPT = 7 * 24 * 3_600;

export interface QueueOptions {
  readonly url: string;
  /** Told when Redis cannot be reached. */
  readonly onTrouble: (text: string) => void;
}

/** Puts units into the queue. Throws a `TargetError` if no Redis answers. */
export async function queued({ url, onTrouble }: QueueOptions): Promise<Workforce> {
  const queue = new Queue<Unit, Report>(NAME, {
    connection: connection(url),
    defaultJobOptions: {
      attempts: ATTEMPTS,
      keepLogs: MOST_LOG_LINES,
      removeOnComplete: { age: KEPT },
      removeOnFail: { age: KEPT },
    },
  });
  await reached(queue, url);
  const troubled = watched(queue, onTrouble);
  if ((await queue.getWorkersCount().catch(troubled)) === 0)
    onTrouble(
      `no worker is at the queue yet; on each machine: afresh worker --queue ${withoutPassword(url)}`,
    );
  const idOf = ({ run, id }: Unit): string => `${run}.${id}`;
  return {
    capacity: CAPACITY,
    async perform(unit, events) {
      const settled = new AbortController();
      const aborted = untilAborted(events.signal, settled.signal);
      try {
        const result = await Promise.race([followed(queue, idOf(unit), unit, events, troubled), aborted]);
        if (result === undefined) await Promise.race([withdrawn(queue, idOf(unit)), sleep(POLL)]);
        return result;
      } finally {
        settled.abort();
      }
    },
    forget: async unit => {
      await queue.remove(idOf(unit)).catch(() => {});
    },
    close: async () => {
      await Promise.race([queue.close(), sleep(POLL)]);
    },
  };
}

/** Follows a unit through the queue, putting it in where it is not, until there is a report. */
async function followed(
  queue: Queue<Unit, Report>,
  id: string,
  unit: Unit,
  events: UnitEvents,
  troubled: (error: unknown) => void,
): Promise<Report | undefined> {
  let heard = 0;
  const look = async (): Promise<Report | undefined> => {
    const state = await queue.getJobState(id);
    if (state === 'unknown') await queue.add(unit.phase, unit, { jobId: id });
    const lines = state === 'waiting' ? [] : (await queue.getJobLogs(id, heard, -1)).logs;
    heard += lines.length;
    for (const line of lines) pass(line, events);
    if (state !== 'completed' && state !== 'failed') return undefined;
    const job = await queue.getJob(id);
    return job?.finishedOn === undefined ? undefined : reportOf(unit, job);
  };
  while (events.signal?.aborted !== true) {
    // A Redis whose memory or disk is full, or that is being started, may be well again at the next look.
    const report = await look().catch(troubled);
    if (report !== undefined) return report;
    await sleep(POLL);
  }
  return undefined;
}

const number = z.number().min(0);
const Told = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('progress'),
    progress: z.object({
      scenarios: number,
      connections: number,
      states: number,
      transitions: number,
      findings: number,
      elapsed: number,
      left: number.exactOptional(),
    }),
  }),
  z.object({ kind: z.literal('finding'), finding: StoredFinding }),
]);

/** Passes on a line of the job's log; anybody at the queue may write others than a worker does. */
function pass(line: string, events: UnitEvents): void {
  const message = told(line);
  if (message?.kind === 'progress') events.onProgress?.(message.progress);
  if (message?.kind === 'finding') events.onFinding?.(message.finding);
}

function told(line: string): z.infer<typeof Told> | undefined {
  try {
    return Told.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function reportOf(unit: Unit, { id, returnvalue, failedReason }: Job<Unit, Report>): Report {
  if (failedReason !== undefined && failedReason !== '') return unperformed(unit, failedReason);
  const strange = (why: string): Report =>
    unperformed(unit, `what came back from the queue is strange: ${why}`);
  try {
    const [report] = reportsIn(`job ${id}`, returnvalue);
    return report?.target.name === unit.name ? report : strange(`job ${id}: a result of another target`);
  } catch (error) {
    return strange((error as Error).message);
  }
}

/** Takes a unit out again that nobody has begun; one that is being performed is left to its worker. */
async function withdrawn(queue: Queue<Unit, Report>, id: string): Promise<void> {
  await queue.remove(id).catch(() => {});
}

/** Takes units from the queue and has them performed, until the signal comes; units at work then go back. */
export async function work(
  { url, onTrouble }: QueueOptions,
  workforce: Workforce,
  authorised: string | undefined,
  signal: AbortSignal,
  onUnit: (unit: Unit, outcome: 'taken' | 'done' | 'returned') => void,
): Promise<void> {
  const worker = new Worker<Unit, Report>(
    NAME,
    async job => {
      const unit = taken(job.data, authorised);
      onUnit(unit, 'taken');
      const report = await performed(job, unit, workforce, signal);
      onUnit(unit, signal.aborted ? 'returned' : 'done');
      // An error sends the unit back to the queue: half a unit is no unit.
      if (report === undefined || signal.aborted) throw new Error('the worker was stopped');
      return report;
    },
    {
      connection: connection(url),
      concurrency: workforce.capacity,
      lockDuration: LOCK,
      stalledInterval: STALLED_CHECK,
      maxStalledCount: MOST_STALLED,
    },
  );
  await reached(worker, url);
  watched(worker, onTrouble);
  await untilAborted(signal);
  await Promise.race([worker.close(), sleep(LOCK)]);
}

async function performed(
  job: Job<Unit, Report>,
  unit: Unit,
  workforce: Workforce,
  signal: AbortSignal,
): Promise<Report | undefined> {
  let written: Promise<unknown> = Promise.resolve();
  let told = performance.now();
  const tell = (message: Message): void => {
    written = written.then(() => job.log(JSON.stringify(message))).catch(() => {});
  };
  const report = await workforce.perform(unit, {
    signal,
    onFinding: finding => tell({ kind: 'finding', finding }),
    onProgress: progress => {
      if (performance.now() - told < PROGRESS_INTERVAL) return;
      told = performance.now();
      tell({ kind: 'progress', progress });
    },
  });
  // What was found is in the log before the unit is done.
  await written;
  return report;
}

/** The unit, if it is one and this worker may perform it: a queue does not decide whom this machine speaks to. */
function taken(data: unknown, authorised: string | undefined): Unit {
  const unit = Unit.safeParse(data);
  if (!unit.success) throw new UnrecoverableError('not a unit that this version of afresh knows');
  const host = unit.data.target.authorised;
  if (host !== undefined && host !== authorised)
    throw new UnrecoverableError(`a worker took it that was not started with --authorised ${host}`);
  return unit.data;
}

/** Redis may go and come back: commands wait for it. */
const connection = (url: string) => ({
  url,
  maxRetriesPerRequest: null,
  retryStrategy: (times: number) => Math.min(100 * times, 1_000),
});

type End = Queue<Unit, Report> | Worker<Unit, Report>;

/** Errors are told now and then, those that are given to what is returned too; BullMQ itself connects anew. */
function watched(end: End, onTrouble: (text: string) => void): (error: unknown) => undefined {
  let told = Number.NEGATIVE_INFINITY;
  const troubled = (error: unknown): undefined => {
    if (performance.now() - told < TROUBLE_INTERVAL) return;
    told = performance.now();
    onTrouble(`the queue cannot be used (${(error as Error).message}); waiting for it`);
  };
  (end as Worker<Unit, Report>).on('error', troubled);
  return troubled;
}

async function reached(end: End, url: string): Promise<void> {
  // Without a listener an error would end the process; here silence tells as much.
  let why = '';
  (end as Worker<Unit, Report>).on('error', ({ message }) => {
    why ||= message;
  });
  const given = new AbortController();
  const ready = await Promise.race([
    end.waitUntilReady().then(
      () => true,
      (error: Error) => {
        why ||= error.message;
        return false;
      },
    ),
    sleep(CONNECT_LIMIT, false, { signal: given.signal }),
  ]).finally(() => given.abort());
  if (ready) return;
  void end.close().catch(() => {});
  throw new TargetError(
    `${withoutPassword(url)}: no Redis answers there${why && ` (${why})`}; is it running, and are the address and the password right?`,
  );
}

const withoutPassword = (url: string): string => url.replace(/\/\/[^@/]*@/, '//');

/** Resolves when `signal` is aborted; forgets it when `settled` is. */
function untilAborted(signal: AbortSignal | undefined, settled?: AbortSignal): Promise<undefined> {
  return new Promise(resolve => {
    if (signal?.aborted === true) resolve(undefined);
    const options = { once: true, ...(settled === undefined ? {} : { signal: settled }) };
    signal?.addEventListener('abort', () => resolve(undefined), options);
  });
}
