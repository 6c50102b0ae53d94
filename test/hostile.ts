/** Servers that mean no good, on a port of 127.0.0.1 for as long as the test runs. */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** `greet` is what each connection is met with; `answer` is called with each chunk that the client sends. */
export interface Hostile {
  readonly greet?: (socket: Socket) => void;
  readonly answer?: (socket: Socket, said: string) => void;
}

/** Starts it, and returns the target that it is. */
export async function hostile({ greet, answer }: Hostile): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.on('data', data => answer?.(socket, data.toString('latin1')));
    greet?.(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Sends the same again for as long as the client takes it. */
export function flood(socket: Socket, chunk: string): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk, 'latin1'));
  };
  socket.on('drain', more);
  more();
}
