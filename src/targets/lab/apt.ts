/**
 * Debian packages fetched into a folder, by apt with a state of its own.
 *
 * The state says that nothing is installed, so that apt fetches everything a server needs; nothing is installed
 * then, and neither the machine's packages nor its lists change. Mirrors, proxies and keys are those of the machine:
 * its sources are read as they are, for another suite with that one word replaced.
 */

import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execute } from './execute.ts';

const UPDATE_LIMIT = 5 * 60_000;
const FETCH_LIMIT = 20 * 60_000;
/** Package lists younger than this are not asked for again. */
const LISTS_LAST = 60 * 60_000;

/** The Debian suite of this machine, such as `bookworm`; undefined if it is not Debian. */
export function machineSuite(): string | undefined {
  const release = existsSync(RELEASE) ? readFileSync(RELEASE, 'utf8') : '';
  const value = (key: string): string | undefined =>
    release.match(new RegExp(`^${key}="?([^"\n]*)"?$`, 'm'))?.[1];
  return value('ID') === 'debian' ? value('VERSION_CODENAME') : undefined;
}

const RELEASE = '/etc/os-release';

/** Fetches `packages` and all they depend on into `archives`. `state` is kept from one call to the next. */
export async function fetchPackages(
  suite: string,
  packages: readonly string[],
  archives: string,
  state: string,
): Promise<void> {
  const apt = ['apt-get', '-c', await configure(suite, state), '-q', '-y'];
  const env = { ...(process.env as Record<string, string>), LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  await mkdir(join(archives, 'partial'), { recursive: true });
  const updated = join(state, 'updated');
  if (!(await isRecent(updated))) {
    // One source that cannot be reached is no reason to stop: whether it was needed shows below.
    await execute([...apt, 'update'], { limit: UPDATE_LIMIT, env }).catch(() => {});
    await writeFile(updated, '');
  }
  const install = ['-o', `Dir::Cache::archives=${archives}/`, '--no-install-recommends', '--download-only'];
  await execute([...apt, ...install, 'install', ...packages], { limit: FETCH_LIMIT, env });
}

async function isRecent(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs < LISTS_LAST;
}

/** Writes the configuration that is read behind the machine's own, and gives its place. */
async function configure(suite: string, state: string): Promise<string> {
  for (const folder of ['lists/partial', 'cache', 'log'])
    await mkdir(join(state, folder), { recursive: true });
  const file = join(state, 'apt.conf');
  const machine = machineSuite();
  const lines = [
    `Dir::State "${state}/";`,
    `Dir::State::lists "${state}/lists/";`,
    'Dir::State::status "/dev/null";',
    `Dir::Cache "${state}/cache/";`,
    `Dir::Log "${state}/log/";`,
    'Dir::Etc::preferences "/dev/null";',
    'Dir::Etc::preferencesparts "/dev/null";',
    // What the machine does after its own updates is none of the lab's business.
    '#clear APT::Update::Pre-Invoke;',
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
    '#clear DPkg::Pre-Install-Pkgs;',
    '#clear DPkg::Post-Invoke;',
    ...(machine === undefined || suite === machine ? [] : await otherSuite(machine, suite, state)),
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

/** Copies the machine's sources with its suite replaced; `bookworm-security` becomes `trixie-security`. */
async function otherSuite(machine: string, suite: string, state: string): Promise<readonly string[]> {
  const parts = join(state, 'sources');
  await mkdir(parts, { recursive: true });
  const word = new RegExp(`(?<![\\w-])${machine}(?!\\w)`, 'g');
  const folder = '/etc/apt/sources.list.d';
  const names = (await readdir(folder).catch(() => [])).filter(name => /\.(list|sources)$/.test(name));
  for (const [from, to] of [
    ['/etc/apt/sources.list', 'machine.list'],
    ...names.map(name => [join(folder, name), name]),
  ]) {
    const text = await readFile(from ?? '', 'utf8').catch(() => '');
    await writeFile(join(parts, to ?? ''), text.replace(word, suite));
  }
  return ['Dir::Etc::sourcelist "/dev/null";', `Dir::Etc::sourceparts "${parts}/";`];
}
