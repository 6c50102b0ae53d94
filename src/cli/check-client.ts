/** `afresh check-client`: the search on a client, its progress, and its result on the terminal and in a file. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { CLIENT_EXAMPLES } from '../../properties/client/examples.ts';
import { CLIENT_CLAIMS } from '../../properties/client/index.ts';
import { checkClient } from '../client/check.ts';
import type { ClientClaim } from '../client/claim.ts';
import { clientOf, newScriptKeeper, readScripts } from '../client/corpus.ts';
import type { TlsWish } from '../client/launch.ts';
import { ensureKeepable } from '../corpus.ts';
import { printable } from '../report/printable.ts';
import { resultsOf } from '../report/results.ts';
import { terminal } from '../report/terminal.ts';
import { suggestion } from '../suggestion.ts';
import { TargetError } from '../targets/target.ts';
import { countedAt, exitCode } from '../verdict.ts';
import { TOOL } from '../version.ts';
import { withAuthority } from './authority.ts';
import { left } from './check.ts';
import { addClientTimeout, type ClientTimeoutFlags, clientLimitOf } from './client-timeout.ts';
import { newTeller } from './found.ts';
import { interruption } from './interruption.ts';
import { addSearchOptions, newSeed, whole } from './options.ts';
import { addOutputs, type OutputFlags, openOutputs } from './outputs.ts';
import { progressTo } from './progress.ts';

interface Flags extends OutputFlags, ClientTimeoutFlags {
  readonly tls: TlsWish;
  readonly time?: number;
  readonly scenarios?: number;
  readonly jobs: number;
  readonly seed?: number;
  readonly claims?: readonly ClientClaim[];
  readonly corpus?: string;
  readonly examples: boolean;
  readonly stopOnFirst?: true;
  readonly level: 'must' | 'should';
  readonly quiet?: true;
}

const DEFAULT_TIME = 60_000;

export function checkClientCommand(): Command {
  const command = addOutputs(addSearchOptions(new Command('check-client')))
    .description('search a client for knowledge that outlives STARTTLS')
    .argument('<client...>', 'a name from "afresh list clients"; or, behind --, a command line')
    .addOption(
      new Option('--tls <wish>', 'what the user asks of the client: TLS or nothing, or TLS if it can be had')
        .choices(['required', 'opportunistic'])
        .default('required'),
    );
  return addClientTimeout(command, ', and silence is tested: it has to be longer than the client’s own limit')
    .option('--scenarios <n>', 'how many server scripts', whole)
    .option('--jobs <n>', 'clients that run at once', whole, 8)
    .option('--seed <n>', 'same seed, same client: same scripts', whole)
    .option('--claims <ids>', 'which claims to judge, separated by commas', claims)
    .option('--corpus <dir>', 'kept scripts: played first, findings added')
    .option('--no-examples', 'no hand-written scripts: kept and random ones only')
    .addHelpText(
      'after',
      `
In a command line {host}, {port} and {ca} (a PEM file to trust) are filled in; so are {user}, {password}, {from},
{to} and {message} (a file) if they stand there. The message comes on standard input, too. A run is over when the command
ends: a mail transfer agent has to deliver in the foreground, and not to try again or send a notice of its own. For example:

  afresh check-client -- curl -sS -m5 --ssl-reqd --cacert {ca} --mail-from {from} --mail-rcpt {to} -T {message} smtp://{host}:{port}`,
    )
    .action(async (words: readonly string[], flags: Flags) => {
      process.exitCode = await runCheckClient(words, flags);
    });
}

async function runCheckClient(words: readonly string[], flags: Flags): Promise<number> {
  const client = clientOf(words, flags.clientTimeout !== undefined);
  if (!client.wishes.includes(flags.tls))
    throw new TargetError(`${client.name} cannot be asked for --tls ${flags.tls}`);
  const software = await client.software();
  const seed = flags.seed ?? newSeed();
  const time = flags.time ?? (flags.scenarios === undefined ? DEFAULT_TIME : undefined);
  if (flags.corpus !== undefined) ensureKeepable(flags.corpus);
  const kept = flags.corpus === undefined ? [] : readScripts(flags.corpus).map(({ scenario }) => scenario);
  const examples = [...kept, ...(flags.examples ? CLIENT_EXAMPLES : [])];
  const outputs = openOutputs(flags);
  const progress = progressTo(process.stderr, { quiet: flags.quiet === true, verbose: false });
  progress.line(printable(`checking ${client.title}, seed ${seed}`));
  const keeper =
    flags.corpus === undefined
      ? undefined
      : newScriptKeeper(flags.corpus, { client: words, tls: flags.tls, software });
  const run = { target: client.name, startedAt: new Date().toISOString(), seed };
  outputs.events.started(run, { role: 'client', tool: TOOL, address: `TLS ${flags.tls}`, software });
  try {
    const checked = await withAuthority((authority, caFile) =>
      checkClient(
        { client, authority, caFile, tls: flags.tls, limit: clientLimitOf(flags) },
        {
          seed,
          jobs: flags.jobs,
          claims: flags.claims ?? CLIENT_CLAIMS,
          wanted: flags.claims?.map(({ id }) => id) ?? [],
          examples,
          silence: client.impatient || flags.clientTimeout !== undefined,
          signal: interruption,
          ...(flags.scenarios === undefined ? {} : { scenarios: flags.scenarios }),
          ...(time === undefined ? {} : { time: left(time) }),
          ...(flags.stopOnFirst === true ? { stopOnFirst: true } : {}),
          onProgress: told => {
            progress.update(told);
            outputs.events.progress(run, told);
          },
          onFinding: newTeller({
            line: progress.line,
            keep: keeper,
            event: (finding, file) => outputs.events.found(run, finding, file),
          }),
        },
      ),
    );
    const report = { ...checked, startedAt: run.startedAt };
    progress.clear();
    process.stdout.write(terminal(report, process.stdout.columns));
    outputs.write(resultsOf([report]));
    return exitCode(report, countedAt(flags.level));
  } finally {
    progress.clear();
  }
}

function claims(text: string): readonly ClientClaim[] {
  const known = CLIENT_CLAIMS.map(({ id }) => id);
  return text.split(',').map(part => {
    const id = part.trim();
    const claim = CLIENT_CLAIMS.find(one => one.id === id);
    if (claim !== undefined) return claim;
    throw new InvalidArgumentError(
      `There is no claim ${id} about clients.${suggestion(id, known)} Known: ${known.join(', ')}.`,
    );
  });
}
