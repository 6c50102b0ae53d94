/**
 * The journal of a campaign on disk: one JSON event a line, only ever appended to.
 *
 * An event is on the disk before anything is done because of it. A process that is killed can cut off the last line at
 * most, and that is not read. When the file has grown long it is written anew, short, beside and then moved into place.
 */

import {
  appendFileSync,
  closeSync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { troubleWith, writeWhole } from '../document.ts';
import { TargetError } from '../targets/target.ts';
import { apply, type Event, newState, type State, shortest } from './state.ts';

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

/** Bytes appended before the journal is made short again. */
const MOST_BYTES = 32 << 20;

/** The journal as it was left, or an empty one; `anew` drops what is there. */
export function openJournal(file: string, anew: boolean, mostBytes = MOST_BYTES): Journal {
  mkdirSync(dirname(file), { recursive: true });
  const state = newState();
  let descriptor = openSync(file, 'a+');
  if (anew) ftruncateSync(descriptor);
  let appended = replayed(file, descriptor, state);
  const [before, opened] = [state.elapsed, performance.now()];
  const elapsed = (): number => before + performance.now() - opened;

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
    elapsed,
    record(untimed) {
      const event: Event = { ...untimed, elapsed: Math.round(elapsed()) };
      append(event);
      apply(state, event);
      if (appended > mostBytes) shorten();
    },
    close: () => closeSync(descriptor),
  };
}

/** Applies what the file says, cuts off a last line that is not whole, and returns the length of what stays. */
function replayed(file: string, descriptor: number, state: State): number {
  const text = readFileSync(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) ftruncateSync(descriptor, Buffer.byteLength(whole));
  for (const [index, line] of whole.split('\n').slice(0, -1).entries()) {
    try {
      apply(state, JSON.parse(line) as Event);
    } catch {
      throw new TargetError(`${file}: line ${index + 1} is damaged; say --restart to begin anew`);
    }
  }
  return whole.length;
}
