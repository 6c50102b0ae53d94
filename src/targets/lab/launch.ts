/** From a server of the lab to a running target: a copy of its root is furnished, the server started in it. */

import { appendFile, chown, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Driver } from '../../drivers/driver.ts';
import { processDriver } from '../../drivers/process.ts';
import { type SocketOptions, tcpDriver } from '../../drivers/tcp.ts';
import type { Mailbox } from '../../stage.ts';
import { type Certificate, selfSigned } from '../certificate.ts';
import { STDIO } from '../described.ts';
import { openMaildir } from '../mail/maildir.ts';
import { openSink } from '../mail/sink.ts';
import type { RunningTarget, Target } from '../target.ts';
import { freePorts, greeted, startDaemon } from './daemon.ts';
import { execute } from './execute.ts';
import { destroy, type Instance, instanceOf, SERVER_ENV } from './instance.ts';
import { makeRoot, type Root } from './root.ts';
import { type LabFile, type LabServer, type Ports, RECIPIENT, WORLD } from './server.ts';

/** Milliseconds until the greeting, and for each command that prepares the start. */
const START_LIMIT = 20_000;
const PREPARE_LIMIT = 30_000;

/** A server that runs, and what has to be known to use it. */
export interface Launched {
  readonly ports: Ports;
  /** As a target file has it. */
  readonly address: string;
  /** What serves one connection on its streams, if the address is `stdio:`. */
  readonly command?: readonly string[];
  readonly software: string;
  readonly driver: Driver;
  /** To the port where it speaks TLS from the first byte. */
  readonly implicitTls?: Driver;
  readonly login: { readonly user: string; readonly password: string };
  /** Where it delivers, unless it relays to the sink. */
  readonly maildir?: string;
  readonly stop: () => Promise<void>;
}

/** The server as a target, whose mail is read by this process. */
export function labTarget(server: LabServer): Target {
  return { name: server.name, title: server.title, start: () => start(server) };
}

async function start(server: LabServer): Promise<RunningTarget> {
  const undo: Undo = [];
  try {
    const sink = server.maildirOwner === undefined ? await openSink() : undefined;
    if (sink !== undefined) undo.push(sink.close);
    const launched = await launchServer(server, sink?.port ?? 0);
    undo.push(launched.stop);
    const mailbox = sink ?? (await openMaildir(launched.maildir ?? '', () => true));
    if (sink === undefined) undo.push(mailbox.close);
    return running(server, launched, mailbox, () => takeBack(undo));
  } catch (error) {
    await takeBack(undo);
    throw error;
  }
}

function running(
  { knownDeviations, protocol = 'smtp' }: LabServer,
  { address, software, driver, implicitTls, login }: Launched,
  mailbox: Mailbox,
  stop: () => Promise<void>,
): RunningTarget {
  return {
    address,
    software,
    driver,
    ...(implicitTls === undefined ? {} : { implicitTls }),
    protocol,
    login,
    recipient: RECIPIENT,
    mailbox,
    knownDeviations,
    stop,
  };
}

/** How each thing that was started is taken back, in the order in which they were started. */
type Undo = (() => Promise<unknown>)[];

async function takeBack(undo: Undo): Promise<void> {
  for (const step of undo.splice(0).reverse()) await step();
}

/** Starts the server in a copy of its root, and resolves when it greets. Mail that it relays goes to port `sink`. */
export async function launchServer(server: LabServer, sink: number): Promise<Launched> {
  const root = await makeRoot(server);
  const undo: Undo = [];
  try {
    return await launch(server, root, sink, undo);
  } catch (error) {
    await takeBack(undo);
    throw error;
  }
}

