/**
 * What the application hooks of a server were given, on which connection. How a server tells of it is its own affair.
 *
 * Bounded, whatever a client says: so many connections, the oldest go first; so many calls of each.
 */

import type { HandlerState } from '../drivers/driver.ts';

export interface HookCall extends HandlerState {
  /** Whether the hook was called in TLS. */
  readonly secure: boolean;
}

export interface HookRecord {
  /** A connection begins. A client's port is used again only after its earlier connection has ended. */
  begin(clientPort: number): void;
  keep(clientPort: number, call: HookCall): void;
  /** The calls on that connection, oldest first. */
  of(clientPort: number): readonly HandlerState[];
}

const MOST_CONNECTIONS = 256;
/** Calls in TLS are judged, those in plaintext only shown; a burst of these must not crowd out those. */
const MOST_CALLS = { plaintext: 16, secure: 512 } as const;

export function newHookRecord(): HookRecord {
  // A Map remembers the order of its keys: the first is the oldest connection.
  const connections = new Map<number, Record<keyof typeof MOST_CALLS, HandlerState[]>>();
  return {
    begin(clientPort) {
      connections.delete(clientPort);
      connections.set(clientPort, { plaintext: [], secure: [] });
      const [oldest] = connections.keys();
      if (connections.size > MOST_CONNECTIONS && oldest !== undefined) connections.delete(oldest);
    },
    keep(clientPort, { hook, state, secure }) {
      const phase = secure ? 'secure' : 'plaintext';
      const known = connections.get(clientPort)?.[phase];
      if (known !== undefined && known.length < MOST_CALLS[phase]) known.push({ hook, state });
    },
    of(clientPort) {
      const known = connections.get(clientPort);
      return known === undefined ? [] : [...known.plaintext, ...known.secure];
    },
  };
}
