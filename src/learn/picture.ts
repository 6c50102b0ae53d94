/**
 * A learned machine as a picture, for people: a stand-alone SVG, and the same facts as DOT. Pure.
 *
 * Drawn is what changes a state. What is left out stands in the tooltip of its state, which tells every move. What a server
 * said is cut and made ASCII by `wording.ts`, and escaped by `el` or `quoted`.
 */

import { Graph, layout } from '@dagrejs/dagre';
import { type Element, el, render } from '../report/html/element.ts';
import { ENDED, isOver, isTaken, STARTTLS } from './alphabet.ts';
import { type Input, type Mealy, moveOf, type Output } from './mealy.ts';
import { MOST, nameOf, partsOf, some, toldBy } from './wording.ts';

/** What is known of STARTTLS. */
export interface Reset {
  /** The state that TLS leads to on a fresh connection. */
  readonly fresh?: number;
  /** States that STARTTLS leads to elsewhere, and that a client can tell from it. */
  readonly astray: ReadonlySet<number>;
}

/** Captions, and colours of areas and lines in light and in dark. DOT is light. */
const KINDS = {
  plaintext: ['in plaintext', '#ffffff', '#5b6167', '#1b1f23', '#a3abb2'],
  tls: ['in TLS', '#cfe4f2', '#0b5c8a', '#1b3d52', '#7cc4ee'],
  fresh: ['TLS on a fresh connection', '#bfe8cd', '#17663a', '#17482b', '#7fd6a0'],
  astray: ['stray: TLS unlike a fresh one', '#fcd3cf', '#a4201a', '#5a201c', '#ff9c92'],
  end: ['session is over', '#eeeeec', '#8a9096', '#2a2f34', '#8a9096'],
  // Arrows; `way` is part of an access sequence.
  stray: ['STARTTLS to a stray state', 'none', '#c0261f', 'none', '#ff7a6e'],
  starttls: ['STARTTLS', 'none', '#0b6fa8', 'none', '#5db8ec'],
  way: ['shortest way to a state', 'none', '#1c1f22', 'none', '#e4e6e8'],
  other: ['other moves', 'none', '#5f666c', 'none', '#9aa1a8'],
} as const;
type Kind = keyof typeof KINDS;
const ARROWS: readonly Kind[] = ['stray', 'starttls', 'way', 'other'];
const SECURE: readonly Kind[] = ['tls', 'fresh', 'astray'];

interface Box {
  readonly state: number;
  readonly kind: Kind;
  readonly lines: readonly { readonly print: 'name' | 'told' | 'stays'; readonly line: string }[];
  readonly tooltip: readonly string[];
}

interface Arrow {
  readonly from: number;
  readonly to: number;
  readonly kind: Kind;
  readonly lines: readonly string[];
}

const lineOf = (input: Input, said: Output): string => `${nameOf([input])} / ${partsOf(input, said).codes}`;
const beginsTls = ({ input, output }: { readonly input: Input; readonly output: Output }): boolean =>
  input === STARTTLS && isTaken(output);
const isRefusal = (input: Input, output: Output): boolean => /\b[45]\d\d$/.test(partsOf(input, output).codes);
const movesOf = (machine: Mealy, state: number) =>
  machine.inputs.map(input => ({ input, ...moveOf(machine, state, input) }));
const isEnd = (machine: Mealy, state: number): boolean =>
  movesOf(machine, state).every(({ output }) => output === ENDED);

/** The states behind a STARTTLS that was taken. */
function secureOf(machine: Mealy): ReadonlySet<number> {
  const moves = machine.states.flatMap((_, state) => movesOf(machine, state));
  const secure = new Set(moves.filter(beginsTls).map(({ to }) => to));
  // What is added on the way has its turn too.
  for (const state of secure) for (const { to } of movesOf(machine, state)) secure.add(to);
  return secure;
}

