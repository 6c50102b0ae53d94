/**
 * The coverage of the model as a picture: the machine of `smtp/machine.ts`, in plaintext and in TLS, with what was
 * reached marked; and the same as a table, phase by step, with the classes of reply that were seen.
 */

import { Graph, layout } from '@dagrejs/dagre';
import { EVENTS, type Event, MACHINE, PHASES, type Phase } from '../../smtp/machine.ts';
import type { TargetResult } from '../results.ts';
import { type Element, el } from './element.ts';

const CHANNELS = ['plaintext', 'secure'] as const;
type Channel = (typeof CHANNELS)[number];
const CHANNEL_NAMES = { plaintext: 'plaintext', secure: 'TLS' } as const;

/** What was seen in a state on a step: the first digits of the replies. */
export type Seen = ReadonlyMap<string, ReadonlySet<string>>;

/** The transitions and upgrades of all runs, `phase channel step class`, by all but the last word. */
export function seenOf({ runs }: Pick<TargetResult, 'runs'>): Seen {
  const seen = new Map<string, Set<string>>();
  const upgrades = runs
    .flatMap(({ coverage }) => coverage.upgrades ?? [])
    .map(upgrade => upgrade.replace(' ', ' plaintext starttls '));
  const transitions = runs.flatMap(({ reached = [] }) => reached.flatMap(one => one.transitions));
  for (const transition of [...transitions, ...upgrades]) {
    const [phase = '', channel = '', step = '', digit = ''] = transition.split(' ');
    const key = `${phase} ${channel} ${step}`;
    seen.set(key, (seen.get(key) ?? new Set()).add(digit));
  }
  return seen;
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly events: readonly Event[];
  readonly reached: readonly Event[];
}

/** The step that is this event; BDAT LAST is a BDAT, and an unknown command is a line. */
const stepOf = (event: Event): string =>
  event === 'bdat-last' ? 'bdat' : event === 'unknown' ? 'line' : event;

const stateOf = (phase: Phase, channel: Channel): string => `${phase} ${channel}`;

/** Moves from one state to another, those between the same two as one edge. */
export function edgesOf(seen: Seen): readonly Edge[] {
  const moves = CHANNELS.flatMap(channel =>
    PHASES.flatMap(phase => EVENTS.flatMap(event => movesOf(phase, event, channel))),
  );
  return [...Map.groupBy(moves, ({ from, to }) => `${from}, ${to}`).values()].map(same => {
    const { from, to } = same[0] as { from: string; to: string };
    const events = same.map(({ event }) => event);
    return { from, to, events, reached: events.filter(event => isReached(seen, from, to, event)) };
  });
}

function movesOf(phase: Phase, event: Event, channel: Channel) {
  const cell = MACHINE[phase][event];
  if (cell.kind === 'out-of-order' || (event === 'starttls' && channel === 'secure')) return [];
  const target = event === 'starttls' ? stateOf(cell.next, 'secure') : stateOf(cell.next, channel);
  // 334 opens a dialogue, whatever phase its end leads to.
  const targets = cell.codes.includes(334) && phase !== 'auth' ? [stateOf('auth', channel)] : [target];
  const from = stateOf(phase, channel);
  return targets.filter(to => to !== from).map(to => ({ from, to, event }));
}

function isReached(seen: Seen, from: string, to: string, event: Event): boolean {
  // In a dialogue every line is a response, whatever step it is.
  if (event === 'auth-response') return [...seen.keys()].some(key => key.startsWith(`${from} `));
  const digits = seen.get(`${from} ${stepOf(event)}`);
  // 235 ends the dialogue in the same exchange; only 334 leaves it open.
  const granted = to.startsWith('auth ') ? ['3'] : ['2', '3'];
  return granted.some(digit => digits?.has(digit) === true);
}

export function machine(target: TargetResult): Element {
  const seen = seenOf(target);
  return el('div', { class: 'machine' }, picture(seen), replies(seen));
}

const NODE = { width: 84, height: 40 } as const;

