/** The claims, in the order in which they are judged and listed. */

import type { Claim } from '../src/claim.ts';
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

/** Of servers and of clients. */
export const ALL_CLAIMS: readonly Pick<Claim, 'id' | 'title' | 'requirement'>[] = [
  ...CLAIMS,
  ...CLIENT_CLAIMS,
];
