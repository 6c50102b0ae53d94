/**
 * What the application hooks of a server in another process are given.
 *
 * The server connects to a port of ours and writes one JSON object a line: `{"port": …, "secure": …, "hook": …,
 * "state": …}`, the port being the client's. A hook `connect` begins a connection. Each line is acknowledged by an empty
 * one, so that a hook can wait until its report has been taken: what the client is told next comes after it.
 */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type HookCall, type HookRecord, newHookRecord } from '../hook-record.ts';
import type { Helper } from './server.ts';

export async function handlerReports(): Promise<Helper> {
  const calls = newHookRecord();
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    const lines = createInterface({ input: socket });
    // It passes the socket's errors on: a server that is ended resets its connection.
    lines
      .on('error', () => {})
      .on('line', line => {
        take(line, calls);
        if (socket.writable) socket.write('\n');
      });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    handlerStates: calls.of,
    async close() {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}

/** Takes one line; what is not of the shape above is passed over. */
function take(line: string, calls: HookRecord): void {
  const report = parsed(line);
  if (report === undefined) return;
  if (report.hook === 'connect') calls.begin(report.port);
  else calls.keep(report.port, report);
}

function parsed(line: string): (HookCall & { readonly port: number }) | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || !('port' in value) || !('hook' in value))
      return undefined;
    const { port, hook } = value;
    if (typeof port !== 'number' || typeof hook !== 'string') return undefined;
    const secure = 'secure' in value && value.secure === true;
    return { port, hook, secure, state: 'state' in value ? value.state : undefined };
  } catch {
    return undefined;
  }
}
