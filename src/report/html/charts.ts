/** How the search went over time, and how results changed from run to run. */

import { printable } from '../printable.ts';
import type { Report } from '../report.ts';
import type { TargetResult } from '../results.ts';
import { type Element, el } from './element.ts';
import { day } from './summary.ts';

const SIZE = { width: 460, height: 150 } as const;
const PLOT = { left: 44, right: 10, top: 10, bottom: 24 } as const;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Two charts: what was reached, and the chance that the next scenario shows something new. */
export function discovery({ latest }: TargetResult): Element {
  const curve = latest.curve ?? [];
  if (curve.length < 2)
    return el('p', { class: 'muted' }, 'This run was too short for a curve, or was stored without one.');
  const points = (of: (point: (typeof curve)[number]) => number): readonly Point[] =>
    curve.map(point => ({ x: point.seconds, y: of(point) }));
  const { states, transitions, discovery: chance } = latest.coverage;
  return el(
    'div',
    { class: 'charts' },
    chart(
      `${transitions} transitions of the model reached, in ${states} states`,
      points(point => point.transitions),
      y => y.toFixed(0),
    ),
    chart(
      `${percent(chance)} chance that the next scenario shows something new`,
      points(point => point.discovery),
      percent,
    ),
  );
}

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)}%`;

function chart(title: string, points: readonly Point[], labelled: (y: number) => string): Element {
  const most = { x: Math.max(...points.map(({ x }) => x)), y: Math.max(...points.map(({ y }) => y)) };
  const inner = {
    width: SIZE.width - PLOT.left - PLOT.right,
    height: SIZE.height - PLOT.top - PLOT.bottom,
  };
  const at = ({ x, y }: Point): Point => ({
    x: PLOT.left + (most.x === 0 ? 0 : x / most.x) * inner.width,
    y: PLOT.top + (1 - (most.y === 0 ? 0 : y / most.y)) * inner.height,
  });
  const line = points
    .map(at)
    .map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`)
    .join('');
  const base = SIZE.height - PLOT.bottom;
  const start = at(points[0] ?? { x: 0, y: 0 }).x;
  return el(
    'figure',
    {},
    el('figcaption', {}, title),
    el(
      'svg',
      { viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, role: 'img', 'aria-label': title },
      [0, 0.5, 1].map(share => {
        const { y } = at({ x: 0, y: share * most.y });
        return el(
          'g',
          { class: 'grid' },
          el('path', { d: `M${PLOT.left} ${y.toFixed(1)}H${SIZE.width - PLOT.right}` }),
          el('text', { x: PLOT.left - 6, y: y + 4, 'text-anchor': 'end' }, labelled(share * most.y)),
        );
      }),
      [0, 0.5, 1].map(share =>
        el(
          'text',
          {
            x: at({ x: share * most.x, y: 0 }).x,
            y: base + 17,
            'text-anchor': share === 0 ? 'start' : share === 1 ? 'end' : 'middle',
          },
          seconds(share * most.x),
        ),
      ),
      el('path', { class: 'area', d: `${line}V${base}H${start.toFixed(1)}z` }),
      el('path', { class: 'line', d: line }),
    ),
  );
}

const seconds = (value: number): string =>
  value < 120 ? `${value.toFixed(value < 10 ? 1 : 0)} s` : `${(value / 60).toFixed(0)} min`;

/** Runs shown of one target. */
const MOST_RUNS = 20;

const COLUMNS = [
  'target',
  'started (UTC)',
  'verdict',
  'findings',
  'scenarios',
  'connections/s',
  'transitions',
  'still new',
  'software',
] as const;

/** A row a run, the latest of each target first. */
export function trends(targets: readonly TargetResult[]): Element {
  const runsOf = ({ earlier, runs }: TargetResult): readonly Report[] =>
    [...earlier, ...runs].slice(-MOST_RUNS).toReversed();
  const most = Math.max(1, ...targets.flatMap(runsOf).map(({ findings }) => findings.length));
  const head = COLUMNS.map(title => el('th', { scope: 'col' }, title));
  return el(
    'div',
    { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'runs' },
    el(
      'table',
      { class: 'trends' },
      el('caption', { class: 'hidden' }, 'Runs of each target'),
      el('thead', {}, el('tr', {}, head)),
      targets.map(target => {
        const runs = runsOf(target);
        const name = el('th', { scope: 'rowgroup', rowspan: runs.length }, printable(target.name, 80));
        return el(
          'tbody',
          {},
          runs.map((run, index) => el('tr', {}, index === 0 ? name : undefined, trendCells(run, most))),
        );
      }),
    ),
  );
}

function trendCells(
  { startedAt, verdict, findings, stats, coverage, target }: Report,
  most: number,
): readonly Element[] {
  const number = (text: string): Element => el('td', { class: 'number' }, text);
  const width = Math.round((100 * findings.length) / most);
  const bar = el(
    'svg',
    { class: 'bar', viewBox: '0 0 100 10', width: 100, height: 10, 'aria-hidden': 'true' },
    el('rect', { width, height: 10, rx: 2 }),
  );
  return [
    el('td', { class: 'number' }, printable(day(startedAt), 20)),
    el('td', {}, el('span', { class: `verdict ${verdict}` }, verdict)),
    el('td', { class: 'counted' }, el('span', {}, String(findings.length)), bar),
    number(stats.scenarios.toLocaleString('en')),
    number(stats.connectionsPerSecond.toFixed(0)),
    number(String(coverage.transitions)),
    number(percent(coverage.discovery)),
    el('td', { class: 'muted' }, printable(target.software ?? '', 60)),
  ];
}
