/** `afresh check-client`: the search on a client, its progress, and its result on the terminal and in a file. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { CLIENT_EXAMPLES } from '../../properties/client/examples.ts';
import { CLIENT_CLAIMS } from '../../properties/client/index.ts';
import { checkClient } from '../client/check.ts';
import type { ClientClaim } from '../client/claim.ts';
import { clientOf, newScriptKeeper, readScripts } from '../client/corpus.ts';
import type { TlsWish } from '../client/launch.ts';
import { ensureKeepable } from '../corpus.ts';
import { suggestion } from '../suggestion.ts';
import { TargetError } from '../targets/target.ts';
import { TOOL } from '../version.ts';
import { withAuthority } from './authority.ts';
import { addClientTimeout, type ClientTimeoutFlags, clientLimitOf } from './client-timeout.ts';
import { whole } from './options.ts';
import { addOutputs } from './outputs.ts';
import { addSearchOptions, newSeed, openTelling, type SearchFlags, searchOptions } from './searching.ts';

interface Flags extends SearchFlags<ClientClaim>, ClientTimeoutFlags {
  readonly tls: TlsWish;
  readonly corpus?: string;
}

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
In a command line {host} (a name, now and then an address), {port} and {ca} (a PEM file to trust) are filled in; so are {user}, {password}, {from},
{to} and {message} (a file) if they stand there. The message comes on standard input, too. The command runs where afresh
does, and a run is over when it ends: a mail transfer agent has to deliver in the foreground, and not to try again or send a
notice of its own. For example:

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
  const { corpus, tls } = flags;
  if (corpus !== undefined) ensureKeepable(corpus);
  const kept = corpus === undefined ? [] : readScripts(corpus).map(({ scenario }) => scenario);
  const telling = openTelling(flags);
  const told = telling.started(
    client.title,
    { target: client.name, seed },
    { role: 'client', tool: TOOL, address: `TLS ${tls}`, software },
    corpus === undefined ? undefined : newScriptKeeper(corpus, { client: words, tls, software }),
  );
  try {
    const checked = await withAuthority((authority, caFile) =>
      checkClient(
        { client, authority, caFile, tls, limit: clientLimitOf(flags) },
        {
          ...searchOptions(flags, seed, CLIENT_CLAIMS),
          examples: [...kept, ...(flags.examples ? CLIENT_EXAMPLES : [])],
          silence: client.impatient || flags.clientTimeout !== undefined,
          onProgress: told.onProgress,
          onFinding: told.onFinding,
        },
      ),
    );
    return told.ended(checked);
  } finally {
    telling.clear();
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
