/**
 * What the application hooks of a server in another process are given.
 *
 * The server connects to a port of ours and writes one JSON object a line: `{"port": …, "hook": …, "state": …}`, the
 * port being the client's. A hook `connect` begins a connection. Each line is acknowledged by an empty one, so that a
 * hook can wait until its report has been taken: what the client is told next comes after it.
 */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { HandlerState } from '../../drivers/driver.ts';
import type { Helper } from './server.ts';

/** Connections remembered, and hooks of each. */
const MOST_CONNECTIONS = 1_024;
const MOST_HOOKS = 1_024;

export async function handlerReports(): Promise<Helper> {
  const states = handlerStates();
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    const lines = createInterface({ input: socket });
    // It passes the socket's errors on: a server that is ended resets its connection.
    lines
      .on('error', () => {})
      .on('line', line => {
        states.read(line);
        if (socket.writable) socket.write('\n');
      });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    handlerStates: states.of,
    async close() {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}

interface HandlerStates {
  /** Takes one line; what is not of the shape above is passed over. */
  read(line: string): void;
  of(clientPort: number): readonly HandlerState[];
}

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
