/**
 * What a server of the lab is: packages, configuration and commands as data, and the target made of them.
 *
 * All servers are given the same world: one name, one account, one domain, a certificate, ports of 127.0.0.1, and
 * either a Maildir or the sink for whatever they accept. No mail can leave the machine.
 */

import { appendFile, chown, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tcpDriver } from '../../drivers/tcp.ts';
import { type Certificate, selfSigned } from '../certificate.ts';
import { openMaildir } from '../mail/maildir.ts';
import { openSink, type Sink } from '../mail/sink.ts';
import { type KnownDeviation, type RunningTarget, type Target, TargetError } from '../target.ts';
import { freePorts, greeted, startDaemon } from './daemon.ts';
import { execute } from './execute.ts';
import { handlerStates } from './handlers.ts';
import { destroy, type Instance, instanceOf, SERVER_ENV } from './instance.ts';
import { findRoot, obstacle, type Root, type RootRequest } from './root.ts';

export const WORLD = {
  host: 'mx.lab.example',
  domain: 'lab.example',
  user: 'tester',
  password: 'secret',
  /** Paths inside the root. */
  cert: '/lab/tls/cert.pem',
  key: '/lab/tls/key.pem',
  maildir: '/lab/mail/box',
} as const;

/** For servers that ask Cyrus SASL: the account in its own database. Needs `sasl2-bin`. */
export const SASL_ACCOUNT: readonly string[] = [
  'sh',
  '-c',
  `echo ${WORLD.password} | saslpasswd2 -p -c -u ${WORLD.host} ${WORLD.user}`,
];

/** Ports of 127.0.0.1, chosen at each start. */
export interface Ports {
  /** Where the server listens for SMTP with STARTTLS, and for SMTP in TLS from the first byte. */
  readonly smtp: number;
  readonly smtps: number;
  /** Where the sink listens; 0 if there is none. */
  readonly sink: number;
  /** Where the server's helper listens; 0 if there is none. */
  readonly helper: number;
}

/** A file that is text only belongs to root and is readable by all. */
export type LabFile = string | { readonly text: string; readonly mode?: number; readonly owner?: string };

/** Something in this process that a server asks. */
export interface Helper {
  readonly port: number;
  close(): Promise<void>;
}

export interface LabServer extends RootRequest {
  readonly title: string;
  /** The name of the software, and the package whose version is its version. */
  readonly software: readonly [name: string, packageName: string];
  /** Users, each with a group of the same name and number. */
  readonly users?: Readonly<Record<string, number>>;
  /** Folders and their owners. */
  readonly folders?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly files: (ports: Ports) => Readonly<Record<string, LabFile>>;
  /** Commands that have to succeed before the start. */
  readonly prepare?: readonly (readonly string[])[];
  /** Commands that stay in the foreground; if one ends, all are ended. */
  readonly commands: (ports: Ports) => readonly (readonly string[])[];
  /** Who owns the Maildir that it delivers to; without an owner it relays to the sink. */
  readonly maildirOwner?: string;
  readonly helper?: (sink: number) => Promise<Helper>;
  readonly offers: {
    readonly implicitTls: boolean;
    readonly login: boolean;
    /** It prints what its application hooks were given; see `handlers.ts`. */
    readonly handlerStates?: boolean;
  };
  readonly knownDeviations: readonly KnownDeviation[];
}

/** Milliseconds until the greeting, and for each command that prepares the start. */
const START_LIMIT = 20_000;
const PREPARE_LIMIT = 30_000;

export function labTarget(server: LabServer): Target {
  return { name: server.name, title: server.title, start: () => start(server) };
}

async function start(server: LabServer): Promise<RunningTarget> {
  const why = obstacle();
  if (why !== undefined) throw new TargetError(why);
  const root = await findRoot(server);
  if (root === undefined)
    throw new TargetError(`${server.name} is not unpacked yet; \`npm run lab\` fetches its packages`);
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
  const { ports, sink } = await surroundings(server, undo);
  await furnish(server, instance, ports, certificate);
  const mailbox = sink ?? (await openMaildir(join(instance.tree, WORLD.maildir), () => true));
  undo.push(mailbox.close);
  const states = handlerStates();
  const reports = server.offers.handlerStates === true;
  const daemon = startDaemon(instance, server.commands(ports), reports ? states.read : () => {});
  undo.push(daemon.stop);
  await greeted(daemon, ports.smtp, server.name, START_LIMIT);
  const [software, packageName] = server.software;
  const at = { host: '127.0.0.1', serverName: WORLD.host, clientCertificate: certificate };
  const { implicitTls, login } = server.offers;
  return {
    address: `smtp://127.0.0.1:${ports.smtp}`,
    software: `${software} ${root.versions[packageName] ?? '(version unknown)'}`,
    driver: tcpDriver({ ...at, port: ports.smtp, ...(reports ? { handlerStates: states.of } : {}) }),
    ...(implicitTls ? { implicitTls: tcpDriver({ ...at, port: ports.smtps, implicitTls }) } : {}),
    protocol: 'smtp',
    ...(login ? { login: { user: WORLD.user, password: WORLD.password } } : {}),
    recipient: `*@${WORLD.domain}`,
    mailbox,
    knownDeviations: server.knownDeviations,
    stop: () => takeBack(undo),
  };
}

/** What runs in this process for the server, and the ports of all. */
async function surroundings(server: LabServer, undo: Undo): Promise<{ ports: Ports; sink?: Sink }> {
  const sink = server.maildirOwner === undefined ? await openSink() : undefined;
  if (sink !== undefined) undo.push(sink.close);
  const helper = await server.helper?.(sink?.port ?? 0);
  if (helper !== undefined) undo.push(helper.close);
  const [smtp = 0, smtps = 0] = await freePorts(2);
  const ports = { smtp, smtps, sink: sink?.port ?? 0, helper: helper?.port ?? 0 };
  return sink === undefined ? { ports } : { ports, sink };
}

/** Puts users, folders and files in place, and runs what prepares the start. */
async function furnish(
  server: LabServer,
  { tree }: Instance,
  ports: Ports,
  certificate: Certificate,
): Promise<void> {
  const { users = {}, folders = {}, links = {}, prepare = [], maildirOwner } = server;
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
  const secrets = { [WORLD.cert]: certificate.cert, [WORLD.key]: { text: certificate.key, mode: 0o600 } };
  for (const [path, file] of Object.entries({ ...secrets, ...server.files(ports) })) {
    const {
      text,
      mode = 0o644,
      owner = 'root',
    }: Exclude<LabFile, string> = typeof file === 'string' ? { text: file } : file;
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
