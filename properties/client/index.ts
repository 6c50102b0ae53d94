/** The claims about clients, in the order in which they are judged and listed. */

import type { ClientClaim } from '../../src/client/claim.ts';
import { certificate } from './certificate.ts';
import { discards } from './discards.ts';
import { ehloFirst } from './ehlo-first.ts';
import { ends } from './ends.ts';
import { injected } from './injected.ts';
import { markers } from './markers.ts';
import { negotiates } from './negotiates.ts';
import { requiredTls } from './required-tls.ts';
import { starttlsEarly } from './starttls-early.ts';
import { starttlsOnce } from './starttls-once.ts';

export const CLIENT_CLAIMS: readonly ClientClaim[] = [
  discards,
  injected,
  markers,
  ehloFirst,
  starttlsOnce,
  requiredTls,
  certificate,
  starttlsEarly,
  negotiates,
  ends,
];