function boxesOf(machine: Mealy, { fresh, astray }: Reset): readonly Box[] {
  const secure = secureOf(machine);
  const kindOf = (state: number): Kind => {
    if (isEnd(machine, state)) return 'end';
    if (astray.has(state)) return 'astray';
    if (state === fresh) return 'fresh';
    return secure.has(state) ? 'tls' : 'plaintext';
  };
  return machine.states.map(({ access }, state) => {
    const kind = kindOf(state);
    const moves = movesOf(machine, state);
    const stays = moves
      .filter(({ input, output, to }) => to === state && !isOver(output) && !isRefusal(input, output))
      .map(({ input, output }) => lineOf(input, output));
    const name = `${state}: ${kind === 'end' ? 'end' : nameOf(access) || 'greeting'}`;
    const told = kind === 'astray' && fresh !== undefined ? toldBy(machine, state, fresh) : '';
    const all = moves.map(({ input, output, to }) => {
      const list = some(partsOf(input, output).keywords, MOST);
      return `${lineOf(input, output)}${list && ` ${list}`} → ${to}`;
    });
    const lines = [
      ...wrapped(name).map(line => ({ print: 'name', line }) as const),
      ...wrapped(told).map(line => ({ print: 'told', line }) as const),
      ...stays.map(line => ({ print: 'stays', line }) as const),
    ];
    return { state, kind, lines, tooltip: [`state ${name}`, ...all] };
  });
}

/** Lines of 26 characters, but for a longer word. */
const wrapped = (words: string): readonly string[] => words.match(/\S.{0,25}(?= |$)|\S+/g) ?? [];

/** Moves from one state to another, those between the same two as one. */
function arrowsOf(machine: Mealy, { astray }: Reset): readonly Arrow[] {
  const moves = machine.states
    .flatMap((_, from) => movesOf(machine, from).map(move => ({ ...move, from })))
    .filter(({ from, to, output }) => from !== to && !(output === ENDED && isEnd(machine, to)));
  const isWay = ({ from, to, input }: (typeof moves)[number]): boolean =>
    nameOf([...(machine.states[from]?.access ?? []), input]) === nameOf(machine.states[to]?.access ?? []);
  const kindOf = (same: typeof moves): Kind => {
    if (same.some(move => beginsTls(move) && astray.has(move.to))) return 'stray';
    if (same.some(({ input }) => input === STARTTLS)) return 'starttls';
    return same.some(isWay) ? 'way' : 'other';
  };
  return [...Map.groupBy(moves, ({ from, to }) => `${from} ${to}`).values()].map(same => ({
    ...(same[0] as (typeof moves)[number]),
    kind: kindOf(same),
    lines: same.map(({ input, output }) => lineOf(input, output)),
  }));
}

/** Arrows beyond which there is nothing to be seen in a picture, and laying it out takes longer than anybody waits. */
const MOST_ARROWS = 300;

export const isLegible = (machine: Mealy, reset: Reset): boolean =>
  arrowsOf(machine, reset).length <= MOST_ARROWS;

/** Pixels: a line of text, and a character of a name and of small print. */
const [LINE, WIDE, SMALL] = [14, 7.3, 6.1];

type Place = Readonly<Record<'x' | 'y' | 'width' | 'height', number>> & { readonly points: readonly Place[] };

/** The ends, away from the greeting whichever way the arrow leads: a rank is about the length of an access sequence. */
const endsOf = ({ from, to }: Arrow) =>
  [`${Math.min(from, to)}`, `${Math.max(from, to)}`, `${from} ${to}`] as const;

function placed(boxes: readonly Box[], arrows: readonly Arrow[]): Graph {
  const graph = new Graph({ compound: true, multigraph: true });
  graph.setGraph({ ranksep: 30, nodesep: 24, edgesep: 10, marginx: 16, marginy: 16 });
  graph.setNode('tls', { width: 0, height: 0 });
  for (const { state, kind, lines } of boxes) {
    const widths = lines.map(({ print, line }) => line.length * (print === 'name' ? WIDE : SMALL));
    graph.setNode(`${state}`, { width: Math.max(40, ...widths) + 20, height: lines.length * LINE + 12 });
    if (SECURE.includes(kind)) graph.setParent(`${state}`, 'tls');
  }
  for (const arrow of arrows) {
    const [upper, lower, name] = endsOf(arrow);
    const width = Math.max(...arrow.lines.map(line => line.length)) * SMALL + 6;
    const size = { width, height: arrow.lines.length * LINE, weight: arrow.kind === 'way' ? 8 : 1 };
    graph.setEdge(upper, lower, { ...size, labelpos: 'c' }, name);
  }
  layout(graph);
  return graph;
}

