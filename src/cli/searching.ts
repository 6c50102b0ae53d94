/**
 * What `check` and `check-client` have in common: flags, how far a search may go, and how it is told of, to people while it
 * goes on and at its end, and to machines.
 */

import { randomInt } from 'node:crypto';
import { type Command, Option } from 'commander';
import type { Keeper } from '../corpus.ts';
import type { Examination } from '../experiment.ts';
import type { RunName, Started } from '../report/events.ts';
import { printable } from '../report/printable.ts';
import type { Report, ReportedFinding } from '../report/report.ts';
import { resultsOf } from '../report/results.ts';
import { terminal } from '../report/terminal.ts';
import type { Progress } from '../search.ts';
import { countedAt, exitCode } from '../verdict.ts';
import { interruption } from './interruption.ts';
import { duration } from './options.ts';
import { type OutputFlags, openOutputs } from './outputs.ts';
import { progressTo } from './progress.ts';

export interface SearchFlags<Claim extends { readonly id: string }> extends OutputFlags {
  readonly time?: number;
  readonly scenarios?: number;
  readonly jobs: number;
  readonly seed?: number;
  readonly claims?: readonly Claim[];
  readonly examples: boolean;
  readonly stopOnFirst?: true;
  readonly level: 'must' | 'should';
  readonly quiet?: true;
  readonly verbose?: true;
}

/** How long a search may take, what ends it, and what is told of it. */
export function addSearchOptions(command: Command): Command {
  return command
    .option('--time <duration>', 'for the whole command, such as 60s or 5m (60s unless said)', duration)
    .option('--stop-on-first', 'end with the first finding')
    .addOption(
      new Option('--level <level>', 'which findings make exit 1: must, or should as well')
        .choices(['must', 'should'])
        .default('should'),
    )
    .option('--quiet', 'no progress');
}

export const DEFAULT_TIME = 60_000;
/** Milliseconds without which a search is none. */
const SHORTEST = 500;

/** What is left of the time for the whole command: starting it, and the target, has taken its share. */
export const left = (time: number): number => Math.max(SHORTEST, time - performance.now());

export const newSeed = (): number => randomInt(1, 2 ** 31);

/** How a search goes, and how far: for a time, if nothing else is said. `all` are the claims that there are. */
export function searchOptions<Claim extends { readonly id: string }>(
  flags: SearchFlags<Claim>,
  seed: number,
  all: readonly Claim[],
) {
  const time = flags.time ?? (flags.scenarios === undefined ? DEFAULT_TIME : undefined);
  return {
    seed,
    jobs: flags.jobs,
    claims: flags.claims ?? all,
    wanted: flags.claims?.map(({ id }) => id) ?? [],
    signal: interruption,
    ...(flags.scenarios === undefined ? {} : { scenarios: flags.scenarios }),
    ...(time === undefined ? {} : { time: left(time) }),
    ...(flags.stopOnFirst === true ? { stopOnFirst: true } : {}),
  };
}

/** One search, as it is told of. */
export interface Told {
  readonly onProgress: (now: Progress) => void;
  readonly onExamined: (examination: Examination) => void;
  readonly onFinding: Keeper;
  /** Writes what came of it, and returns the exit code. */
  ended(searched: Report): number;
}

export interface Telling {
  /** A search begins, of what is called so; `keep` is absent where nothing is kept. */
  started(title: string, name: Omit<RunName, 'startedAt'>, what: Started, keep: Keeper | undefined): Told;
  /** Takes the progress off the terminal. */
  clear(): void;
}

/** Tells of a search; its files are known to be writable before there is anything to tell. */
export function openTelling(flags: SearchFlags<{ readonly id: string }>): Telling {
  const outputs = openOutputs(flags);
  const progress = progressTo(process.stderr, {
    quiet: flags.quiet === true,
    verbose: flags.verbose === true,
  });
  return {
    clear: progress.clear,
    started(title, name, what, keep) {
      const run = { target: name.target, startedAt: new Date().toISOString(), seed: name.seed };
      progress.line(printable(`checking ${title}, seed ${name.seed}`));
      outputs.events.started(run, what);
      const kept = forgiving(keep);
      return {
        onProgress(now) {
          progress.update(now);
          outputs.events.progress(run, now);
        },
        onExamined: progress.examined,
        onFinding: newTeller(progress.line, kept.keep, (finding, file) =>
          outputs.events.found(run, finding, file),
        ),
        ended(searched) {
          const report = { ...searched, startedAt: run.startedAt };
          progress.clear();
          process.stdout.write(terminal(report, process.stdout.columns));
          outputs.write(resultsOf([report]));
          kept.ended();
          return exitCode(report, countedAt(flags.level));
        },
      };
    },
  };
}

/** A corpus that cannot be written to any more loses no search; `ended` throws what was the matter. */
export function forgiving(keep: Keeper | undefined): { readonly keep: Keeper; ended(): void } {
  let trouble: unknown;
  return {
    keep(finding) {
      try {
        return keep?.(finding);
      } catch (error) {
        trouble ??= error;
        return undefined;
      }
    },
    ended() {
      if (trouble !== undefined) throw trouble;
    },
  };
}

/** Takes findings, also those that turned out to be others, and gives back the file of each. */
export function newTeller(
  line: (text: string) => void,
  keep: Keeper,
  event: (finding: ReportedFinding, file: string | undefined) => void = () => {},
): Keeper {
  const told = new Set<string>();
  return finding => {
    line(printable(toldAs(finding, told)));
    told.add(finding.fingerprint);
    const file = keep(finding);
    event(finding, file);
    return file;
  };
}

/** A finding in one line, as it comes; or what one turned out to be. */
function toldAs({ fingerprint, summary, withdraws }: ReportedFinding, told: ReadonlySet<string>): string {
  if (withdraws === fingerprint)
    return `withdrawn: ${fingerprint}: made small, it is explained (see the notes)`;
  if (withdraws !== undefined) return `${withdraws} turns out to be ${fingerprint}: ${summary}`;
  return `${told.has(fingerprint) ? 'made smaller' : 'found'}: ${fingerprint}: ${summary}`;
}
