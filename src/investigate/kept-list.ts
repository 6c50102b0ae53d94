/**
 * Whether a list in TLS is the one that was made in plaintext. No model tells, where the target offers other parameters than
 * the model does; what the plaintext was told does. Pure.
 */

import type { Deviation } from '../claim.ts';
import { listed, NOTHING } from '../observe.ts';
import type { Scenario } from '../scenario.ts';
import { repliesTo, type Transcript } from '../transcript.ts';

/** Of a scenario that has nothing before STARTTLS but the greeting that asked for the list: no other step can have made it. */
export function isKeptList({ before }: Scenario, { difference }: Deviation, used: Transcript): boolean {
  if (difference?.aspect !== 'list' || before.length !== 1) return false;
  const reply = repliesTo(used, 'before', 0).at(-1);
  if (reply?.kind !== 'reply' || reply.lines.length < 2) return false;
  const told = listed(reply.lines.slice(1), used.nonce).find(({ place }) => place === difference.place);
  return (told?.value ?? NOTHING) === difference.used;
}
