/** `afresh campaign FILE`: many targets, long runs, resumable; its live view, its results and its exit code. */

import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type CampaignResult, runCampaign } from '../campaign/campaign.ts';
import { campaignExit } from '../campaign/comparison.ts';
import { MODES, type Mode, readCampaign, TEMPLATE } from '../campaign/file.ts';
import type { Shard } from '../campaign/plan.ts';
import { workerProcesses } from '../campaign/processes.ts';
import { queued } from '../campaign/queue.ts';
import { targetOfEntry } from '../campaign/unit.ts';
import { conclusion } from '../campaign/view.ts';
import { writeWhole } from '../document.ts';
import { printable } from '../report/printable.ts';
import { resultsOf } from '../report/results.ts';
import { TargetError } from '../targets/target.ts';
import { bothOf, logWatch, newScreen } from './campaign-watch.ts';
import { keepHeapSmall } from './heap.ts';
import { interruption } from './interruption.ts';
import { duration, queueUrl, whole } from './options.ts';
import { addOutputs, type OutputFlags, openOutputs } from './outputs.ts';

interface Flags extends OutputFlags {
  readonly init?: true;
  readonly mode: Mode;
  readonly time?: number;
  readonly scenarios?: number;
  readonly jobs?: number;
  readonly workers?: number;
  readonly seed?: number;
  readonly shard?: Shard;
  readonly queue?: string;
  readonly restart?: true;
  readonly level: 'must' | 'should';
  readonly quiet?: true;
}

/** The work undivided. */
const WHOLE: Shard = { index: 1, of: 1 };

export function campaignCommand(): Command {
  return addOutputs(new Command('campaign'))
    .description('many targets, long runs, resumable')
    .argument('[file]', 'the campaign file, YAML or JSON', 'campaign.yaml')
    .option('--init', 'write a campaign file with comments, and do nothing else')
    .addOption(
      new Option('--mode <mode>', 'nightly goes on to the end; pr stops at the first new finding')
        .choices(MODES)
        .default('nightly'),
    )
    .option('--time <duration>', 'for the whole campaign, such as 5m or 1h', duration)
    .option('--scenarios <n>', 'for each target', whole)
    .option('--jobs <n>', 'connections in flight of each worker', whole)
    .option('--workers <n>', 'worker processes; one a core unless said', whole)
    .option('--seed <n>', 'same seed, same targets: same scenarios', whole)
    .option(
      '--shard <i/n>',
      'part i of n of the work, for machines side by side (all of it unless said)',
      shard,
    )
    .option(
      '--queue <url>',
      'hand the work to "afresh worker" through this Redis: redis://host:port',
      queueUrl,
    )
    .option('--restart', 'drop a run that did not end, instead of going on with it')
    .addOption(
      new Option('--level <level>', 'which findings make exit 1: must, or should as well')
        .choices(['must', 'should'])
        .default('should'),
    )
    .option('--quiet', 'no progress')
    .action(async (file: string, flags: Flags) => {
      process.exitCode = flags.init === true ? init(file) : await campaign(file, flags);
    });
}

function init(file: string): number {
  if (existsSync(file)) throw new TargetError(`${file} is there already; name another file`);
  writeWhole(file, TEMPLATE);
  process.stdout.write(`${file} written; "afresh campaign ${file}" runs it\n`);
  return 0;
}

async function campaign(file: string, flags: Flags): Promise<number> {
  if (!existsSync(file))
    throw new TargetError(`${file}: there is no such file; "afresh campaign --init ${file}" writes one`);
  keepHeapSmall();
  const plan = readCampaign(file, flags);
  // A name that is wrong is told now, not in the night.
  for (const entry of plan.targets) targetOfEntry(entry);
  const outputs = openOutputs(flags);
  const screen = newScreen(plan, flags.quiet === true);
  const workforce =
    flags.queue === undefined
      ? workerProcesses(plan.workers ?? availableParallelism())
      : await queued({ url: flags.queue, onTrouble: text => screen.line(printable(text)) });
  try {
    const result = await runCampaign({
      campaign: plan,
      workforce,
      shard: flags.shard ?? WHOLE,
      restart: flags.restart === true,
      signal: interruption,
      watch: bothOf(screen, logWatch(plan, outputs.events)),
    });
    screen.close();
    const { comparisons, last, trouble } = result;
    const exit = told(file, result, flags.level);
    outputs.write(
      resultsOf(
        comparisons.map(({ report }) => report),
        last,
      ),
    );
    if (trouble !== undefined) throw trouble;
    return exit;
  } finally {
    screen.close();
    await workforce.close();
  }
}

function told(
  file: string,
  { comparisons, folder, trouble }: CampaignResult,
  counted: Flags['level'],
): number {
  process.stdout.write(conclusion(comparisons));
  process.stdout.write(
    folder === undefined
      ? `${trouble === undefined ? 'Interrupted' : 'Not ended'}; "afresh campaign ${file}" goes on from here.\n`
      : `Reports are in ${folder}\n`,
  );
  return campaignExit(comparisons, counted);
}

function shard(text: string): Shard {
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (Number(index) >= 1 && Number(index) <= Number(of)) return { index: Number(index), of: Number(of) };
  throw new InvalidArgumentError('Say i/n with i from 1 to n, such as 1/4.');
}
