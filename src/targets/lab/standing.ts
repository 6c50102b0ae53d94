/** Servers of the lab that stand by themselves, until they are stopped: started, asked for, stopped. See `host.ts`. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { extname, join } from 'node:path';
import { readDocument } from '../../document.ts';
import { TargetDescription } from '../described.ts';
import { TargetError } from '../target.ts';
import { labFolder } from './root.ts';

export interface Standing {
  /** Where it is described as a target. */
  readonly file: string;
  readonly address: string;
  readonly software: string;
}

const folder = (): string => join(labFolder(), 'running');
const socketOf = (name: string): string => join(folder(), `${name}.sock`);

/** The program beside this file, in whatever form this file is. */
const HOST = join(import.meta.dirname, `host${extname(import.meta.filename)}`);

/** Starts it, unless it stands already. Rejects with a `TargetError` if it does not come up. */
export async function start(name: string): Promise<Standing> {
  const known = await status(name);
  if (known !== undefined) return known;
  await mkdir(folder(), { recursive: true });
  // Nobody listens there.
  await rm(socketOf(name), { force: true });
  const host = fork(HOST, [name, folder()], { detached: true, stdio: 'ignore', cwd: '/' });
  const told = once(host, 'message').then(([message]) => message as { kind: string; reason?: string });
  const ended = once(host, 'exit').then(() => ({ kind: 'failed', reason: 'its host has ended' }));
  const { kind, reason } = await Promise.race([told, ended]);
  if (kind !== 'started') throw new TargetError(reason ?? `${name} does not start`, 3);
  host.disconnect();
  host.unref();
  return described(name);
}

/** What stands under that name, if anything does. */
export async function status(name: string): Promise<Standing | undefined> {
  const connection = await reach(name);
  connection?.destroy();
  return connection === undefined ? undefined : described(name);
}

/** Stops it, and says whether there was anything to stop. */
export async function stop(name: string): Promise<boolean> {
  const connection = await reach(name);
  if (connection === undefined) return false;
  connection.write('stop');
  await once(connection.resume(), 'close');
  return true;
}

/** A connection to the host, if there is one. */
async function reach(name: string): Promise<Socket | undefined> {
  const connection = connect(socketOf(name));
  const open = await once(connection, 'connect').then(
    () => true,
    () => false,
  );
  connection.on('error', () => {});
  return open ? connection : undefined;
}

function described(name: string): Standing {
  const file = join(folder(), `${name}.json`);
  const { address, software = name } = readDocument(file, {
    kind: 'afresh-target',
    what: 'the description of a target',
    schema: TargetDescription,
  });
  return { file, address, software };
}
