/**
 * After the 220 nothing but TLS is spoken: when the handshake fails, or TLS is over, no command is accepted in plaintext.
 *
 * The close alone is sound, and so are a goodbye (221) and refusals (421, 454, 554).
 */

import type { Claim, Deviation } from '../src/claim.ts';
import { isClean, type Scenario } from '../src/scenario.ts';
import { PARTING } from '../src/smtp/reply.ts';
import type { Transcript } from '../src/transcript.ts';
import { isUnsureReady } from './reply-count.ts';

/** Codes of the replies in plaintext behind the 220. */
function plaintextReplies({
  entries,
}: Transcript): readonly { readonly step: number; readonly code: string }[] {
  return entries.flatMap(entry => {
    if (entry.kind === 'stray') {
      return [...entry.bytes.matchAll(/(?:^|\n)([2-5][0-9]{2})(?: |\r?\n)/g)].map(([, code = '']) => ({
        step: -1,
        code,
      }));
    }
    if (entry.kind !== 'received' || entry.part !== 'after' || entry.reply.kind === 'malformed') return [];
    return [{ step: entry.step, code: String(entry.reply.code) }];
  });
}

/** How TLS came to be no more. */
const wayOut = ({ upgrade: { handshake } }: Scenario): string =>
  handshake.kind === 'failed' && handshake.how === 'close-notify'
    ? 'a close_notify in TLS'
    : 'a failed handshake';

export const failedHandshake: Claim = {
  id: 'failed-handshake',
  title: 'Where TLS failed, or has ended, no command is accepted in plaintext',
  requirement: 'rfc3207-4-negotiate-after-220',
  exercised: ({ used, scenario }) => used.upgrade === 'failed' && isClean(scenario.upgrade),
  judge: (evidence): readonly Deviation[] => {
    const { used, scenario } = evidence;
    // Answers to what is glued to STARTTLS are for another claim: they come whatever becomes of the handshake.
    if (used.upgrade !== 'failed' || !isClean(scenario.upgrade) || isUnsureReady(evidence)) return [];
    const answered = plaintextReplies(used).find(({ code }) => !PARTING.includes(Number(code)));
    if (answered === undefined) return [];
    const verb =
      scenario.after[answered.step]?.kind.toUpperCase() ?? 'what stood in place of the ClientHello';
    return [
      {
        claim: 'failed-handshake',
        requirement: 'rfc3207-4-negotiate-after-220',
        level: 'should',
        proof: 'sighting',
        step: answered.step,
        used: `${answered.code} in plaintext`,
        fresh: 'the close, or a single 421, 454 or 554',
        summary: `after the 220 and ${wayOut(scenario)}, ${verb} is answered ${answered.code} in plaintext`,
        // Accepted or refused, it was read as a command.
        signature: 'plaintext after failed handshake',
      },
    ];
  },
};
