/**
 * `--events FILE`: appended to while a run goes on, so that a reader such as `tail -f` sees what happens when it happens.
 *
 * A file that cannot be written to any more loses events, and never a search: that is told when the results are written.
 */

import { appendFileSync, closeSync, openSync } from 'node:fs';
import { ensureWritable, troubleWith } from '../document.ts';
import {
  closingLines,
  foundLine,
  progressLine,
  type RunName,
  runName,
  type Started,
  startedLine,
} from '../report/events.ts';
import type { Report, ReportedFinding } from '../report/report.ts';
import type { Progress } from '../search.ts';
import { TargetError } from '../targets/target.ts';

export interface EventLog {
  started(run: RunName, what: Started): void;
  /** Told now and then only. */
  progress(run: RunName, progress: Progress, unit?: string): void;
  found(run: RunName, finding: ReportedFinding, file: string | undefined): void;
  /** Tells how each run ended. Throws a `TargetError` if the file does not hold all that was told. */
  end(reports: readonly Report[]): void;
}

/** Milliseconds between two tellings of progress of one run. */
const PROGRESS_INTERVAL = 5_000;

const SILENT: EventLog = { started: () => {}, progress: () => {}, found: () => {}, end: () => {} };

/** Begins the file anew; without a file nothing is told to anyone. */
export function openEventLog(file: string | undefined): EventLog {
  if (file === undefined) return SILENT;
  ensureWritable(file);
  const descriptor = openSync(file, 'w');
  let trouble: unknown;
  const append = (lines: string): void => {
    try {
      appendFileSync(descriptor, lines);
    } catch (error) {
      trouble ??= error;
    }
  };
  /** When progress was last told, by run; a run that is here has been started. */
  const told = new Map<string, number>();
  const key = (run: RunName): string => JSON.stringify([run.target, run.startedAt, run.seed]);
  const log: EventLog = {
    started(run, what) {
      if (told.has(key(run))) return;
      told.set(key(run), performance.now());
      append(startedLine(run, what));
    },
    progress(run, progress, unit) {
      if (performance.now() - (told.get(key(run)) ?? 0) < PROGRESS_INTERVAL) return;
      told.set(key(run), performance.now());
      append(progressLine(run, progress, unit));
    },
    found: (run, finding, kept) => append(foundLine(run, finding, kept)),
    end(reports) {
      for (const report of reports) {
        log.started(runName(report), { ...report.target, role: report.role, tool: report.tool });
        append(closingLines(report));
      }
      closeSync(descriptor);
      if (trouble !== undefined) throw new TargetError(troubleWith(file, 'written', trouble));
    },
  };
  return log;
}
