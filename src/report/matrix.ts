/**
 * The matrix: what each server shows, claim by claim, in Markdown; and what a result holds that is not known of its
 * target. What is known are the kept scenarios of the corpus. Pure.
 */

import type { CorpusEntry } from '../corpus.ts';
import { plainMarkdown, printable } from './printable.ts';
import type { Report } from './report.ts';
import { type Results, type TargetResult, targetsOf } from './results.ts';

/** A kept scenario, and its file as a page beside the matrix links to it. */
export interface Filed {
  readonly file: string;
  readonly entry: CorpusEntry;
}

/**
 * Findings of which the corpus holds nothing for the target, neither their name nor anything against their claim; a
 * line each. A server that breaks a claim does so in many shapes, and a short search sees others each time.
 */
export function unknownFindings({ target, findings }: Report, corpus: readonly Filed[]): readonly string[] {
  const known = knownOf(target.name, corpus).map(({ entry }) => entry);
  return findings
    .filter(
      found =>
        !known.some(({ fingerprint, claim }) => fingerprint === found.fingerprint || claim === found.claim),
    )
    .map(({ fingerprint, summary }) => `${printable(fingerprint, SHOWN)}: ${printable(summary, SHOWN)}`);
}

/** One table of all targets, then what is known of each. */
export function matrix(results: Results, corpus: readonly Filed[]): string {
  const targets = targetsOf(results).filter(({ role }) => role === 'server');
  const claims = [...new Set(targets.flatMap(target => target.claims.map(({ id }) => id)))];
  return `${[table(targets, claims, corpus), ...targets.map(target => section(target, corpus))].join('\n\n')}\n`;
}

/** Characters of a finding's summary that are shown. */
const SHOWN = 300;

const knownOf = (target: string, corpus: readonly Filed[]): readonly Filed[] =>
  corpus.filter(({ entry }) => entry.target === target);

function table(
  targets: readonly TargetResult[],
  claims: readonly string[],
  corpus: readonly Filed[],
): string {
  return rows([
    ['server', 'version', ...claims.map(id => plainMarkdown(id)), 'limits kept', 'scenarios'],
    ...targets.map(({ name, latest, runs, claims: own, limits }) => [
      plainMarkdown(name),
      plainMarkdown(latest.target.software ?? ''),
      ...claims.map(id =>
        cell(
          own.find(claim => claim.id === id),
          isKnown(name, id, corpus),
        ),
      ),
      kept(limits),
      String(runs.reduce((sum, { stats }) => sum + stats.scenarios, 0)),
    ]),
  ]);
}

const isKnown = (target: string, claim: string, corpus: readonly Filed[]): boolean =>
  knownOf(target, corpus).some(({ entry }) => entry.claim === claim);

/** What is known counts, whether or not these runs came across it. */
function cell(claim: TargetResult['claims'][number] | undefined, known: boolean): string {
  if (known) return '**violated**';
  if (claim === undefined || claim.verdict === 'inconclusive') return '–';
  return claim.verdict === 'violated' ? '**violated**' : `${claim.verdict} ${claim.judged}`;
}

const kept = (limits: Report['limits']): string =>
  limits
    .filter(limit => limit.kept === 'kept')
    .map(({ limit, threshold }) => plainMarkdown(threshold === undefined ? limit : `${limit} ${threshold}`))
    .join(', ');

function section({ name, latest, baselines }: TargetResult, corpus: readonly Filed[]): string {
  const software = plainMarkdown(latest.target.software ?? '');
  const head = `## ${plainMarkdown(name)}\n\nVersion: ${software}. Compared with ${plainMarkdown(baselines.join(', '))}.`;
  const known = knownOf(name, corpus);
  if (known.length === 0) return `${head} No finding.`;
  return `${head}\n\n${known.map(finding).join('\n')}`;
}

function finding({ file, entry }: Filed): string {
  const { fingerprint, level, summary, configuration, judged } = entry;
  const lines = [
    `- **[${plainMarkdown(fingerprint)}](${file})** (${level}): ${plainMarkdown(summary, SHOWN)}.`,
    configuration === undefined ? '' : `Configuration: ${configuration}.`,
    judged ?? '',
  ];
  return lines.filter(line => line !== '').join('\n  ');
}

/** Columns as wide as their widest cell, so that the source can be read as it is. */
function rows(cells: readonly (readonly string[])[]): string {
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map(row => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  const [head = [], ...body] = cells;
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...body.map(line)].join('\n');
}