const text = (kind: string, x: number, y: number, line: string) => el('text', { class: kind, x, y }, line);
const rect = ({ x, y, width, height }: Omit<Place, 'points'>): Element =>
  el('rect', { x: x - width / 2, y: y - height / 2, width, height, rx: 6 });
const lineAt = (y: number, at: number, count: number): number => y + (at - (count - 1) / 2) * LINE + 4;

function boxAt(graph: Graph, { state, kind, lines, tooltip }: Box): Element {
  const place = graph.node(`${state}`) as unknown as Place;
  const texts = lines.map(({ print, line }, at) =>
    text(print, place.x, lineAt(place.y, at, lines.length), line),
  );
  const title = el('title', {}, tooltip.join('\n'));
  return el('g', { class: `state ${kind}`, id: `s${state}` }, title, rect(place), texts);
}

function arrowAt(graph: Graph, arrow: Arrow): readonly [path: Element, label: Element] {
  const { from, to, kind, lines } = arrow;
  const { x, y, points } = graph.edge(...endsOf(arrow)) as unknown as Place;
  const pairs = points.map(point => `${point.x.toFixed(1)} ${point.y.toFixed(1)}`);
  const title = el('title', {}, `${from} → ${to}: ${lines.join(', ')}`);
  const ordered = from < to ? pairs : pairs.toReversed();
  const path = el('path', { d: `M${ordered.join('L')}`, 'marker-end': `url(#${kind})` });
  const texts = lines.map((line, at) => text('', x, lineAt(y, at, lines.length), line));
  const ends = `from${from} to${to}`;
  return [
    el('g', { class: `edge move ${kind} ${ends}` }, title, path),
    el('g', { class: `edge label ${kind} ${ends}` }, texts),
  ];
}

/** Colours are written out: viewers other than browsers know no variables. */
const coloursOf = (dark: 0 | 2, [page, tls, ink]: readonly [string, string, string]): string => {
  const rules = Object.entries(KINDS).map(([kind, colours]) => {
    const [area, line] = [colours[1 + dark], colours[2 + dark]];
    return `.${kind} rect { fill: ${area}; stroke: ${line} } .${kind} path { stroke: ${line} } .label.${kind} text, #${kind} { fill: ${line} }`;
  });
  return `.page { fill: ${page} } #secure rect { fill: ${tls} } text { fill: ${ink} } .label text { stroke: ${page} }\n${rules.join('\n')}`;
};

const STYLE = `svg { color-scheme: light dark } text { font: 10px "DejaVu Sans Mono", Menlo, Consolas, monospace; text-anchor: middle }
.key { font: 12px sans-serif; text-anchor: start } .heading { font: 600 15px sans-serif; text-anchor: start }
.name { font-size: 12px; font-weight: 600 } .end .name { font-size: 10px; opacity: 0.7 } .told { font-weight: 600 }
.state rect { stroke-width: 1.2px } .fresh rect { stroke-width: 2.5px } .astray rect { stroke-width: 4px }
.label text { stroke-width: 9px; stroke-linejoin: round; paint-order: stroke }
.move path { fill: none; stroke-width: 1.2px } .way path { stroke-width: 1.8px } .move path:hover { stroke-width: 4px }
.starttls path, .stray path { stroke-dasharray: 6 4; stroke-width: 2px } marker path { stroke: none }
${coloursOf(0, ['#fbfbfa', '#e6f1f8', '#1c1f22'])}
@media (prefers-color-scheme: dark) {
${coloursOf(2, ['#14171a', '#152530', '#e4e6e8'])}
}
`;

const NOTE =
  'Small: accepted, and changes nothing. Bold in red: unlike the green state. Refusals that change nothing are left out.';

const MARKER = { refX: 5, refY: 3, markerWidth: 6, markerHeight: 6, orient: 'auto' };

