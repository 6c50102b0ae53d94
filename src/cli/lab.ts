/** `afresh lab install|start|status|stop [NAME…]`: real mail servers on loopback. */

import { Argument, Command } from 'commander';
import { suggestion } from '../suggestion.ts';
import { makeRoot, obstacle } from '../targets/lab/root.ts';
import type { LabServer } from '../targets/lab/server.ts';
import { LAB_SERVERS } from '../targets/lab/servers.ts';
import { type Standing, start, status, stop } from '../targets/lab/standing.ts';
import { TargetError } from '../targets/target.ts';
import { interruption } from './interruption.ts';

const UNAVAILABLE = 3;

/** What each verb does with one server; the answer is what is told of it. */
const VERBS = {
  install: async server => `unpacked in ${(await makeRoot(server)).tree}`,
  start: async ({ name }) => standing(await start(name)),
  status: async ({ name }) => {
    const known = await status(name);
    return known === undefined ? 'not running' : standing(known);
  },
  stop: async ({ name }) => ((await stop(name)) ? 'stopped' : 'not running'),
} as const satisfies Record<string, (server: LabServer) => Promise<string>>;

const standing = ({ address, software, file }: Standing): string => `${address}  ${software}  ${file}`;

export function labCommand(): Command {
  return new Command('lab')
    .description('real mail servers from Debian’s packages, on loopback')
    .addArgument(new Argument('<verb>', 'what to do').choices(Object.keys(VERBS)))
    .argument('[names...]', `of ${LAB_SERVERS.map(({ name }) => name).join(', ')}; all unless said`)
    .addHelpText(
      'after',
      `
Nothing is installed on this machine: packages are unpacked under $AFRESH_LAB (~/.cache/afresh/lab unless set), each
server into a root of its own. Servers that were started go on until they are stopped; the file that start and status
name describes one as a target: afresh check FILE. "afresh check NAME" needs none of this: it starts a server for
itself and stops it.`,
    )
    .action(async (verb: keyof typeof VERBS, names: readonly string[]) => {
      process.exitCode = await runLab(verb, names.length === 0 ? LAB_SERVERS : names.map(named));
    });
}

/** One after the other, a line each. What cannot be had is skipped, with the reason; then the exit code is 3. */
async function runLab(verb: keyof typeof VERBS, servers: readonly LabServer[]): Promise<number> {
  const why = obstacle();
  if (why !== undefined) throw new TargetError(why, UNAVAILABLE);
  const width = Math.max(...servers.map(({ name }) => name.length));
  let code = 0;
  for (const server of servers) {
    if (interruption.aborted) break;
    const line = await VERBS[verb](server).catch((error: unknown) => {
      if (!(error instanceof TargetError)) throw error;
      code = UNAVAILABLE;
      return `skipped: ${error.message}`;
    });
    process.stdout.write(`${server.name.padEnd(width)}  ${line}\n`);
  }
  return code;
}

function named(text: string): LabServer {
  const found = LAB_SERVERS.find(({ name }) => name === text);
  if (found !== undefined) return found;
  const names = LAB_SERVERS.map(({ name }) => name);
  throw new TargetError(
    `the lab has no server ${text}; it has ${names.join(', ')}.${suggestion(text, names)}`,
  );
}
