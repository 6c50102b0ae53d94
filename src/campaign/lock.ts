/** One campaign at a time in a folder of results. What holds the lock ends with its process, however that ends. */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TargetError } from '../targets/target.ts';

/** Takes the lock and returns what releases it; throws a `TargetError` if another process holds it. */
export async function lock(folder: string): Promise<() => void> {
  mkdirSync(folder, { recursive: true });
  const path = socketPath(folder);
  const held = (await listening(path)) ?? ((await isAnswered(path)) ? undefined : await listeningAnew(path));
  if (held === undefined)
    throw new TargetError(
      `${folder}: another campaign is writing there; wait for it, or name another folder`,
    );
  return () => held.close();
}

/** On Linux and Windows the name goes with its holder; elsewhere it is a file, which a killed process leaves behind. */
function socketPath(folder: string): string {
  const name = `afresh-${createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 32)}`;
  if (process.platform === 'linux') return `\0${name}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

async function listening(path: string): Promise<net.Server | undefined> {
  const server = net.createServer(socket => socket.destroy()).unref();
  server.listen(path);
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}

function listeningAnew(path: string): Promise<net.Server | undefined> {
  if (process.platform !== 'linux') rmSync(path, { force: true });
  return listening(path);
}

async function isAnswered(path: string): Promise<boolean> {
  const socket = net.connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
