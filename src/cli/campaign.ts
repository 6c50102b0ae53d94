/** `afresh campaign FILE`: many targets, long runs, resumable; its live view, its results and its exit code. */

import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type CampaignResult, runCampaign, type Watch } from '../campaign/campaign.ts';
import { campaignExit } from '../campaign/comparison.ts';
import { type Campaign, MODES, type Mode, readCampaign, TEMPLATE } from '../campaign/file.ts';
import type { Shard } from '../campaign/plan.ts';
import { workerProcesses } from '../campaign/processes.ts';
import { queued } from '../campaign/queue.ts';
import type { State } from '../campaign/state.ts';
import { targetOfEntry, type Unit } from '../campaign/unit.ts';
import { conclusion, liveView, statusLine } from '../campaign/view.ts';
import { writeWhole } from '../document.ts';
import { printable } from '../report/printable.ts';
import { resultsOf } from '../report/results.ts';
import type { Progress } from '../search.ts';
import { TargetError } from '../targets/target.ts';

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
  readonly shard: Shard;
  readonly queue?: string;
  readonly restart?: true;
  readonly level: 'must' | 'should';
  readonly quiet?: true;
}

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
    .option('--shard <i/n>', 'part i of n of the work, for machines side by side', shard, { index: 1, of: 1 })
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
  const plan = readCampaign(file, flags);
  // A name that is wrong is told now, not in the night.
  for (const entry of plan.targets) targetOfEntry(entry);
  const outputs = openOutputs(flags);
  const screen = newScreen(plan, flags.quiet === true);
  const workforce =
    flags.queue === undefined
      ? workerProcesses(plan.workers ?? availableParallelism())
      : await queued({ url: flags.queue, onTrouble: screen.line });
  try {
    const result = await runCampaign({
      campaign: plan,
      workforce,
      shard: flags.shard,
      restart: flags.restart === true,
      signal: interruption,
      watch: screen,
    });
    screen.close();
    const { comparisons, last } = result;
    const exit = told(file, result, flags.level);
    outputs.write(
      resultsOf(
        comparisons.map(({ report }) => report),
        last,
      ),
    );
    return exit;
  } finally {
    screen.close();
    await workforce.close();
  }
}

function told(file: string, { comparisons, folder }: CampaignResult, counted: Flags['level']): number {
  process.stdout.write(conclusion(comparisons));
  process.stdout.write(
    folder === undefined
      ? `Interrupted; "afresh campaign ${file}" goes on from here.\n`
      : `Reports are in ${folder}\n`,
  );
  return campaignExit(comparisons, counted);
}

/** Columns of a terminal that does not tell how wide it is. */
const NARROW = 80;
/** Milliseconds between two frames of the live view, and between two plain lines. */
const FRAME = 500;
const LINE = 60_000;

/** On a terminal a view that is drawn over and over, with findings above it; elsewhere, and in CI, plain lines. */
function newScreen(plan: Campaign, quiet: boolean): Watch & { line(text: string): void; close(): void } {
  const stream = process.stderr;
  const live = stream.isTTY && process.env['CI'] === undefined;
  const working = new Map<Unit, Progress | undefined>();
  let state: State | undefined;
  let drawn = 0;
  let opened = 0;
  let timer: NodeJS.Timeout | undefined;
  const erase = (): void => {
    if (drawn > 0) stream.write(`\x1b[${drawn}A\x1b[J`);
    drawn = 0;
  };
  const draw = (): void => {
    if (state === undefined) return;
    const elapsed = opened + performance.now();
    if (!live) {
      stream.write(`${statusLine(plan, state, working, elapsed)}\n`);
      return;
    }
    const lines = liveView(plan, state, working, elapsed, stream.columns || NARROW);
    erase();
    stream.write(`${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  const line = (text: string): void => {
    if (quiet) return;
    erase();
    stream.write(`${text}\n`);
    if (live) draw();
  };
  return {
    line,
    begun(begun, resumed) {
      state = begun;
      opened = begun.elapsed - performance.now();
      line(`${resumed ? 'going on with' : 'beginning'} run ${begun.run}, seed ${begun.seed}`);
      if (!quiet) timer = setInterval(draw, live ? FRAME : LINE);
    },
    progress: (unit, progress) => void working.set(unit, progress),
    finding: (unit, { fingerprint, summary }, isNew, file) =>
      line(
        `${unit.name}: found${isNew ? ', new' : ''}: ${printable(fingerprint)}: ${printable(summary)} (${file})`,
      ),
    done: unit => void working.delete(unit),
    close() {
      clearInterval(timer);
      erase();
    },
  };
}

function shard(text: string): Shard {
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (Number(index) >= 1 && Number(index) <= Number(of)) return { index: Number(index), of: Number(of) };
  throw new InvalidArgumentError('Say i/n with i from 1 to n, such as 1/4.');
}
