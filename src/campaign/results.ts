/**
 * The folders of a campaign: what is kept from run to run, and the reports of the last runs.
 *
 *     corpus/*.json            findings, one a file, as `afresh check --corpus` keeps them
 *     corpus/reached/*.json    for each target, the few scenarios that reach all that was ever reached
 *     results/journal.jsonl    the run under way
 *     results/runs/RUN/        of each run that ended: a report for each target, and campaign.json
 */

import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { isScript } from '../client/script.ts';
import { fileOf, keep, readCorpus } from '../corpus.ts';
import type { Reach } from '../coverage.ts';
import { ensureWritable, readDocument, readJson, troubleWith, writeWhole } from '../document.ts';
import type { Report, ReportedFinding } from '../report/report.ts';
import { reportsIn } from '../report/schema.ts';
import { Scenario } from '../scenario.ts';
import { TargetError } from '../targets/target.ts';
import type { Comparison } from './comparison.ts';
import { type Campaign, fileName } from './file.ts';
import type { Kept } from './plan.ts';
import { replayCommand } from './replay-command.ts';
import type { State } from './state.ts';
import { RUN } from './unit.ts';

const MOST_RUNS = 30;
const SUMMARY = 'campaign.json';

type Entry = Campaign['targets'][number];

const REACHED = {
  kind: 'afresh-reached',
  what: 'a file of scenarios that a campaign keeps',
  schema: z.object({
    scenarios: z.array(z.object({ scenario: Scenario, transitions: z.array(z.string()) })),
  }),
} as const;

const reachedFile = ({ corpus }: Campaign, { name }: Entry): string =>
  join(corpus, 'reached', `${fileName(name)}.json`);

/** Throws a `TargetError` if what is found could not be kept. */
export function ensureKeepable({ corpus, results }: Campaign): void {
  for (const folder of [corpus, join(corpus, 'reached'), results, join(results, 'runs')])
    ensureWritable(join(folder, SUMMARY));
}

/** What to replay: the findings of the corpus and of the last run, and what reaches everything. */
export function readKept(campaign: Campaign, last: ReadonlyMap<string, Report>): (entry: Entry) => Kept {
  const entries = readCorpus(campaign.corpus);
  return entry => {
    const findings = [
      ...entries.filter(({ target }) => target === entry.target),
      ...(last.get(entry.name)?.findings ?? []).flatMap(({ fingerprint, scenario }) =>
        isScript(scenario) ? [] : [{ fingerprint, scenario }],
      ),
    ];
    return { findings, reached: readReached(campaign, entry) };
  };
}

function readReached(campaign: Campaign, entry: Entry): readonly Scenario[] {
  const file = reachedFile(campaign, entry);
  if (!existsSync(file)) return [];
  return readDocument(file, REACHED).scenarios.map(({ scenario }) => scenario);
}

export function writeReached(campaign: Campaign, entry: Entry, scenarios: readonly Reach[]): void {
  const content = { schema: 1, kind: REACHED.kind, target: entry.name, scenarios };
  writeWhole(reachedFile(campaign, entry), `${JSON.stringify(content)}\n`);
}

/** Keeps a finding in the corpus, and returns its file as it is called from here; none if it turned out to be none. */
export function keepFinding(
  { corpus }: Campaign,
  { target }: Entry,
  finding: ReportedFinding,
): string | undefined {
  const file = keep(corpus, { target }, finding);
  return file === undefined ? undefined : relative('', file);
}

/** The report with the file of each finding, and how to see it again. */
export function withFiles({ corpus }: Campaign, entry: Entry, report: Report): Report {
  const findings = report.findings.map((finding): ReportedFinding => {
    const file = relative('', fileOf(corpus, entry, finding.fingerprint));
    return { ...finding, file, replay: replayCommand(file, entry) };
  });
  return { ...report, findings };
}

/** The reports of the last run before this one that ended, by target; none where there was none. */
export function readLastRun({ results, targets }: Campaign, run: string): ReadonlyMap<string, Report> {
  const last = runs(results)
    .filter(name => name < run)
    .at(-1);
  if (last === undefined) return new Map();
  return new Map(
    targets.flatMap(({ name }) => {
      const report = readReport(join(results, 'runs', last, `${fileName(name)}.json`));
      return report === undefined ? [] : [[name, report] as const];
    }),
  );
}

/** Undefined for a target that the last run did not have. */
function readReport(file: string): Report | undefined {
  if (!existsSync(file)) return undefined;
  return reportsIn(file, readJson(file))[0];
}

/** Runs that ended, oldest first: their names are their dates. */
function runs(results: string): readonly string[] {
  try {
    return readdirSync(join(results, 'runs'))
      .filter(name => RUN.safeParse(name).success)
      .sort();
  } catch {
    return [];
  }
}

/** Writes the reports of a run, whole or not at all, and removes the oldest. Returns its folder. */
export function writeRun(
  { results, mode }: Campaign,
  { run, startedAt, seed, elapsed }: State,
  comparisons: readonly Comparison[],
): string {
  const folder = join(results, 'runs', run);
  const part = `${folder}.part`;
  const targets = comparisons.map(({ report, ...rest }) => ({ ...rest, verdict: report.verdict }));
  const summary = { schema: 1, run, mode, startedAt, seconds: elapsed / 1_000, seed, targets };
  try {
    for (const old of [part, folder]) rmSync(old, { recursive: true, force: true });
    for (const { target, report } of comparisons)
      writeWhole(join(part, `${fileName(target)}.json`), `${JSON.stringify(report, undefined, 2)}\n`);
    writeWhole(join(part, SUMMARY), `${JSON.stringify(summary, undefined, 2)}\n`);
    renameSync(part, folder);
    for (const old of runs(results).slice(0, -MOST_RUNS))
      rmSync(join(results, 'runs', old), { recursive: true, force: true });
  } catch (error) {
    throw error instanceof TargetError ? error : new TargetError(troubleWith(folder, 'written', error));
  }
  return folder;
}
