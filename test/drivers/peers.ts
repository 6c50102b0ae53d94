/** The peers that the contract of drivers needs, by name: the reference server, sound, a variant of it, or bent here. */

import { SOUND } from '../../src/targets/reference/behaviour.ts';
import { variantOf } from '../../src/targets/reference/named.ts';
import type { ServerOptions } from '../../src/targets/reference/options.ts';

/** Milliseconds that the slow peer takes for each reply. */
export const SLOW = 60;

const BENT = {
  '': {},
  echo: {
    behaviour: { ...SOUND, judge: (_: string, argument: string) => ({ code: 250, lines: [argument] }) },
  },
  silent: { behaviour: { ...SOUND, answer: () => undefined } },
  slow: { behaviour: { ...SOUND, delay: () => SLOW } },
} as const satisfies Record<string, Partial<ServerOptions>>;

/** A name of the above, or of a variant of the reference server. */
export type Peer = string;

export const peerOptions = (peer: Peer): Partial<ServerOptions> =>
  Object.entries(BENT).find(([name]) => name === peer)?.[1] ?? variantOf(peer).options;
