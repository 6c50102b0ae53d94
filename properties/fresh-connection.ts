/**
 * After TLS the server answers as it answers on a fresh connection.
 *
 * Judged by pairs, for scenarios whose upgrade is clean: what differs was said before STARTTLS. Where the target
 * takes STARTTLS only behind a greeting, every fresh run has greeted too; the plaintext state after the 220 then
 * speaks for the one thing that pairs cannot see: MAIL without EHLO.
 */

import type { Claim, Deviation, Evidence } from '../src/claim.ts';
import { isClean } from '../src/scenario.ts';
import { repliesTo } from '../src/transcript.ts';
import { pairDeviation } from './pair.ts';

const ASPECTS = new Set(['end', 'count', 'code', 'enhanced', 'text']);

export const freshConnection: Claim = {
  id: 'fresh-connection',
  title: 'After TLS the server answers as on a fresh connection',
  requirement: 'rfc3207-4.2-server-discards',
  exercised: ({ paired, scenario }) => paired && scenario.before.length > 0,
  judge: evidence => {
    if (!evidence.paired) return [];
    const differing = isClean(evidence.scenario.upgrade)
      ? evidence.differences
          .filter(({ aspect }) => ASPECTS.has(aspect))
          .map(difference => pairDeviation(freshConnection, difference))
      : [];
    return [...differing, ...mailUngreeted(evidence)];
  },
};

/** MAIL taken in TLS before any greeting there, by a server that refuses the same in plaintext. */
function mailUngreeted({ scenario, used, facts }: Evidence): readonly Deviation[] {
  if (!facts.refusesMailUngreeted) return [];
  const greeted = scenario.after.findIndex(
    ({ kind }) => kind === 'helo' || kind === 'ehlo' || kind === 'lhlo' || kind === 'bytes',
  );
  const mail = scenario.after.findIndex(({ kind }) => kind === 'mail');
  if (mail < 0 || (greeted >= 0 && greeted < mail) || !isClean(scenario.upgrade)) return [];
  const [reply] = repliesTo(used, 'after', mail);
  if (reply?.kind !== 'reply' || reply.code !== 250) return [];
  return [
    {
      claim: 'fresh-connection',
      requirement: 'rfc3207-4.2-initial-state',
      level: 'must',
      proof: 'sighting',
      step: mail,
      used: '250',
      fresh: '503 (in plaintext, before a greeting)',
      summary:
        'MAIL is accepted in TLS without EHLO, though the same server refuses it before EHLO in plaintext',
      signature: 'mail code 250/503',
    },
  ];
}
