/** The figures as text: a line a fault, and what they come to. */

import type { Sounded } from './false-alarms.ts';
import { median, type Row, type Searches, type TlsRow } from './measure.ts';

const HEAD = ['fault', 'found', 'connections', 'steps', 'minimum', 'unguided', 'fc.commands', 'probe'];
const WIDTHS = [46, 5, 11, 7, 7, 11, 11, 5];

const line = (cells: readonly string[]): string =>
  cells
    .map((cell, index) => (index === 0 ? cell.padEnd(WIDTHS[0] ?? 0) : cell.padStart(WIDTHS[index] ?? 0)))
    .join('  ')
    .trimEnd();

export const header = (): string => line(HEAD);

export function rowText({ fault, guided, steps, minimum, unguided, commands, fixedProbe }: Row): string {
  return line([
    fault.name,
    `${guided.found}/${guided.of}`,
    shown(guided),
    [...new Set(steps)].sort((one, other) => one - other).join(','),
    minimum.kind === 'found' ? String(minimum.steps) : `>=${minimum.steps}`,
    shown(unguided),
    shown(commands),
    fixedProbe ? 'yes' : '-',
  ]);
}

/** The median, and how many searches found nothing. */
const shown = ({ medianConnections, found, of }: Searches): string =>
  found === 0 ? 'missed' : `${medianConnections}${found < of ? ` (-${of - found})` : ''}`;

export function summary(title: string, rows: readonly Row[]): readonly string[] {
  if (rows.length === 0) return [];
  const searches = rows.reduce((sum, { guided }) => sum + guided.of, 0);
  const found = rows.reduce((sum, { guided }) => sum + guided.found, 0);
  const missed = rows.filter(({ guided }) => guided.found < guided.of);
  return [
    `${title}: ${found} of ${searches} searches found the fault (${percent(found, searches)}), ${rows.length - missed.length} of ${rows.length} faults by every seed`,
    `  median connections to the first detection: afresh ${medianOf(rows, 'guided')}, unguided ${medianOf(rows, 'unguided')}, fc.commands ${medianOf(rows, 'commands')}; the fixed probe finds ${rows.filter(({ fixedProbe }) => fixedProbe).length}`,
    minimality(rows),
    ...missed.map(
      ({ fault, guided }) =>
        `  missed by ${guided.of - guided.found} of ${guided.of}: ${fault.name}: ${fault.title}`,
    ),
  ];
}

const medianOf = (rows: readonly Row[], which: 'guided' | 'unguided' | 'commands'): number =>
  median(rows.map(row => row[which].medianConnections));

function minimality(rows: readonly Row[]): string {
  const excess = rows.flatMap(({ steps, minimum }) =>
    minimum.kind === 'found' ? steps.map(one => one - minimum.steps) : [],
  );
  const exact = excess.filter(one => one <= 0).length;
  const far = excess.filter(one => one > 1).length;
  return `  scenarios as small as the true minimum: ${percent(exact, excess.length)}; longer by more than one step: ${far} of ${excess.length}`;
}

/** How many times fewer connections afresh needs than fc.commands, in the median. */
export function advantage(rows: readonly Row[]): string {
  const ratios = rows.map(({ guided, commands }) => commands.medianConnections / guided.medianConnections);
  return `context-dependent faults: fc.commands needs ${median(ratios).toFixed(1)} times the connections of afresh in the median (a miss counts as the budget)`;
}

export function soundText(results: readonly Sounded[]): readonly string[] {
  const alarms = results.filter(one => one.alarms.length > 0);
  return [
    `sound variants: ${alarms.length} false alarms in ${results.length} searches`,
    ...alarms.map(
      ({ variant, seed, alarms: [first] }) =>
        `  ${variant.name}, seed ${seed}: ${first?.summary} (${JSON.stringify(first?.scenario)})`,
    ),
    ...results
      .filter(({ verdict, alarms }) => alarms.length === 0 && verdict !== 'holds' && verdict !== 'allowed')
      .map(({ variant, seed, verdict }) => `  ${variant.name}, seed ${seed}: ${verdict}`),
  ];
}

export const tlsText = ({ fault, searches }: TlsRow): string =>
  line([
    fault.name,
    `${searches.found}/${searches.of}`,
    shown(searches),
    `${searches.medianSeconds.toFixed(1)} s`,
  ]);

export function tlsSummary(rows: readonly TlsRow[]): readonly string[] {
  const missed = rows.filter(({ searches }) => searches.found < searches.of);
  return [
    `over TCP and TLS: ${rows.length - missed.length} of ${rows.length} faults found by every seed; median connections ${median(rows.map(({ searches }) => searches.medianConnections))}, median ${median(rows.map(({ searches }) => searches.medianSeconds)).toFixed(1)} s`,
    ...missed.map(({ fault }) => `  missed: ${fault.name}: ${fault.title}`),
  ];
}

const percent = (part: number, whole: number): string =>
  whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)}%`;
