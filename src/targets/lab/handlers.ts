/**
 * What the application hooks of a server in another process were given, as that process prints it: one JSON object
 * a line, `{"port": …, "hook": …, "state": …}`, the port being the client's. A hook `connect` begins a connection.
 */

import type { HandlerState } from '../../drivers/driver.ts';

export interface HandlerStates {
  /** Takes one line; what is not of the shape above is passed over. */
  read(line: string): void;
  of(clientPort: number): readonly HandlerState[];
}

/** Connections remembered, and hooks of each. */
const MOST_CONNECTIONS = 1_024;
const MOST_HOOKS = 1_024;

export function handlerStates(): HandlerStates {
  const states = new Map<number, HandlerState[]>();
  return {
    read(line) {
      const report = parsed(line);
      if (report === undefined) return;
      const { port, hook, state } = report;
      if (hook === 'connect') {
        // Taken out first, so that the order of the map is the order of the connections.
        states.delete(port);
        states.set(port, []);
        const oldest = states.keys().next().value;
        if (states.size > MOST_CONNECTIONS && oldest !== undefined) states.delete(oldest);
      } else {
        const known = states.get(port);
        if (known !== undefined && known.length < MOST_HOOKS) known.push({ hook, state });
      }
    },
    of: clientPort => states.get(clientPort) ?? [],
  };
}

function parsed(line: string): (HandlerState & { readonly port: number }) | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || !('port' in value) || !('hook' in value))
      return undefined;
    const { port, hook } = value;
    if (typeof port !== 'number' || typeof hook !== 'string') return undefined;
    return { port, hook, state: 'state' in value ? value.state : undefined };
  } catch {
    return undefined;
  }
}
