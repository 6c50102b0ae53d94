/** The heap of a command that waits for its workers most of the time. */

import { setFlagsFromString } from 'node:v8';

/**
 * What is young is collected in the room that there is now, as long as little of it is kept. Left to itself the engine
 * gives it up to 64 MiB after a few busy moments, and takes them back when it pleases: an hour's campaign that holds 30 MiB
 * would swing by twice that. A bound that holds whatever is kept can only be given when a process starts.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
