/** A real child process that is brought down by what is sent to it. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type KeptAlive, keepAlive } from '../../../src/targets/npm/kept-alive.ts';

const SCRIPT = join(import.meta.dirname, 'dying-child.ts');
const running: KeptAlive[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map(server => server.stop()));
});

async function started(script = SCRIPT): Promise<{ readonly server: KeptAlive; readonly pids: number[] }> {
  const pids: number[] = [];
  const server = await keepAlive(port => {
    const child = fork(script, [String(port)], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    pids.push(child.pid ?? 0);
    const listening = Promise.race([
      once(child, 'message').then(([{ port: listens }]) => listens as number),
      once(child, 'exit').then(() => Promise.reject(new Error('it ended'))),
    ]);
    return { child, listening };
  });
  running.push(server);
  return { server, pids };
}

/** However it ends: a reset is an end, too. */
const closed = (socket: net.Socket): Promise<void> =>
  new Promise(resolve => {
    socket.on('error', () => {}).once('close', () => resolve());
  });

/** Brings the server down, and returns as soon as the connection tells so. */
async function kill(port: number): Promise<void> {
  const socket = net.connect(port, '127.0.0.1');
  const end = closed(socket);
  socket.write('x');
  await end;
}

test('a server that ends by itself runs again on the same port, and that is counted', async () => {
  const { server, pids } = await started();
  expect(await server.restarts()).toBe(0);
  for (const times of [1, 2]) {
    await kill(server.port);
    // Asked at once: the connection is gone before the exit of the process is told.
    expect(await server.restarts()).toBe(times);
  }
  await server.ready();
  const socket = net.connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
  expect(pids).toHaveLength(3);
});

test('a server that is stopped is not started again', async () => {
  const { server, pids } = await started();
  await server.stop();
  expect(pids).toHaveLength(1);
  expect(() => process.kill(pids[0] ?? 0, 0)).toThrow();
});

test('a server that cannot be started again is tried once', async () => {
  const { server, pids } = await started();
  // Somebody else takes the port as soon as the server leaves it.
  const socket = net.connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  const end = closed(socket);
  const other = net.createServer();
  process.kill(pids[0] ?? 0, 'SIGKILL');
  await end;
  other.listen(server.port, '127.0.0.1');
  await once(other, 'listening');
  await server.restarts();
  await server.ready();
  expect(await server.restarts()).toBe(1);
  expect(pids).toHaveLength(2);
  other.close();
});

test('a server that does not start is an error', async () => {
  await expect(started(join(import.meta.dirname, 'nothing.ts'))).rejects.toThrow('it ended');
});
