/** The files that a command writes its results to, the options that name them, and what GitHub Actions is told. */

import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import type { Command } from 'commander';
import { ensureWritable, troubleWith, writeWhole } from '../document.ts';
import { annotations, jobSummary } from '../report/github.ts';
import { REPORTERS, type ReporterName } from '../report/reporters.ts';
import type { Results } from '../report/results.ts';
import { TargetError } from '../targets/target.ts';
import { type EventLog, openEventLog } from './event-log.ts';

/** `--json FILE` and its like. */
export type OutputFlags = { readonly [Name in ReporterName | 'events']?: string };

const NAMES = Object.keys(REPORTERS) as readonly ReporterName[];

export function addOutputs(command: Command): Command {
  for (const name of NAMES) command.option(`--${name} <file>`, `write ${REPORTERS[name].title}`);
  return command.option(
    '--events <file>',
    'write JSON lines while it runs, one event a line; begun anew each time',
  );
}

export interface Outputs {
  /** What happens is told here while it happens. */
  readonly events: EventLog;
  /** Writes every file that was asked for, whatever becomes of the others, and tells GitHub Actions. */
  write(results: Results): void;
}

/**
 * Makes sure that the files can be written, before any work is done for them. In GitHub Actions no line printed
 * until `write` is taken for a workflow command, since it may hold what a target said.
 */
export function openOutputs(flags: OutputFlags): Outputs {
  const files = NAMES.flatMap(name => (flags[name] === undefined ? [] : [{ name, file: flags[name] }]));
  for (const { file } of files) ensureWritable(file);
  const events = openEventLog(flags.events);
  const inActions = process.env['GITHUB_ACTIONS'] === 'true';
  const resume = randomUUID();
  if (inActions) process.stdout.write(`::stop-commands::${resume}\n`);
  return {
    events,
    write: results => {
      const troubles: unknown[] = [];
      const tried = (write: () => void): void => {
        try {
          write();
        } catch (error) {
          troubles.push(error);
        }
      };
      for (const { name, file } of files) tried(() => writeWhole(file, REPORTERS[name].render(results)));
      if (inActions) process.stdout.write(`::${resume}::\n${annotations(results)}`);
      const summary = process.env['GITHUB_STEP_SUMMARY'];
      if (inActions && summary !== undefined) tried(() => appended(summary, jobSummary(results)));
      tried(() => events.end(results.runs));
      if (troubles.length > 0) throw troubles[0];
    },
  };
}

function appended(file: string, text: string): void {
  try {
    appendFileSync(file, text);
  } catch (error) {
    throw new TargetError(troubleWith(file, 'written', error));
  }
}
