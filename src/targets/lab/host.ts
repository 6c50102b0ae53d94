/**
 * The program that keeps one server of the lab running for whoever wants to speak to it: `host.ts NAME FOLDER`.
 *
 * In FOLDER it listens on NAME.sock. Whoever connects there knows that the server runs; to send a byte is to stop it,
 * and the connection is closed when it has stopped. So nobody needs to know process ids, and a file left behind by
 * a machine that lost its power means nothing. NAME.json describes the server as a target.
 */

import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { freePorts } from './daemon.ts';
import { SERVER_ENV } from './instance.ts';
import { type Launched, launchServer } from './launch.ts';
import { RECIPIENT } from './server.ts';
import { LAB_SERVERS } from './servers.ts';

const [, , name = '', folder = ''] = process.argv;

const server = LAB_SERVERS.find(known => known.name === name);
if (server === undefined) throw new Error(`no server ${name}`);
const description = join(folder, `${name}.json`);
const socket = join(folder, `${name}.sock`);

const [sink = 0] = await freePorts(1);
const control = createServer(connection => {
  connection.on('error', () => {}).once('data', stop);
});
await once(control.listen(socket), 'listening');
const launching = launchServer(server, sink);

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await launching.then(launched => launched.stop()).catch(() => {});
  await Promise.all([description, socket].map(file => rm(file, { force: true })));
  process.exit();
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
try {
  await writeFile(description, `${JSON.stringify(describe(await launching), undefined, 2)}\n`);
  process.send?.({ kind: 'started' });
} catch (error) {
  process.send?.({ kind: 'failed', reason: (error as Error).message }, () => process.exit(1));
}

/** See docs/target-files.md. */
function describe({ ports, address, command, software, login, maildir }: Launched): object {
  return {
    schema: 1,
    kind: 'afresh-target',
    address,
    ...(command === undefined ? {} : { start: { command, environment: SERVER_ENV } }),
    software,
    login,
    recipient: RECIPIENT,
    ...(server?.implicitTls === true ? { implicitTls: `smtps://127.0.0.1:${ports.smtps}` } : {}),
    delivery: maildir === undefined ? { sink } : { maildir },
    knownDeviations: server?.knownDeviations,
  };
}
