/** `afresh check TARGET`: the search, its progress, and its result on the terminal and in a file. */

import { Command } from 'commander';
import { EXAMPLES } from '../../properties/examples.ts';
import { CLAIMS } from '../../properties/index.ts';
import { check } from '../check.ts';
import type { Claim } from '../claim.ts';
import { ensureKeepable, newKeeper, originOf, readCorpus } from '../corpus.ts';
import { targetOf } from '../targets/registry.ts';
import { TOOL } from '../version.ts';
import {
  addTargetOptions,
  claims,
  runLimitsOf,
  type TargetFlags,
  targetOptionsOf,
  whole,
} from './options.ts';
import { addOutputs } from './outputs.ts';
import { addPolicyOptions, type PolicyFlags, policyFrom } from './policy.ts';
import { addSearchOptions, newSeed, openTelling, type SearchFlags, searchOptions } from './searching.ts';

interface Flags extends TargetFlags, PolicyFlags, SearchFlags<Claim> {
  readonly corpus?: string | false;
}

export function checkCommand(): Command {
  return addOutputs(addPolicyOptions(addTargetOptions(addSearchOptions(new Command('check')))))
    .description('search for state that outlives STARTTLS')
    .argument(
      '<target>',
      'smtp://host:port, lmtp://host:port, a target file, or a name from "afresh list targets"',
    )
    .option('--scenarios <n>', 'how many scenarios', whole)
    .option('--jobs <n>', 'connections in flight, besides those that wait for a late greeting', whole, 8)
    .option('--seed <n>', 'same seed, same target: same scenarios', whole)
    .option('--claims <ids>', 'which claims to judge, separated by commas', claims)
    .option('--corpus <dir>', 'kept scenarios: played first, findings added')
    .option('--no-corpus', 'no kept scenarios: hand-written and random ones only')
    .option('--no-examples', 'no hand-written scenarios: kept and random ones only')
    .option('--verbose', 'a line for each scenario')
    .action(async (name: string, flags: Flags) => {
      process.exitCode = await runCheck(name, flags);
    });
}

async function runCheck(name: string, flags: Flags): Promise<number> {
  const target = targetOf(name, targetOptionsOf(flags));
  const corpus = typeof flags.corpus === 'string' ? flags.corpus : undefined;
  if (corpus !== undefined) ensureKeepable(corpus);
  const kept = corpus === undefined ? [] : readCorpus(corpus).map(({ scenario }) => scenario);
  const examples = [...kept, ...(flags.examples ? EXAMPLES.map(({ scenario }) => scenario) : [])];
  const seed = flags.seed ?? newSeed();
  const policy = policyFrom(flags);
  const telling = openTelling(flags);
  const running = await target.start();
  try {
    const origin = originOf(target, running);
    const { address } = running;
    const told = telling.started(
      address,
      { target: target.name, seed },
      { role: 'server', tool: TOOL, ...origin, address },
      corpus === undefined ? undefined : newKeeper(corpus, origin),
    );
    const checked = await check(running, {
      ...searchOptions(flags, seed, CLAIMS),
      name: target.name,
      policy: policy(running.policy),
      examples,
      limits: runLimitsOf(flags),
      onProgress: told.onProgress,
      onExamined: told.onExamined,
      onFinding: told.onFinding,
    });
    return told.ended(checked);
  } finally {
    telling.clear();
    await running.stop();
  }
}