function picture(seen: Seen): Element {
  const edges = edgesOf(seen);
  const graph = new Graph({ compound: true });
  graph.setGraph({ rankdir: 'TB', nodesep: 30, ranksep: 22, edgesep: 12, marginx: 8, marginy: 8 });
  for (const channel of CHANNELS) {
    graph.setNode(channel, {});
    for (const phase of PHASES) {
      graph.setNode(stateOf(phase, channel), { ...NODE });
      graph.setParent(stateOf(phase, channel), channel);
    }
  }
  for (const { from, to, events } of edges)
    graph.setEdge(from, to, { width: labelOf(events).length * 6.2, height: 14, labelpos: 'c' });
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const states = CHANNELS.flatMap(channel => PHASES.map(phase => stateOf(phase, channel)));
  const visited = states.filter(state => isVisited(seen, state)).length;
  const taken = edges.filter(({ reached }) => reached.length > 0).length;
  const told = `${visited} of ${states.length} states visited, ${taken} of ${edges.length} moves between them taken`;
  return el(
    'figure',
    {},
    el(
      'div',
      { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'picture of the model' },
      el(
        'svg',
        {
          viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`,
          width: Math.ceil(width),
          height: Math.ceil(height),
          role: 'img',
          'aria-label': `The SMTP state machine: ${told}`,
        },
        el('defs', {}, ['reached', 'missed'].map(arrowhead)),
        CHANNELS.map(channel => cluster(graph, channel)),
        edges.map(edge => edgePath(graph, edge)),
        states.map(state => stateNode(graph, state, isVisited(seen, state))),
        edges.map(edge => edgeLabel(graph, edge)),
      ),
    ),
    el('figcaption', { class: 'muted' }, `${told}; dashed is what no scenario reached.`),
  );
}

function isVisited(seen: Seen, state: string): boolean {
  return [...seen.keys()].some(key => key.startsWith(`${state} `));
}

function labelOf(events: readonly Event[]): string {
  const names = events.map(event => event.toUpperCase().replace('-', ' '));
  return names.length > 3 ? `${names.slice(0, 3).join(', ')}, …` : names.join(', ');
}

interface Placed {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const arrowhead = (kind: string): Element =>
  el(
    'marker',
    {
      id: `arrow-${kind}`,
      class: kind,
      viewBox: '0 0 8 8',
      refX: 7,
      refY: 4,
      markerWidth: 7,
      markerHeight: 7,
      orient: 'auto',
    },
    el('path', { d: 'M0 0 8 4 0 8z' }),
  );

function cluster(graph: Graph, channel: Channel): Element {
  const { x, y, width, height } = graph.node(channel) as unknown as Placed;
  const corner = { x: x - width / 2, y: y - height / 2 };
  return el(
    'g',
    { class: `cluster ${channel}` },
    el('rect', { ...corner, width, height, rx: 8 }),
    el('text', { x: corner.x + 10, y: corner.y + 16 }, CHANNEL_NAMES[channel]),
  );
}

function edgePath(graph: Graph, { from, to, events, reached }: Edge): Element {
  const { points } = graph.edge(from, to) as unknown as {
    readonly points: readonly { x: number; y: number }[];
  };
  const kind = reached.length > 0 ? 'reached' : 'missed';
  return el(
    'path',
    { class: `edge ${kind}`, d: curveThrough(points), 'marker-end': `url(#arrow-${kind})` },
    el('title', {}, `${from} → ${to}: ${events.join(', ')}; reached: ${reached.join(', ') || 'none'}`),
  );
}

/** A smooth line through the points of the layout. */
function curveThrough(points: readonly { readonly x: number; readonly y: number }[]): string {
  const at = (index: number): string => `${points[index]?.x.toFixed(1)} ${points[index]?.y.toFixed(1)}`;
  const middle = (index: number): string => {
    const [one, other] = [points[index], points[index + 1]];
    return `${(((one?.x ?? 0) + (other?.x ?? 0)) / 2).toFixed(1)} ${(((one?.y ?? 0) + (other?.y ?? 0)) / 2).toFixed(1)}`;
  };
  const bends = points.slice(1, -2).map((_, index) => `Q${at(index + 1)} ${middle(index + 1)}`);
  const last = points.length - 1;
  return [`M${at(0)}`, ...bends, last > 1 ? `Q${at(last - 1)} ${at(last)}` : `L${at(last)}`].join('');
}

function edgeLabel(graph: Graph, { from, to, events, reached }: Edge): Element {
  const { x, y } = graph.edge(from, to) as unknown as Placed;
  return el(
    'text',
    { class: `label ${reached.length > 0 ? 'reached' : 'missed'}`, x, y: y + 4, 'text-anchor': 'middle' },
    labelOf(events),
  );
}

function stateNode(graph: Graph, state: string, visited: boolean): Element {
  const { x, y } = graph.node(state) as unknown as Placed;
  return el(
    'g',
    { class: `state ${visited ? 'reached' : 'missed'}` },
    el('rect', { x: x - NODE.width / 2, y: y - NODE.height / 2, ...NODE, rx: 6 }),
    el('text', { x, y: y + 5, 'text-anchor': 'middle' }, state.split(' ')[0]),
  );
}

/** A row a step, a column a state. */
function replies(seen: Seen): Element {
  const events = EVENTS.filter(event => event !== 'bdat-last' && event !== 'auth-response');
  const columns = CHANNELS.flatMap(channel => PHASES.map(phase => ({ channel, phase })));
  const groups = CHANNELS.map(channel =>
    el('th', { scope: 'colgroup', colspan: PHASES.length }, CHANNEL_NAMES[channel]),
  );
  const head = [
    el('tr', {}, el('td', {}), groups),
    el(
      'tr',
      {},
      el('td', {}),
      columns.map(({ phase }) => el('th', { scope: 'col' }, phase)),
    ),
  ];
  const rows = events.map(event =>
    el(
      'tr',
      {},
      el('th', { scope: 'row' }, event.toUpperCase()),
      columns.map(({ phase, channel }) => replyCell(seen, phase, channel, event)),
    ),
  );
  const caption = 'First digits of the replies seen; · where the command is in order and was not tried.';
  return el(
    'div',
    { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'replies seen' },
    el(
      'table',
      { class: 'replies' },
      el('caption', { class: 'muted' }, caption),
      el('thead', {}, head),
      el('tbody', {}, rows),
    ),
  );
}

function replyCell(seen: Seen, phase: Phase, channel: Channel, event: Event): Element {
  const digits = [...(seen.get(`${stateOf(phase, channel)} ${stepOf(event)}`) ?? [])].sort();
  if (digits.length > 0)
    return el(
      'td',
      {},
      digits.map(digit => el('b', { class: /^[2345]$/.test(digit) ? `class-${digit}` : 'class-0' }, digit)),
    );
  const inOrder =
    MACHINE[phase][event].kind === 'in-order' && !(event === 'starttls' && channel === 'secure');
  return el('td', {}, inOrder ? '·' : '');
}
