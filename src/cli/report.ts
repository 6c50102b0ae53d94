/** `afresh report FILE…`: stored results, of several targets and runs, merged and rendered. */

import { Command } from 'commander';
import { readJson } from '../document.ts';
import type { Report } from '../report/report.ts';
import { resultsOf, targetsOf, verdictOf } from '../report/results.ts';
import { reportsIn } from '../report/schema.ts';
import { overview } from '../report/terminal.ts';
import { EXIT } from '../verdict.ts';
import { addOutputs, type OutputFlags, openOutputs } from './outputs.ts';

interface Flags extends OutputFlags {
  readonly earlier?: readonly string[];
}

export function reportCommand(): Command {
  const command = new Command('report')
    .description('merge and render stored results')
    .argument('<files...>', 'results, as check --json writes them; the same result twice counts once')
    .option('--earlier <files...>', 'results of earlier runs: for trends, and to tell what is new or gone');
  return addOutputs(command).action((files: readonly string[], flags: Flags) => {
    const outputs = openOutputs(flags);
    const results = resultsOf(files.flatMap(read), (flags.earlier ?? []).flatMap(read));
    process.stdout.write(overview(targetsOf(results)));
    outputs.write(results);
    process.exitCode = EXIT[verdictOf(results.runs)];
  });
}

const read = (file: string): readonly Report[] => reportsIn(file, readJson(file));
