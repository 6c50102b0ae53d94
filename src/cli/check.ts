/** `afresh check TARGET`: the search, its progress, and its result on the terminal and in a file. */

import { Command } from 'commander';
import { EXAMPLES } from '../../properties/examples.ts';
import { CLAIMS } from '../../properties/index.ts';
import { check } from '../check.ts';
import type { Claim } from '../claim.ts';
import { ensureKeepable, newKeeper, originOf, readCorpus } from '../corpus.ts';
import { resultsOf } from '../report/results.ts';
import { terminal } from '../report/terminal.ts';
import { targetOf } from '../targets/registry.ts';
import { countedAt, exitCode } from '../verdict.ts';
import { TOOL } from '../version.ts';
import { newTeller } from './found.ts';
import { interruption } from './interruption.ts';
import {
  addSearchOptions,
  addTargetOptions,
  claims,
  newSeed,
  runLimitsOf,
  type TargetFlags,
  targetOptionsOf,
  whole,
} from './options.ts';
import { addOutputs, type OutputFlags, openOutputs } from './outputs.ts';
import { addPolicyOptions, type PolicyFlags, policyFrom } from './policy.ts';
import { progressTo } from './progress.ts';

interface Flags extends TargetFlags, PolicyFlags, OutputFlags {
  readonly time?: number;
  readonly scenarios?: number;
  readonly jobs: number;
  readonly seed?: number;
  readonly claims?: readonly Claim[];
  readonly corpus?: string | false;
  readonly examples: boolean;
  readonly stopOnFirst?: true;
  readonly level: 'must' | 'should';
  readonly quiet?: true;
  readonly verbose?: true;
}

const DEFAULT_TIME = 60_000;

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
    .option('--no-corpus', 'random scenarios only')
    .option('--no-examples', 'no hand-written scenarios: kept and random ones only')
    .option('--verbose', 'a line for each scenario')
    .action(async (name: string, flags: Flags) => {
      process.exitCode = await runCheck(name, flags);
    });
}

/** Milliseconds without which a search is none. */
const SHORTEST = 500;

/** What is left of the time for the whole command: starting it, and the target, has taken its share. */
export const left = (time: number): number => Math.max(SHORTEST, time - performance.now());

async function runCheck(name: string, flags: Flags): Promise<number> {
  const target = targetOf(name, targetOptionsOf(flags));
  const corpus = typeof flags.corpus === 'string' ? flags.corpus : undefined;
  if (corpus !== undefined) ensureKeepable(corpus);
  const kept = corpus === undefined ? [] : readCorpus(corpus).map(({ scenario }) => scenario);
  const examples = [...kept, ...(flags.examples ? EXAMPLES.map(({ scenario }) => scenario) : [])];
  const seed = flags.seed ?? newSeed();
  const policy = policyFrom(flags);
  const time = flags.time ?? (flags.scenarios === undefined ? DEFAULT_TIME : undefined);
  const outputs = openOutputs(flags);
  const running = await target.start();
  const keeper = corpus === undefined ? undefined : newKeeper(corpus, originOf(target, running));
  const progress = progressTo(process.stderr, {
    quiet: flags.quiet === true,
    verbose: flags.verbose === true,
  });
  try {
    progress.line(`checking ${running.address}, seed ${seed}`);
    const run = { target: target.name, startedAt: new Date().toISOString(), seed };
    outputs.events.started(run, {
      role: 'server',
      tool: TOOL,
      ...originOf(target, running),
      address: running.address,
    });
    const checked = await check(running, {
      name: target.name,
      seed,
      jobs: flags.jobs,
      policy: policy(running.policy),
      claims: flags.claims ?? CLAIMS,
      wanted: flags.claims?.map(({ id }) => id) ?? [],
      examples,
      limits: runLimitsOf(flags),
      signal: interruption,
      ...(flags.scenarios === undefined ? {} : { scenarios: flags.scenarios }),
      ...(time === undefined ? {} : { time: left(time) }),
      ...(flags.stopOnFirst === true ? { stopOnFirst: true } : {}),
      onProgress: now => {
        progress.update(now);
        outputs.events.progress(run, now);
      },
      onExamined: progress.examined,
      onFinding: newTeller({
        line: progress.line,
        keep: keeper,
        event: (finding, file) => outputs.events.found(run, finding, file),
      }),
    });
    const report = { ...checked, startedAt: run.startedAt };
    progress.clear();
    process.stdout.write(terminal(report, process.stdout.columns));
    outputs.write(resultsOf([report]));
    return exitCode(report, countedAt(flags.level));
  } finally {
    progress.clear();
    await running.stop();
  }
}
