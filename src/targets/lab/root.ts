/**
 * Roots: file systems made of the packages of one server, in which it can run without being installed.
 *
 * Every mail server of Debian claims to be the mail server of the machine, so none is installed: packages are
 * unpacked beside each other, no maintainer script runs, and what such scripts would have done stands in each
 * server's file. A root is made once, kept in the lab's folder, and never changed; see `instance.ts`.
 */

import { spawn } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { TargetError } from '../target.ts';
import { fetchPackages, machineSuite } from './apt.ts';
import { execute } from './execute.ts';
import { locked } from './lock.ts';

export interface RootRequest {
  readonly name: string;
  /** The Debian suite whose packages are wanted, where it is not that of the others. */
  readonly suite?: string;
  readonly packages: readonly string[];
}

export interface Root {
  /** The folder that a server takes for `/`. */
  readonly tree: string;
  /** Versions of the packages in it. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Raised when roots are made in another way; older ones are then made anew. */
const FORMAT = 1;
const UNPACK_LIMIT = 60_000;

/** What shell scripts of packages take for granted. */
const BASE = [
  'base-files',
  'base-passwd',
  'coreutils',
  'dash',
  'findutils',
  'grep',
  'libc-bin',
  'mawk',
  'sed',
];

/** Where roots are kept. */
export function labFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env['AFRESH_LAB'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'afresh', 'lab');
}

/** Why no root can be made or used here, if so. */
export function obstacle(): string | undefined {
  if (machineSuite() === undefined)
    return 'servers of the lab come from Debian’s packages, and this machine is not Debian';
  return process.getuid?.() === 0 ? undefined : 'the lab needs root, since its servers run in a chroot';
}

/** The root of `request`, if it has been made. */
export async function findRoot(request: RootRequest): Promise<Root | undefined> {
  const folder = folderOf(request);
  const text = await readFile(join(folder, 'made-of.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const made = madeOf(text);
  return made?.wanted === recipe(request)
    ? { tree: join(folder, 'tree'), versions: made.versions }
    : undefined;
}

/** The root of `request`, made if need be, which fetches some 50 MB and takes a minute or so. */
export async function makeRoot(request: RootRequest): Promise<Root> {
  const why = obstacle();
  if (why !== undefined) throw new TargetError(why, 3);
  const known = await findRoot(request);
  if (known !== undefined) return known;
  await mkdir(labFolder(), { recursive: true });
  // Another process may have made it while this one waited for the lock.
  return locked(join(labFolder(), 'lock'), async () => (await findRoot(request)) ?? make(request));
}

/** What a file says that it was made of; nothing where it was cut off. */
function madeOf(text: string): { wanted: string; versions: Record<string, string> } | undefined {
  try {
    return JSON.parse(text) as { wanted: string; versions: Record<string, string> };
  } catch {
    return undefined;
  }
}

const recipe = ({ packages }: RootRequest): string => [FORMAT, ...packages].join(' ');

/** Not the suite of the machine: its packages are of other versions, which want other configuration. */
const SUITE = 'bookworm';

const suiteOf = ({ suite = SUITE }: RootRequest): string => suite;

const folderOf = (request: RootRequest): string =>
  join(labFolder(), 'roots', `${suiteOf(request)}-${request.name}`);

async function make(request: RootRequest): Promise<Root> {
  const folder = folderOf(request);
  const partial = `${folder}.partial`;
  const archives = join(partial, 'archives');
  const tree = join(partial, 'tree');
  await rm(partial, { recursive: true, force: true });
  await mkdir(tree, { recursive: true });
  const suite = suiteOf(request);
  await fetchPackages(suite, [...BASE, ...request.packages], archives, join(labFolder(), 'apt', suite));
  await mergeUsr(tree);
  const versions: Record<string, string> = {};
  for (const archive of (await readdir(archives)).filter(name => name.endsWith('.deb'))) {
    await unpack(join(archives, archive), tree);
    const [name = '', version = ''] = archive.split('_');
    versions[name] = decodeURIComponent(version);
  }
  await furnish(tree);
  await rm(archives, { recursive: true });
  await writeFile(join(partial, 'made-of.json'), JSON.stringify({ wanted: recipe(request), versions }));
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
  return { tree: join(folder, 'tree'), versions };
}

/** `/bin` and its like are links into `/usr`, which on an installed system a script has seen to. */
async function mergeUsr(tree: string): Promise<void> {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(tree, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, join(tree, name));
  }
}

/** Unpacks one package, without what nobody will read there. */
async function unpack(archive: string, tree: string): Promise<void> {
  const signal = AbortSignal.timeout(UNPACK_LIMIT);
  const unwanted = ['doc', 'man', 'info', 'locale'].map(name => `--exclude=./usr/share/${name}/*`);
  const packed = spawn('dpkg-deb', ['--fsys-tarfile', archive], {
    stdio: ['ignore', 'pipe', 'ignore'],
    signal,
  });
  const tar = spawn('tar', ['-x', '--keep-directory-symlink', ...unwanted, '-C', tree], {
    stdio: ['pipe', 'ignore', 'ignore'],
    signal,
  });
  const ended = new Promise<void>((resolve, reject) => {
    const fail = (): void => reject(new TargetError(`${archive} cannot be unpacked`, 3));
    packed.once('error', fail);
    tar.once('error', fail);
    tar.once('close', code => (code === 0 ? resolve() : fail()));
  });
  await Promise.all([pipeline(packed.stdout, tar.stdin).catch(() => {}), ended]);
}

/** What installation would have made: devices, users, and a name service that knows this machine only. */
async function furnish(tree: string): Promise<void> {
  for (const folder of ['dev', 'proc', 'run', 'var/empty', 'var/log', 'var/spool'])
    await mkdir(join(tree, folder), { recursive: true });
  await mkdir(join(tree, 'tmp'), { recursive: true });
  await execute(['chmod', '1777', join(tree, 'tmp')], { limit: UNPACK_LIMIT });
  for (const [name, minor] of [
    ['null', '3'],
    ['zero', '5'],
    ['random', '8'],
    ['urandom', '9'],
  ])
    await execute(['mknod', '-m', '666', join(tree, 'dev', name ?? ''), 'c', '1', minor ?? ''], {
      limit: UNPACK_LIMIT,
    });
  if (!(await exists(join(tree, 'bin/sh')))) await symlink('dash', join(tree, 'bin/sh'));
  const write = (path: string, text: string): Promise<void> => writeFile(join(tree, 'etc', path), text);
  await write('resolv.conf', 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n');
  await write('hosts', '127.0.0.1 localhost\n');
  await write('nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files\n');
  for (const name of ['passwd', 'group'])
    await write(name, await readFile(join(tree, `usr/share/base-passwd/${name}.master`), 'utf8'));
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