/** Does one thing after the other; `undo` collects how each is taken back. */
async function launch(server: LabServer, root: Root, sink: number, undo: Undo): Promise<Launched> {
  const instance = await instanceOf(root, server.name);
  undo.push(() => destroy(instance));
  const helper = await server.helper?.(sink);
  if (helper !== undefined) undo.push(helper.close);
  const [smtp = 0, smtps = 0] = await freePorts(2);
  const ports = { smtp, smtps, sink, helper: helper?.port ?? 0 };
  const certificate = await selfSigned([WORLD.host]);
  await furnish(server, instance, ports, certificate);
  const daemon = startDaemon(instance, server.commands(ports));
  undo.push(daemon.stop);
  const drivers = doorsOf(server, instance, ports, {
    serverName: WORLD.host,
    clientCertificate: certificate,
    ...(helper?.handlerStates === undefined ? {} : { handlerStates: helper.handlerStates }),
  });
  await greeted(daemon, drivers.driver, server.name, START_LIMIT);
  const [software, packageName] = server.software;
  return {
    ports,
    software: `${software} ${root.versions[packageName] ?? '(version unknown)'}`,
    ...drivers,
    login: { user: server.user ?? WORLD.user, password: WORLD.password },
    ...(server.maildirOwner === undefined ? {} : { maildir: join(instance.tree, WORLD.maildir) }),
    stop: () => takeBack(undo),
  };
}

/** How it is reached. */
function doorsOf(
  { implicitTls, perConnection, protocol = 'smtp' }: LabServer,
  { tree }: Instance,
  { smtp, smtps }: Ports,
  options: SocketOptions,
): Pick<Launched, 'address' | 'command' | 'driver' | 'implicitTls'> {
  if (perConnection !== undefined) {
    const command = ['chroot', tree, ...perConnection];
    const driver = processDriver({ ...options, command, environment: SERVER_ENV });
    return { address: STDIO, command, driver };
  }
  const at = { ...options, host: '127.0.0.1' };
  return {
    address: `${protocol}://127.0.0.1:${smtp}`,
    driver: tcpDriver({ ...at, port: smtp }),
    ...(implicitTls ? { implicitTls: tcpDriver({ ...at, port: smtps, implicitTls }) } : {}),
  };
}

/** Puts users, folders and files in place, and runs what prepares the start. */
async function furnish(
  server: LabServer,
  { tree }: Instance,
  ports: Ports,
  certificate: Certificate,
): Promise<void> {
  const { users = {}, folders = {}, links = {}, prepare = [], keyOwner = 'root', maildirOwner } = server;
  for (const [name, id] of Object.entries(users)) {
    await appendFile(join(tree, 'etc/passwd'), `${name}:x:${id}:${id}::/var/empty:/usr/sbin/nologin\n`);
    await appendFile(join(tree, 'etc/group'), `${name}:x:${id}:\n`);
  }
  const own = (path: string, owner: string): Promise<void> =>
    chown(path, users[owner] ?? 0, users[owner] ?? 0);
  const inboxes = ['', '/cur', '/new', '/tmp'].map(
    part => [WORLD.maildir + part, maildirOwner ?? 'root'] as const,
  );
  for (const [path, owner] of [...Object.entries(folders), ...inboxes]) {
    await mkdir(join(tree, path), { recursive: true });
    await own(join(tree, path), owner);
  }
  const tls: Record<string, LabFile> = {
    [WORLD.cert]: certificate.cert,
    [WORLD.key]: { text: certificate.key, mode: 0o600, owner: keyOwner },
  };
  for (const [path, file] of Object.entries({ ...tls, ...server.files(ports, certificate) })) {
    const { text, mode = 0o644, owner = 'root' } = typeof file === 'string' ? { text: file } : file;
    const place = join(tree, path);
    await mkdir(dirname(place), { recursive: true });
    // Never written through: it may be a link to the file of the root.
    await rm(place, { force: true });
    await writeFile(place, text, { mode });
    await own(place, owner);
  }
  for (const [path, to] of Object.entries(links)) await symlink(to, join(tree, path));
  for (const command of prepare)
    await execute(['chroot', tree, ...command], { limit: PREPARE_LIMIT, env: SERVER_ENV });
}
