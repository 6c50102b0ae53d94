/**
 * Limits that count across connections: the target is asked between the rounds of a search whether a new connection
 * still gets what it got at first.
 *
 * Where it does not, whatever is examined then is examined against a closed door. The search waits, and stops if the
 * door stays closed; that nothing outlived STARTTLS there, nobody can say.
 */

import { pause } from '../drivers/driver.ts';
import { newNonce } from '../nonce.ts';
import type { Probed } from '../probe.ts';
import { run } from '../run.ts';
import { BARE, fresh, type Scenario, type Step } from '../scenario.ts';
import type { Transcript } from '../transcript.ts';
import { outcomeOf } from './outcome.ts';
import { said } from './trial.ts';

export interface Door {
  /**
   * Looks whether a new connection gets what it got at first, and waits for it, at most `left` milliseconds. `reopened`:
   * it was closed meanwhile.
   */
  look(left: number): Promise<'open' | 'reopened' | 'closed'>;
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
export function newDoor({ stage: whole, speech, baseline }: Probed): Door {
  const { mailbox: _, ...stage } = whole;
  const clean: Scenario = {
    before: [],
    upgrade: BARE,
    after: ASKED,
  };
  const play = (): Promise<Transcript> =>
    run(stage, fresh(clean, baseline ?? 'starttls-first'), { ...speech, nonce: newNonce() });
  const first = play();
  const refusal = async (): Promise<string | undefined> => refusedAt(ASKED, await play(), await first);
  const refusals: string[] = [];
  return {
    refusals,
    async look(left) {
      let refused = await refusal();
      for (let looks = 1; looks < LOOKS && refused !== undefined; looks++) refused = await refusal();
      if (refused === undefined) return 'open';
      if (!refusals.includes(refused)) refusals.push(refused);
      const until = stage.driver.now() + left;
      for (let looks = 0; ; looks++) {
        const wait = WAITS[Math.min(looks, WAITS.length - 1)] as number;
        if (stage.driver.now() + wait >= until) break;
        await pause(stage.driver, wait);
        if ((await refusal()) === undefined) return 'reopened';
      }
      return 'closed';
    },
  };
}

/** What one connection was refused and another one was not, in words. */
function refusedAt(steps: readonly Step[], now: Transcript, first: Transcript): string | undefined {
  if (now.upgrade !== 'secure') {
    const refusal = lastReply(now);
    // A target that is gone, or crashed, says nothing; that is another matter.
    if (first.upgrade !== 'secure' || refusal === undefined) return undefined;
    return `a new connection is turned away (${refusal})`;
  }
  const index = steps.findIndex((_, step) => isServed(first, step) && !isServed(now, step));
  return index < 0
    ? undefined
    : `${steps[index]?.kind.toUpperCase()} is refused on a new connection (${lastReply(now, index) ?? 'no answer'})`;
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
