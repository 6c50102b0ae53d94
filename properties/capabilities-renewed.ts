/**
 * The extension list in TLS is made anew: it is that of a fresh connection, and STARTTLS is not in it.
 */

import type { Claim, Deviation, Evidence } from '../src/claim.ts';
import { repliesTo } from '../src/transcript.ts';
import { pairDeviations } from './pair.ts';

export const capabilitiesRenewed: Claim = {
  id: 'capabilities-renewed',
  title: 'The extension list is made anew in TLS',
  requirement: 'rfc3207-4.2-not-offered-again',
  exercised: ({ used, scenario }) =>
    used.upgrade === 'secure' && scenario.after.some(({ kind }) => kind === 'ehlo' || kind === 'lhlo'),
  judge: evidence => [
    ...pairDeviations(capabilitiesRenewed, evidence, ['list']).map(deviation => ({
      ...deviation,
      requirement: 'rfc3207-4.2-server-discards' as const,
    })),
    ...offeredAgain(evidence),
  ],
};

function offeredAgain({ scenario, used }: Evidence): readonly Deviation[] {
  if (used.upgrade !== 'secure') return [];
  const step = scenario.after.findIndex(
    ({ kind }, index) =>
      (kind === 'ehlo' || kind === 'lhlo') &&
      repliesTo(used, 'after', index).some(
        reply =>
          reply.kind === 'reply' &&
          reply.code === 250 &&
          reply.lines.slice(1).some(line => /^STARTTLS\b/i.test(line)),
      ),
  );
  if (step < 0) return [];
  return [
    {
      claim: 'capabilities-renewed',
      requirement: 'rfc3207-4.2-not-offered-again',
      level: 'must',
      proof: 'sighting',
      step,
      used: 'STARTTLS in the list',
      fresh: 'no STARTTLS once TLS is on',
      summary: 'STARTTLS is offered again in TLS',
      signature: 'starttls offered in TLS',
    },
  ];
}
