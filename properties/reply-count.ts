/**
 * Whether there are more replies in TLS than commands: one command, one reply (RFC 5321, section 4.2).
 *
 * Judged only where it is sure what is a command. Steps of ambiguous framing, and the bytes behind a BDAT that was
 * refused, may be taken for any number of them.
 */

import type { Evidence } from '../src/claim.ts';
import { isAmbiguous, type Step } from '../src/scenario.ts';
import { type Part, repliesTo, surplusReplies, type Transcript } from '../src/transcript.ts';

/** Replies in TLS that answer nothing; 0 where that cannot be said. */
export function repliesTooMany({ scenario: { before, after }, used }: Evidence): number {
  if (used.upgrade !== 'secure') return 0;
  const unsure =
    [...before, ...after].some(isAmbiguous) ||
    after.some((step, at) => isRefusedChunk(step, used, 'after', at));
  return unsure ? 0 : surplusReplies(used);
}

/** Whether what is taken for the 220 to STARTTLS may answer what was said before it: XCLIENT is answered by one as well. */
export const isUnsureReady = ({ scenario: { before }, used }: Evidence): boolean =>
  before.some((step, at) => isAmbiguous(step) || isRefusedChunk(step, used, 'before', at));

/** Its lines may be commands then; a 334 says that its first one answered a challenge. */
function isRefusedChunk({ kind }: Step, used: Transcript, part: Part, at: number): boolean {
  if (kind !== 'bdat') return false;
  return repliesTo(used, part, at).some(reply => reply.kind === 'malformed' || reply.code >= 300);
}
