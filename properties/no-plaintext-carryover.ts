/**
 * Nothing that travelled with STARTTLS, or before the ClientHello, is taken for a command.
 *
 * Judged by pairs with a clean upgrade; by the number of replies (every command has one, and the closing QUIT is the
 * fence); and by plaintext that arrives where only TLS is spoken.
 */

import type { Claim, Deviation, Evidence } from '../src/claim.ts';
import { isClean, type Upgrade } from '../src/scenario.ts';
import { PARTING } from '../src/smtp/reply.ts';
import { surplusReplies } from '../src/transcript.ts';
import { HEARD, pairDeviations } from './pair.ts';
import { isUnsureReady, repliesTooMany } from './reply-count.ts';

const REPLY_LINE = /(?:^|\n)[2-5][0-9]{2}[ \r\n-]/;

export const noPlaintextCarryover: Claim = {
  id: 'no-plaintext-carryover',
  title: 'Nothing sent in plaintext behind STARTTLS runs',
  requirement: 'rfc3207-6-before-tls',
  exercised: ({ scenario, used }) => !isClean(scenario.upgrade) && used.upgrade === 'secure',
  judge: evidence => {
    if (isClean(evidence.scenario.upgrade)) return [];
    return [
      ...pairDeviations(noPlaintextCarryover, evidence, HEARD),
      ...tooManyReplies(evidence),
      ...answersInTheClear(evidence),
    ];
  },
};

/**
 * Replies in TLS, before the 221 of the closing QUIT, that answer nothing the client sent in TLS. Those that a fresh
 * connection gives as well, such as a second greeting, answer nothing that travelled with STARTTLS.
 */
function tooManyReplies(evidence: Evidence): readonly Deviation[] {
  const surplus =
    repliesTooMany(evidence) - (evidence.fresh === undefined ? 0 : surplusReplies(evidence.fresh));
  if (surplus <= 0) return [];
  return [
    {
      claim: 'no-plaintext-carryover',
      requirement: 'rfc5321-4.2-one-reply',
      level: 'must',
      proof: 'sighting',
      step: evidence.scenario.after.length,
      used: `${surplus} more ${surplus === 1 ? 'reply' : 'replies'} than commands`,
      fresh: 'one reply to each command',
      summary: 'bytes sent in plaintext behind STARTTLS are executed and answered in TLS',
      signature: 'replies too many in TLS',
    },
  ];
}

/** A complete reply in plaintext behind the 220. */
function answersInTheClear(evidence: Evidence): readonly Deviation[] {
  const { used, scenario } = evidence;
  if (scenario.upgrade.handshake.kind === 'failed' || isUnsureReady(evidence)) return [];
  const stray = used.entries.flatMap(entry =>
    entry.kind === 'stray' && REPLY_LINE.test(entry.bytes) ? [entry.bytes] : [],
  );
  // A refusal and the close is a sound answer to plaintext in the wrong place.
  const isParting = PARTING.includes(Number(stray[0]?.slice(0, 3)));
  if (stray.length === 0 || (used.upgrade !== 'secure' && isParting)) return [];
  if (used.upgrade !== 'secure' && isSaidOfHandshake(stray.join(''), scenario.upgrade)) return [];
  return [
    {
      claim: 'no-plaintext-carryover',
      requirement: 'rfc3207-4-negotiate-after-220',
      level: 'should',
      proof: 'sighting',
      step: -1,
      used: `"${(stray[0] ?? '').trim().slice(0, 80)}" in plaintext behind the 220`,
      fresh: 'nothing but TLS behind the 220',
      summary: 'lines sent in plaintext behind STARTTLS are answered in the clear',
      signature: 'reply in plaintext behind the 220',
    },
  ];
}

/**
 * Whether one refusal is all that is heard of many lines, or of any in place of the ClientHello: they made the handshake
 * fail, and it says so. With which code it may, and what is heard behind it, is for another claim.
 */
function isSaidOfHandshake(heard: string, { glued, segment }: Upgrade): boolean {
  const codes = [...heard.matchAll(/^([2-5])[0-9]{2}(?: |\r?$)/gm)].map(([, first]) => first);
  const behind = (glued?.lines.length ?? 0) * (glued?.times ?? 0);
  // A line that is glued may be what is refused, unless others stand in place of the ClientHello: by itself it shows.
  return (
    (segment !== undefined || behind > 1) && codes.length === 1 && (codes[0] === '4' || codes[0] === '5')
  );
}
