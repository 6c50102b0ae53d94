/** A message sent in TLS is delivered as from a fresh connection: trace header, envelope and body. */

import type { Claim } from '../src/claim.ts';
import { pairDeviation } from './pair.ts';

export const deliveredMail: Claim = {
  id: 'delivered-mail',
  title: 'A message sent in TLS is delivered as from a fresh connection',
  requirement: 'rfc3207-4.2-server-discards',
  exercised: ({ paired, used }) => paired && used.deliveries.length > 0,
  judge: ({ paired, differences }) =>
    paired
      ? differences
          .filter(({ aspect }) => aspect === 'header' || aspect === 'body')
          .map(difference => pairDeviation(deliveredMail, difference))
      : [],
};
