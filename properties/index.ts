/** The claims, in the order in which they are judged and listed. */

import type { Claim } from '../src/claim.ts';
import { LIMITS_CLAIM } from '../src/limits/names.ts';
import { capabilitiesRenewed } from './capabilities-renewed.ts';
import { CLIENT_CLAIMS } from './client/index.ts';
import { deliveredMail } from './delivered-mail.ts';
import { failedHandshake } from './failed-handshake.ts';
import { followsModel } from './follows-model.ts';
import { freshConnection } from './fresh-connection.ts';
import { handlerState } from './handler-state.ts';
import { markersClaim } from './markers.ts';
import { noPlaintextCarryover } from './no-plaintext-carryover.ts';

export const CLAIMS: readonly Claim[] = [
  freshConnection,
  noPlaintextCarryover,
  capabilitiesRenewed,
  markersClaim,
  deliveredMail,
  handlerState,
  failedHandshake,
  followsModel,
];

/** What measuring tells, and no scenario: whether the policy on limits is kept. */
const LIMITS: Pick<Claim, 'id' | 'title' | 'requirement'> = {
  id: LIMITS_CLAIM,
  title: 'STARTTLS makes of each limit what the policy says',
  requirement: 'limits-outlive-starttls',
};

/** Of servers and of clients. */
export const ALL_CLAIMS: readonly Pick<Claim, 'id' | 'title' | 'requirement'>[] = [
  ...CLAIMS,
  LIMITS,
  ...CLIENT_CLAIMS,
];
