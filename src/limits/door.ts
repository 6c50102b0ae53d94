/**
 * Limits that count across connections: whether a new connection to the target still gets what it got at first.
 *
 * Where it does not, whatever is examined then is examined against a closed door (`rounds.ts` waits at it); that nothing
 * outlived STARTTLS there, nobody can say.
 */

import { pause } from '../drivers/driver.ts';
import type { Experiment } from '../experiment.ts';
import { BARE, type Scenario, type Step } from '../scenario.ts';
import { isTurnedAway, type Transcript } from '../transcript.ts';
import { outcomeOf } from './outcome.ts';
import { said } from './trial.ts';

export interface Door {
  /** Whether a new connection gets what it got at first. */
  isOpen(): Promise<boolean>;
  /** Has fewer connections opened from now on, and waits for it, at most `left` milliseconds. */
  reopens(left: number): Promise<boolean>;
  /** What was refused when it was closed, in words. */
  readonly refusals: readonly string[];
}

/** Looks before a refusal is believed: some servers are busy now and then. */
const LOOKS = 3;
/** Milliseconds between looks while the target recovers; the last of them again and again. */
const WAITS = [500, 1_000, 2_000, 4_000, 8_000, 16_000] as const;

const ASKED: readonly Step[] = [
  { kind: 'ehlo', name: 'n' },
  { kind: 'mail', from: 'k' },
  { kind: 'rcpt', to: 'l' },
  { kind: 'rset' },
];

/** Asks for the first time at once: what is refused then is no news later. */
export function newDoor(experiment: Experiment): Door {
  const { driver } = experiment.options.stage;
  const clean: Scenario = {
    before: [],
    upgrade: BARE,
    after: ASKED,
  };
  const first = experiment.look(clean);
  const refusal = async (): Promise<string | undefined> =>
    refusedAt(ASKED, await experiment.look(clean), await first);
  const refusals: string[] = [];
  return {
    refusals,
    async isOpen() {
      let refused = await refusal();
      for (let looks = 1; looks < LOOKS && refused !== undefined; looks++) refused = await refusal();
      if (refused !== undefined && !refusals.includes(refused)) refusals.push(refused);
      return refused === undefined;
    },
    async reopens(left) {
      experiment.slowDown();
      const until = driver.now() + left;
      for (let looks = 0; ; looks++) {
        const wait = WAITS[Math.min(looks, WAITS.length - 1)] as number;
        if (driver.now() + wait >= until) return false;
        await pause(driver, wait);
        const refused = await refusal();
        if (refused === undefined) return true;
        if (!refusals.includes(refused)) refusals.push(refused);
      }
    },
  };
}

/** Nobody can tell the two apart from outside; whoever has come down may be started again. */
const GONE = 'no connection is taken any more: the target has come down, or lets nobody in';

const limit = (refusal: string): string => `${refusal}: a limit across connections`;

/** What one connection was refused and another one was not, in words. */
function refusedAt(steps: readonly Step[], now: Transcript, first: Transcript): string | undefined {
  if (now.upgrade === 'unreachable') return GONE;
  if (now.upgrade !== 'secure') {
    const refusal = lastReply(now);
    if (first.upgrade !== 'secure') return undefined;
    if (refusal !== undefined) return limit(`a new connection is turned away (${refusal})`);
    return isTurnedAway(now) ? limit('a new connection is turned away without a word') : undefined;
  }
  const index = steps.findIndex((_, step) => isServed(first, step) && !isServed(now, step));
  return index < 0
    ? undefined
    : limit(
        `${steps[index]?.kind.toUpperCase()} is refused on a new connection (${lastReply(now, index) ?? 'no answer'})`,
      );
}

function isServed(transcript: Transcript, step: number): boolean {
  const { code, ended } = outcomeOf(transcript, 'after', step);
  return code !== undefined && code < 400 && !ended;
}

/** The last refusal, at a step of TLS or anywhere. */
function lastReply({ entries }: Transcript, step?: number): string | undefined {
  const last = entries.findLast(
    entry =>
      entry.kind === 'received' && (step === undefined || (entry.part === 'after' && entry.step === step)),
  );
  const isRefusal = last?.kind === 'received' && last.reply.kind === 'reply' && last.reply.code >= 400;
  return isRefusal ? said(last.reply) : undefined;
}
