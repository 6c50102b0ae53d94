/** All planted faults that have a name. Those without one are drawn by seed, in `generated.ts`. */

import { BUFFERS } from './buffers.ts';
import type { Fault } from './fault.ts';
import { GRANTS, PROMOTED } from './grants.ts';
import { KEPT, KEPT_IN_CONTEXT } from './kept.ts';
import { LISTS } from './lists.ts';
import { PARAMETERS } from './parameters.ts';
import { STALE } from './stale.ts';
import { HANDSHAKES, STARTTLS, TICKETS } from './tls.ts';
import { TRACES } from './traces.ts';

export const FAULTS: readonly Fault[] = [
  ...KEPT,
  ...KEPT_IN_CONTEXT,
  ...BUFFERS,
  ...GRANTS,
  ...PROMOTED,
  ...STALE,
  ...PARAMETERS,
  ...LISTS,
  ...TRACES,
  ...HANDSHAKES,
  ...TICKETS,
  ...STARTTLS,
];
