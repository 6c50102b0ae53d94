/** A client for tests that says given lines and does nothing else: what it says is all that there is to judge. */

import net from 'node:net';
import type { Client } from '../../src/client/launch.ts';

/** Says these lines, each when something has come, then nothing more; ends with the connection, and then opens the next. */
export const saying = (...connections: readonly (readonly string[])[]): Client => ({
  name: 'a client',
  title: 'a client',
  wishes: ['required', 'opportunistic'],
  impatient: false,
  idle: 100,
  software: () => Promise.resolve('a client 1'),
  launch: async ({ port }) => {
    for (const lines of connections) await said(port, lines);
    return { kind: 'exited', code: 3, output: 'configured\nno answer in time\n' };
  },
});

function said(port: number, lines: readonly string[]): Promise<void> {
  return new Promise(resolve => {
    const left = [...lines];
    const socket = net.connect(port, '127.0.0.1');
    socket.on('data', () => {
      const line = left.shift();
      if (line !== undefined) socket.write(line, 'latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve());
  });
}
