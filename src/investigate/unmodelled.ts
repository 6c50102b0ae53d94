/**
 * What a scenario shows to be kept, though no model shows the like: a list with other parameters than the model offers, the
 * words of a proxy that a server uses in its own way, and replies that are still owed. Pure.
 */

import type { Deviation } from '../claim.ts';
import type { Examination } from '../experiment.ts';
import { listed, NOTHING } from '../observe.ts';
import { isAmbiguous, isClean, type Scenario } from '../scenario.ts';
import { repliesTo, surplusReplies, type Transcript } from '../transcript.ts';

/**
 * Whether a list in TLS is the one that was made in plaintext: of a scenario that has nothing before STARTTLS but the greeting
 * that asked for the list, since no other step can have made it then.
 */
export function isKeptList({ before }: Scenario, { difference }: Deviation, used: Transcript): boolean {
  if (difference?.aspect !== 'list' || before.length !== 1) return false;
  const reply = repliesTo(used, 'before', 0).at(-1);
  if (reply?.kind !== 'reply' || reply.lines.length < 2) return false;
  const told = listed(reply.lines.slice(1), used.nonce).find(({ place }) => place === difference.place);
  return (told?.value ?? NOTHING) === difference.used;
}

/** Whether nothing was said before STARTTLS but what a proxy says of its client, and all of that was taken. */
export const isProxyKept = ({ before }: Scenario, used: Transcript): boolean =>
  before.length > 0 &&
  before.every(({ kind }, at) => {
    const reply = repliesTo(used, 'before', at).at(-1);
    return (kind === 'xclient' || kind === 'xforward') && reply?.kind === 'reply' && reply.code < 300;
  });

/**
 * Whether replies to what STARTTLS shares a segment with come in TLS. All that is answered there is then answered late, by
 * whatever is owed, and what it looks like says nothing of the defect.
 */
export const isRepliedLate = ({
  scenario: { before, upgrade, after },
  used,
}: Pick<Examination, 'scenario' | 'used'>): boolean =>
  upgrade.piped === true &&
  isClean(upgrade) &&
  ![...before, ...after].some(isAmbiguous) &&
  surplusReplies(used.transcript) > 0;
