/**
 * Whether there are more replies in TLS than commands: one command, one reply (RFC 5321, section 4.2).
 *
 * Judged only where it is sure what is a command. Steps of ambiguous framing, and the bytes behind a BDAT that was
 * refused, may be taken for any number of them.
 */

import type { Evidence } from '../src/claim.ts';
import { isAmbiguous, type Step } from '../src/scenario.ts';
import { repliesTo, surplusReplies, type Transcript } from '../src/transcript.ts';

/** Replies in TLS that answer nothing; 0 where that cannot be said. */
export function repliesTooMany({ scenario: { before, after }, used }: Evidence): number {
  if (used.upgrade !== 'secure') return 0;
  const unsure =
    [...before, ...after].some(isAmbiguous) || after.some((step, at) => isRefusedChunk(step, used, at));
  return unsure ? 0 : surplusReplies(used);
}

function isRefusedChunk({ kind }: Step, used: Transcript, at: number): boolean {
  if (kind !== 'bdat') return false;
  return repliesTo(used, 'after', at).some(reply => reply.kind === 'malformed' || reply.code >= 400);
}
