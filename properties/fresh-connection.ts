/**
 * After TLS the server answers as it answers on a fresh connection.
 *
 * Judged by pairs, for scenarios whose upgrade is clean: what differs was said before STARTTLS. Where the target
 * takes STARTTLS only behind a greeting, every fresh run has greeted too; the plaintext state after the 220 then
 * speaks for what pairs cannot see: MAIL and AUTH without EHLO.
 */

import type { Claim, Deviation, Evidence } from '../src/claim.ts';
import { earlierSteps, isClean } from '../src/scenario.ts';
import { repliesTo, surplusReplies } from '../src/transcript.ts';
import { HEARD, pairDeviations } from './pair.ts';

export const freshConnection: Claim = {
  id: 'fresh-connection',
  title: 'After TLS the server answers as on a fresh connection',
  requirement: 'rfc3207-4.2-server-discards',
  exercised: ({ paired, scenario }) =>
    paired && isClean(scenario.upgrade) && scenario.before.length + earlierSteps(scenario.upgrade).length > 0,
  judge: evidence => {
    if (!evidence.paired || !isClean(evidence.scenario.upgrade)) return [];
    return [
      ...pairDeviations(freshConnection, evidence, HEARD),
      ...ungreeted(evidence, 'mail'),
      ...ungreeted(evidence, 'auth'),
    ];
  },
};

/** What says that a command was taken. */
const TAKEN = { mail: [250], auth: [235, 334] } as const;

/** MAIL or AUTH taken in TLS before any greeting there, by a server that refuses the same in plaintext. */
function ungreeted({ scenario, used, facts }: Evidence, verb: 'mail' | 'auth'): readonly Deviation[] {
  if (!facts.refusedUngreeted.includes(verb)) return [];
  const greeted = scenario.after.findIndex(
    ({ kind }) => kind === 'helo' || kind === 'ehlo' || kind === 'lhlo' || kind === 'bytes',
  );
  const step = scenario.after.findIndex(({ kind }) => kind === verb);
  if (step < 0 || (greeted >= 0 && greeted < step)) return [];
  // Behind a line that nobody asked for, no reply is known to be that to the command before it.
  if (surplusReplies(used) > 0) return [];
  const [reply] = repliesTo(used, 'after', step);
  const code = reply?.kind === 'reply' ? TAKEN[verb].find(taken => taken === reply.code) : undefined;
  if (code === undefined) return [];
  return [
    {
      claim: 'fresh-connection',
      requirement: 'rfc3207-4.2-initial-state',
      level: 'must',
      proof: 'sighting',
      step,
      used: String(code),
      fresh: '503 (in plaintext, before a greeting)',
      summary: `${verb.toUpperCase()} is accepted in TLS without EHLO, though the same server refuses it before EHLO in plaintext`,
      signature: `${verb} code ${code}/503`,
    },
  ];
}
