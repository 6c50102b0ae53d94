/** What a client got at one step, as far as limits go: a code, and whether the session went on. Pure. */

import type { Scenario } from '../scenario.ts';
import type { Part, Transcript } from '../transcript.ts';

export interface StepOutcome {
  /** The code of the last reply; undefined where none came, or none that can be read. */
  readonly code: number | undefined;
  /** The codes of all replies, in order. */
  readonly codes: readonly (number | undefined)[];
  /** The server ended the connection, in place of a reply or right behind it. */
  readonly ended: boolean;
  readonly silent: boolean;
}

/** The outcome of a step of `after`; the fence is the step behind the last. */
export function outcomeAt(transcript: Transcript, { after }: Scenario, step: number): StepOutcome {
  return outcomeOf(transcript, step < after.length ? 'after' : 'fence', step < after.length ? step : 0);
}

export function outcomeOf({ entries }: Transcript, part: Part, step: number): StepOutcome {
  const codes: (number | undefined)[] = [];
  let ended = false;
  let silent = false;
  for (const [index, entry] of entries.entries()) {
    if (entry.part !== part || entry.step !== step) continue;
    if (entry.kind === 'ended') ended = true;
    if (entry.kind === 'silence') silent = true;
    if (entry.kind !== 'received') continue;
    const code = entry.reply.kind === 'reply' ? entry.reply.code : undefined;
    codes.push(code);
    // The end is noticed where the next answer is waited for. Behind 221 it is due.
    const next = entries.slice(index + 1).find(({ kind }) => kind === 'ended' || kind === 'received');
    ended = next?.kind === 'ended' && code !== 221;
  }
  return { code: codes.at(-1), codes, ended, silent };
}

/** Whether the connection was over at that step of `after`, or before it. */
export function isOver({ entries }: Transcript, step: number): boolean {
  return entries.some(
    entry =>
      (entry.kind === 'ended' || entry.kind === 'silence') && entry.part === 'after' && entry.step <= step,
  );
}
