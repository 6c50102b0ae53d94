/** The session that the application's own hooks are given in TLS is that of a fresh connection, field by field. */

import type { Claim } from '../src/claim.ts';
import { pairDeviations } from './pair.ts';

export const handlerState: Claim = {
  id: 'handler-state',
  title: 'The application is given the session of a fresh connection',
  requirement: 'rfc3207-4.2-server-discards',
  exercised: ({ paired, used }) => paired && used.handlers.length > 0,
  judge: evidence => pairDeviations(handlerState, evidence, ['handler']),
};
