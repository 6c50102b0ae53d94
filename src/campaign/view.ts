/** What a campaign looks like while it runs and when it has ended. Pure: data → text. */

import { spoken } from '../duration.ts';
import { printable } from '../report/printable.ts';
import { terminal } from '../report/terminal.ts';
import type { Progress } from '../search.ts';
import type { Comparison } from './comparison.ts';
import type { Campaign } from './file.ts';
import type { State, TargetState } from './state.ts';
import type { Unit } from './unit.ts';

/** What the workers were last heard to do. */
export type Working = ReadonlyMap<Unit, Progress | undefined>;

const BAR = 20;

/** The lines that a terminal has room for. */
export interface Room {
  readonly columns: number;
  readonly rows: number;
}

/** Lines beside those of targets: the head, the titles, how many there are more, and the one that the cursor stands in. */
const BESIDE = 4;

/**
 * The live view: a line for the whole and a line for each target. A view that is longer than the terminal could not be
 * drawn over: where there is no room for all targets, those at work go first.
 */
export function liveView(campaign: Campaign, state: State, working: Working, elapsed: number, room: Room) {
  const all = campaign.targets.map(({ name }) => targetRow(name, state.targets.get(name), working));
  const most = Math.max(1, room.rows - BESIDE);
  const isBusy = ({ rate }: Row): number => (rate > 0 ? 0 : 1);
  const shown = all.length <= most ? all : all.toSorted((a, b) => isBusy(a) - isBusy(b)).slice(0, most);
  const more = all.length - shown.length;
  return [
    headLine(campaign, state, working, elapsed),
    TITLES,
    ...shown.map(rowText),
    ...(more === 0 ? [] : [`and ${more} more targets`]),
  ].map(line => line.slice(0, room.columns - 1));
}

/** One plain line of the whole, for logs. */
export function statusLine(campaign: Campaign, state: State, working: Working, elapsed: number): string {
  const rows = campaign.targets.map(({ name }) => targetRow(name, state.targets.get(name), working));
  const total = (count: (row: Row) => number): number => rows.reduce((sum, row) => sum + count(row), 0);
  return `${headLine(campaign, state, working, elapsed)}; ${total(row => row.scenarios)} scenarios, ${total(row => row.rate).toFixed(0)} connections/s, ${total(row => row.findings)} findings`;
}

function headLine({ budget, mode }: Campaign, { seed }: State, working: Working, elapsed: number): string {
  const left = budget.time === undefined ? undefined : Math.max(0, budget.time - elapsed);
  const done =
    budget.time === undefined ? 0 : Math.round((BAR * Math.min(elapsed, budget.time)) / budget.time);
  const time =
    left === undefined
      ? `${spoken(elapsed)} so far`
      : `[${'#'.repeat(done)}${'.'.repeat(BAR - done)}] ${spoken(left)} left`;
  return `${mode} ${time}, ${working.size} at work, seed ${seed}`;
}

interface Row {
  readonly name: string;
  readonly phase: string;
  readonly scenarios: number;
  readonly rate: number;
  readonly findings: number;
  readonly transitions: number;
  /** The chance that the next scenario shows something new; undefined before the first wave is done. */
  readonly discovery: number | undefined;
}

function targetRow(name: string, target: TargetState | undefined, working: Working): Row {
  const ours = [...working].filter(([unit]) => unit.name === name);
  const live = ours.flatMap(([, progress]) => (progress === undefined ? [] : [progress]));
  const done = [...(target?.wave.values() ?? [])].flatMap(({ report }) =>
    report === undefined ? [] : [report],
  );
  const report = target?.merged.report;
  const reports = [...(report === undefined ? [] : [report]), ...done];
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    name,
    phase: ours[0]?.[0].phase ?? (report === undefined ? 'waiting' : ''),
    scenarios: sum([...reports.map(one => one.stats.scenarios), ...live.map(one => one.scenarios)]),
    rate: sum(live.map(one => (1_000 * one.connections) / Math.max(1, one.elapsed))),
    findings: target?.findings.size ?? 0,
    transitions: Math.max(
      0,
      ...reports.map(one => one.coverage.transitions),
      ...live.map(one => one.transitions),
    ),
    discovery: report?.coverage.discovery,
  };
}

const TITLES = columnsOf('target', 'phase', 'scenarios', 'conn/s', 'findings', 'transitions', 'chance new');

function columnsOf(name: string, phase: string, ...numbers: readonly string[]): string {
  return [name.slice(0, 28).padEnd(28), phase.padEnd(9), ...numbers.map(text => text.padStart(11))].join(' ');
}

function rowText({ name, phase, scenarios, rate, findings, transitions, discovery }: Row): string {
  return columnsOf(
    printable(name),
    phase,
    String(scenarios),
    rate.toFixed(0),
    String(findings),
    String(transitions),
    discovery === undefined ? '' : `${(100 * discovery).toFixed(1)}%`,
  );
}

/** The results of all targets, and how they differ from the last run. */
export function conclusion(comparisons: readonly Comparison[]): string {
  return [
    ...comparisons.map(({ report }) => terminal(report)),
    'Compared with the last run and the baseline:',
    ...comparisons.flatMap(comparisonLines),
    '',
  ].join('\n');
}

function comparisonLines(comparison: Comparison): readonly string[] {
  const words = {
    new: 'new',
    still: 'still there',
    fixed: 'fixed',
    unclear: 'still differs, but by another name, or could not be told',
    known: 'known',
    stale: 'listed as known, but no longer found: remove it from the baseline',
  } as const;
  const lines = (['new', 'still', 'unclear', 'fixed', 'known', 'stale'] as const).flatMap(kind =>
    comparison[kind].map(fingerprint => `  ${comparison.target}: ${words[kind]}: ${printable(fingerprint)}`),
  );
  if (lines.length > 0) return lines;
  const { verdict, reason = 'no reason is known' } = comparison.report;
  const isJudged = verdict === 'holds' || verdict === 'allowed';
  return [
    `  ${comparison.target}: ${isJudged ? 'nothing found, nothing changed' : `not judged: ${printable(reason)}`}`,
  ];
}