/** Three in a row. */
function legend(kinds: readonly Kind[]): readonly Element[] {
  return kinds.flatMap((kind, at) => {
    const [x, y] = [16 + (at % 3) * 240, 54 + Math.floor(at / 3) * 24];
    const sign = ARROWS.includes(kind)
      ? el('path', { d: `M${x} ${y}h34`, 'marker-end': `url(#${kind})` })
      : rect({ x: x + 17, y, width: 34, height: 16 });
    return [el('g', { class: `move state ${kind}` }, sign), text('key', x + 44, y + 4, KINDS[kind][0])];
  });
}

export function svgOf(machine: Mealy, reset: Reset): string {
  const [boxes, arrows] = [boxesOf(machine, reset), arrowsOf(machine, reset)];
  const graph = placed(boxes, arrows);
  const present = new Set([...boxes, ...arrows].map(({ kind }) => kind));
  const kinds = (Object.keys(KINDS) as Kind[]).filter(kind => present.has(kind));
  const top = 54 + Math.ceil(kinds.length / 3) * 24;
  const drawn = graph.graph() as { readonly width: number; readonly height: number };
  const size = { width: Math.ceil(Math.max(drawn.width, 740)), height: Math.ceil(top + 16 + drawn.height) };
  const strays = some([...reset.astray].map(String), 12);
  const told = `SMTP machine of ${boxes.length} states; STARTTLS leads ${strays === '' ? 'nowhere astray' : `astray to ${strays}`}`;
  const secure = graph.node('tls') as unknown as Place;
  const caption = text('key', secure.x - secure.width / 2 + 10, secure.y - secure.height / 2 + 18, 'TLS');
  const hasTls = SECURE.some(kind => present.has(kind));
  const tls = hasTls ? el('g', { id: 'secure' }, rect(secure), caption) : undefined;
  const [paths, labels] = [0, 1].map(layer => arrows.map(arrow => arrowAt(graph, arrow)[layer]));
  const nodes = boxes.map(box => boxAt(graph, box));
  // Over a state only its moves are seen.
  const hover = boxes.map(
    ({ state: id }) => `svg:has(#s${id}:hover) .edge:not(.from${id}, .to${id}) { opacity: 0.1 }\n`,
  );
  const viewBox = `0 0 ${size.width} ${size.height}`;
  return render(
    el(
      'svg',
      { xmlns: 'http://www.w3.org/2000/svg', ...size, viewBox, role: 'img', 'aria-label': told },
      el('title', {}, told),
      el('style', {}, STYLE.split(/(?<=\n)/), hover),
      ARROWS.map(id => el('marker', { id, ...MARKER }, el('path', { d: 'M0 0 6 3 0 6z' }))),
      el('rect', { class: 'page', ...size }),
      text('heading', 16, 28, told),
      legend(kinds),
      text('key', 16, top + 2, NOTE),
      el('g', { transform: `translate(0 ${top + 8})` }, tls, paths, nodes, labels),
    ),
  );
}

const quoted = (lines: readonly string[]): string =>
  `"${lines.map(line => line.replace(/["\\]/g, '\\$&').replaceAll('&', '&amp;')).join('\\n')}"`;

export function dotOf(machine: Mealy, reset: Reset): string {
  const boxes = boxesOf(machine, reset);
  const secure = boxes.filter(({ kind }) => SECURE.includes(kind)).map(({ state }) => state);
  const nodes = boxes.map(({ state, kind, lines, tooltip }) => {
    const [, area, line] = KINDS[kind];
    const facts = `label=${quoted(lines.map(one => one.line))} tooltip=${quoted(tooltip)}`;
    return `${state} [${facts} fillcolor="${area}" color="${line}" penwidth=${kind === 'astray' ? 4 : 1}]`;
  });
  const edges = arrowsOf(machine, reset).map(({ from, to, kind, lines }) => {
    const style = kind === 'stray' || kind === 'starttls' ? 'dashed' : 'solid';
    return `${from} -> ${to} [label=${quoted(lines)} color="${KINDS[kind][2]}" style=${style}]`;
  });
  const defaults =
    'node [shape=box style="filled,rounded" fontname=Courier]\nedge [fontname=Courier fontsize=10]';
  const tls = `subgraph cluster_tls { label=TLS bgcolor="#e6f1f8" ${secure.join(' ')} }`;
  return ['digraph machine {', defaults, ...nodes, tls, ...edges, '}\n'].join('\n');
}
