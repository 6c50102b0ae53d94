/** `afresh minimise FILE`: a failing scenario, made as small as it goes. */

import { Command } from 'commander';
import { standsFor } from '../confirm.ts';
import { type CorpusEntry, entryOf, originOf, readEntry, writeEntry } from '../corpus.ts';
import type { Finding } from '../investigate.ts';
import { PRESETS } from '../policy.ts';
import { type Bench, benchOf, lookFor } from '../replay.ts';
import { reportedFinding } from '../report/finding.ts';
import { printable } from '../report/printable.ts';
import { findingText } from '../report/terminal.ts';
import { size } from '../scenario.ts';
import { newInvestigator } from '../suspicions.ts';
import { targetOf } from '../targets/registry.ts';
import { TargetError } from '../targets/target.ts';
import { interruption } from './interruption.ts';
import {
  addTargetOptions,
  duration,
  reproducerFile,
  runLimitsOf,
  type TargetFlags,
  targetOptionsOf,
  whole,
} from './options.ts';
import { writeReproducer } from './reproducer.ts';

interface Flags extends TargetFlags {
  readonly target?: string;
  readonly time: number;
  readonly jobs: number;
  readonly out?: string;
  readonly reproducer?: string;
}

const DEFAULT_TIME = 60_000;

export function minimiseCommand(): Command {
  return addTargetOptions(new Command('minimise'))
    .description('make a failing scenario as small as it goes')
    .argument('<file>', 'a file of a corpus')
    .option('--target <target>', 'another target than the one it was found in')
    .option('--time <duration>', 'for minimising', duration, DEFAULT_TIME)
    .option('--jobs <n>', 'connections in flight', whole, 8)
    .option('--out <file>', 'where the result goes; in place of the file unless said')
    .option('--reproducer <file>', 'write a script that shows it without afresh: .mjs or .py', reproducerFile)
    .action(async (kept: string, flags: Flags) => {
      const entry = readEntry(kept);
      const target = targetOf(flags.target ?? entry.target, targetOptionsOf(flags));
      const running = await target.start();
      try {
        const bench = await benchOf(running, runLimitsOf(flags), flags.jobs);
        const finding = await smallest(bench, entry, flags);
        const file = flags.out ?? kept;
        const reported = reportedFinding(finding, bench.probed.baseline, {
          file,
          login: bench.probed.speech,
        });
        const smaller = entryOf(originOf(target, running), reported);
        writeEntry(file, smaller);
        if (flags.reproducer !== undefined)
          writeReproducer(flags.reproducer, bench, smaller, finding.example);
        process.stdout.write(
          `${size(entry.scenario)} steps → ${reported.steps}\n\n${findingText(reported, process.stdout.columns)}\n`,
        );
      } finally {
        await running.stop();
      }
    });
}

/** The same effect in the smallest scenario that shows it. */
async function smallest(bench: Bench, entry: CorpusEntry, { time, jobs }: Flags): Promise<Finding> {
  const { example, looks } = await lookFor(bench, entry);
  if (example === undefined)
    throw new TargetError(`nothing to minimise: not seen in ${looks} runs (${entry.summary})`, 3);
  const end = performance.now() + time;
  const investigator = newInvestigator({
    experiment: bench.experiment,
    policy: PRESETS.practice,
    jobs,
    expired: () => interruption.aborted || performance.now() >= end,
    stopped: () => interruption.aborted,
    enough: () => false,
    inTime: work => work,
    onFinding: () => {},
  });
  const wanted = standsFor(example, entry);
  await investigator.consider([{ ...example, deviations: wanted === undefined ? [] : [wanted] }]);
  const [finding] = investigator.findings;
  if (finding !== undefined) return finding;
  const [note] = investigator.notes;
  throw new TargetError(`not minimised: ${printable(note?.text ?? 'it does not show again')}`, 3);
}
