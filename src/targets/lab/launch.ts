/** From a server of the lab to a running target: a copy of its root is furnished, the server started in it. */

import { appendFile, chown, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tcpDriver } from '../../drivers/tcp.ts';
import { type Certificate, selfSigned } from '../certificate.ts';
import { openMaildir } from '../mail/maildir.ts';
import { openSink, type Sink } from '../mail/sink.ts';
import type { RunningTarget, Target } from '../target.ts';
import { freePorts, greeted, startDaemon } from './daemon.ts';
import { execute } from './execute.ts';
import { destroy, type Instance, instanceOf, SERVER_ENV } from './instance.ts';
import { makeRoot, type Root } from './root.ts';
import { type Helper, type LabFile, type LabServer, type Ports, WORLD } from './server.ts';

/** Milliseconds until the greeting, and for each command that prepares the start. */
const START_LIMIT = 20_000;
const PREPARE_LIMIT = 30_000;

export function labTarget(server: LabServer): Target {
  return { name: server.name, title: server.title, start: () => start(server) };
}

async function start(server: LabServer): Promise<RunningTarget> {
  const root = await makeRoot(server);
  const undo: Undo = [];
  try {
    return await launch(server, root, undo);
  } catch (error) {
    await takeBack(undo);
    throw error;
  }
}

/** How each thing that was started is taken back, in the order in which they were started. */
type Undo = (() => Promise<unknown>)[];

async function takeBack(undo: Undo): Promise<void> {
  for (const step of undo.splice(0).reverse()) await step();
}

/** Starts one thing after the other; `undo` collects how each is taken back. */
async function launch(server: LabServer, root: Root, undo: Undo): Promise<RunningTarget> {
  const instance = await instanceOf(root, server.name);
  undo.push(() => destroy(instance));
  const certificate = await selfSigned([WORLD.host]);
  const { ports, sink, helper } = await surroundings(server, undo);
  await furnish(server, instance, ports, certificate);
  const mailbox = sink ?? (await openMaildir(join(instance.tree, WORLD.maildir), () => true));
  undo.push(mailbox.close);
  const daemon = startDaemon(instance, server.commands(ports));
  undo.push(daemon.stop);
  await greeted(daemon, ports.smtp, server.name, START_LIMIT);
  const [software, packageName] = server.software;
  const handlers = helper?.handlerStates;
  const at = {
    host: '127.0.0.1',
    serverName: WORLD.host,
    clientCertificate: certificate,
    ...(handlers === undefined ? {} : { handlerStates: handlers }),
  };
  const { implicitTls, user = WORLD.user } = server;
  return {
    address: `smtp://127.0.0.1:${ports.smtp}`,
    software: `${software} ${root.versions[packageName] ?? '(version unknown)'}`,
    driver: tcpDriver({ ...at, port: ports.smtp }),
    ...(implicitTls ? { implicitTls: tcpDriver({ ...at, port: ports.smtps, implicitTls }) } : {}),
    protocol: 'smtp',
    login: { user, password: WORLD.password },
    recipient: `*@${WORLD.domain}`,
    mailbox,
    knownDeviations: server.knownDeviations,
    stop: () => takeBack(undo),
  };
}

interface Surroundings {
  readonly ports: Ports;
  readonly sink?: Sink;
  readonly helper?: Helper;
}

/** What runs in this process for the server, and the ports of all. */
async function surroundings(server: LabServer, undo: Undo): Promise<Surroundings> {
  const sink = server.maildirOwner === undefined ? await openSink() : undefined;
  if (sink !== undefined) undo.push(sink.close);
  const helper = await server.helper?.(sink?.port ?? 0);
  if (helper !== undefined) undo.push(helper.close);
  const [smtp = 0, smtps = 0] = await freePorts(2);
  return {
    ports: { smtp, smtps, sink: sink?.port ?? 0, helper: helper?.port ?? 0 },
    ...(sink === undefined ? {} : { sink }),
    ...(helper === undefined ? {} : { helper }),
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
