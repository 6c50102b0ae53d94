/**
 * The journal of a campaign on disk: one JSON event a line, only ever appended to.
 *
 * An event is on the disk before anything is done because of it. A process that is killed can cut off the last line at
 * most, and that is not read. When the file has grown long it is written anew, short, beside and then moved into place.
 * It is read line by line, and nothing of it is believed that this version would not have written.
 */

import {
  appendFileSync,
  closeSync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { isStream, troubleWith, writeWhole } from '../document.ts';
import { StoredFinding, StoredReport } from '../report/schema.ts';
import { TargetError } from '../targets/target.ts';
import { apply, type Event, newState, type State, shortest } from './state.ts';
import { RUN, Unit } from './unit.ts';

/** An event without its time, which the journal adds. */
type Untimed<E> = E extends unknown ? Omit<E, 'elapsed'> : never;

export interface Journal {
  readonly state: State;
  /** Milliseconds that the campaign has been running, over all its starts. */
  elapsed(): number;
  /** Writes an event, then applies it to the state. */
  record(event: Untimed<Event>): void;
  close(): void;
}

const count = z.int().min(0);
const elapsed = z.number().min(0);
const Stored: z.ZodType<Event> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('begun'),
    schema: z.literal(1),
    run: RUN,
    startedAt: z.iso.datetime(),
    seed: count,
    orders: z.string(),
    elapsed,
  }),
  z.object({ kind: z.literal('planned'), unit: Unit, elapsed }),
  z.object({ kind: z.literal('finding'), target: z.string(), finding: StoredFinding, elapsed }),
  z.object({ kind: z.literal('done'), unit: z.string(), report: StoredReport, elapsed }),
  z.object({
    kind: z.literal('merged'),
    target: z.string(),
    report: StoredReport.optional(),
    planned: z.object({ replay: count, explore: count, minimise: count }),
    elapsed,
  }),
  z.object({ kind: z.literal('ended'), elapsed }),
]);

/** Bytes appended before the journal is made short again. */
const MOST_BYTES = 32 << 20;
/** Bytes of one event, which is a report at most. */
const MOST_LINE = 32 << 20;
const CHUNK = 1 << 20;
const NEWLINE = 0x0a;

/** The journal as it was left, or an empty one; `anew` drops what is there. */
export function openJournal(file: string, anew: boolean, mostBytes = MOST_BYTES): Journal {
  const state = newState();
  let descriptor = opened(file);
  if (anew) ftruncateSync(descriptor);
  let appended = replayed(file, descriptor, state);
  const [before, begun] = [state.elapsed, performance.now()];
  const sofar = (): number => before + performance.now() - begun;

  const append = (event: Event): void => {
    const line = `${JSON.stringify(event)}\n`;
    try {
      appendFileSync(descriptor, line);
      fdatasyncSync(descriptor);
    } catch (error) {
      throw new TargetError(troubleWith(file, 'written', error), 3);
    }
    appended += line.length;
  };
  const shorten = (): void => {
    writeWhole(
      file,
      `${shortest(state)
        .map(event => JSON.stringify(event))
        .join('\n')}\n`,
    );
    closeSync(descriptor);
    descriptor = openSync(file, 'a');
    appended = 0;
  };
  return {
    state,
    elapsed: sofar,
    record(untimed) {
      const event: Event = { ...untimed, elapsed: Math.round(sofar()) };
      append(event);
      apply(state, event);
      if (appended > mostBytes) shorten();
    },
    close: () => closeSync(descriptor),
  };
}

function opened(file: string): number {
  // Reading it might never end.
  if (isStream(file)) throw new TargetError(`${file}: a pipe or a device, where only a file belongs`);
  try {
    mkdirSync(dirname(file), { recursive: true });
    return openSync(file, 'a+');
  } catch (error) {
    throw new TargetError(troubleWith(file, 'written', error));
  }
}

/** Applies what the file says, cuts off a last line that is not whole, and returns the length of what stays. */
function replayed(file: string, descriptor: number, state: State): number {
  let whole = 0;
  let number = 0;
  for (const line of linesOf(descriptor)) {
    number++;
    if (!applied(state, line))
      throw new TargetError(`${file}: line ${number} is damaged; say --restart to begin anew`);
    whole += line.length + 1;
  }
  ftruncateSync(descriptor, whole);
  return whole;
}

function applied(state: State, line: Buffer): boolean {
  try {
    if (line.length > MOST_LINE) return false;
    apply(state, Stored.parse(JSON.parse(line.toString('utf8'))));
    return true;
  } catch {
    return false;
  }
}

/** Lines that are whole, without their ends; of one that is too long, no more than it takes to tell. */
function* linesOf(descriptor: number): Generator<Buffer> {
  let parts: Buffer[] = [];
  let held = 0;
  for (let position = 0; ; ) {
    const chunk = Buffer.allocUnsafe(CHUNK);
    const length = readSync(descriptor, chunk, 0, CHUNK, position);
    if (length === 0) return;
    position += length;
    let rest = chunk.subarray(0, length);
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      yield Buffer.concat([...parts, rest.subarray(0, end)]);
      [parts, held, rest] = [[], 0, rest.subarray(end + 1)];
    }
    parts.push(rest);
    held += rest.length;
    if (held > MOST_LINE) yield Buffer.concat(parts);
  }
}
