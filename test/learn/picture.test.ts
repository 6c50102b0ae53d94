/** Rules of the picture of a learned machine: what is drawn, how it is marked, and that what a server says stays text. */

import fc from 'fast-check';
import { XmlDocument, type XmlElement } from 'libxml2-wasm';
import { describe, expect, test } from 'vitest';
import type { Mealy, Move } from '../../src/learn/mealy.ts';
import { dotOf, isLegible, type Reset, svgOf } from '../../src/learn/picture.ts';
import { HOSTILE } from '../report/stored.ts';

const INPUTS = ['helo', 'ehlo', 'mail', 'data', 'auth', 'starttls'];

/** A state: what it does on some inputs, `output > state`; it refuses the others and stays. */
function machineOf(...states: readonly (readonly [access: string, moves: Record<string, string>])[]): Mealy {
  return {
    inputs: INPUTS,
    states: states.map(([access, told], at) => ({
      access: access.split(' ').filter(Boolean),
      moves: Object.fromEntries(
        INPUTS.map((input): [string, Move] => {
          const [output = '', to = at] = (told[input] ?? '503').split(' > ');
          return [input, { output, to: Number(to) }];
        }),
      ),
    })),
  };
}

const ended = Object.fromEntries(INPUTS.map(input => [input, 'ended']));
const offers = (...keywords: readonly string[]): string => `250 ${keywords.join(',')}`;

const LEAKING = machineOf(
  [
    '',
    {
      helo: '250 > 1',
      ehlo: `${offers('AUTH', 'STARTTLS')} > 1`,
      starttls: '220 > 2',
      data: '421 ended > 6',
    },
  ],
  ['ehlo', { helo: '250', mail: '250 > 3', auth: '334 235', starttls: '220 > 2' }],
  ['starttls', { ehlo: `${offers('AUTH')} > 4`, starttls: '454' }],
  [
    'ehlo mail',
    { helo: '250 > 1', mail: '451', data: '354 250 > 1', starttls: '220 > 5', auth: 'ended > 6' },
  ],
  ['starttls ehlo', { ehlo: offers('AUTH'), mail: '250 > 5', auth: '334 535' }],
  ['ehlo mail starttls', { ehlo: `${offers('AUTH')} > 4`, data: '354 250 > 4' }],
  ['data', ended],
);
const RESET: Reset = { fresh: 2, astray: new Set([5]) };

/** The same with another EHLO in the stray state. */
const offering = (list: string): Mealy => ({
  ...LEAKING,
  states: LEAKING.states.map((state, at) =>
    at === 5
      ? {
          ...state,
          moves: { ...state.moves, data: { output: '503', to: 5 }, ehlo: { output: `250 ${list}`, to: 4 } },
        }
      : state,
  ),
});

/** Elements of the drawing, by an XPath that knows no namespaces. */
function drawing(machine: Mealy, reset = RESET) {
  const document = XmlDocument.fromString(svgOf(machine, reset));
  const of = (path: string): readonly XmlElement[] =>
    document.find(
      path.replace(/(^|[/[])(g|title|text|style|rect|path|marker)\b/g, "$1*[local-name()='$2']"),
    ) as never;
  return { document, of, texts: (path: string) => of(path).map(({ content }) => content) };
}

const withClass = (...names: readonly string[]): string =>
  `//g[${names.map(name => `contains(concat(' ', @class, ' '), ' ${name} ')`).join(' and ')}]`;
const inBox = (state: number): string => `//g[@id='s${state}']`;
const classesOf = (state: number) =>
  drawing(LEAKING)
    .of(`${inBox(state)}`)[0]
    ?.attr('class')?.value;

describe('what is drawn', () => {
  const { of, texts } = drawing(LEAKING);
  const label = (from: number, to: number): readonly string[] =>
    texts(`${withClass('label', `from${from}`, `to${to}`)}/text`);

  test('every state is one box, named by its number and its access sequence', () => {
    expect(of(`${withClass('state')}[@id]`)).toHaveLength(LEAKING.states.length);
    expect(texts(`${inBox(0)}/text`)[0]).toBe('0: greeting');
    expect(texts(`${inBox(3)}/text`)).toEqual(['3: EHLO MAIL']);
    expect(texts(`${inBox(6)}/text`)).toEqual(['6: end']);
  });

  test('moves between the same two states are one arrow, a line each, without the list of extensions', () => {
    expect(label(0, 1)).toEqual(['HELO / 250', 'EHLO / 250']);
    expect(label(3, 1)).toEqual(['HELO / 250', 'DATA / 354 250']);
  });

  test('every move to another state is drawn once, in whatever machine', () => {
    const machines = fc
      .integer({ min: 1, max: 8 })
      .chain(count =>
        fc.array(
          fc.array(fc.tuple(fc.constantFrom('250', '503', '220', 'ended'), fc.nat(count - 1)), {
            minLength: INPUTS.length,
            maxLength: INPUTS.length,
          }),
          { minLength: count, maxLength: count },
        ),
      )
      .map(rows =>
        machineOf(
          ...rows.map((row, at): [string, Record<string, string>] => [
            'helo '.repeat(at),
            Object.fromEntries(row.map(([output, to], input) => [INPUTS[input], `${output} > ${to}`])),
          ]),
        ),
      );
    fc.assert(
      fc.property(machines, machine => {
        const isEnd = machine.states.map(({ moves }) =>
          Object.values(moves).every(({ output }) => output === 'ended'),
        );
        const wanted = machine.states.flatMap(({ moves }, from) =>
          Object.entries(moves)
            .filter(([, { output, to }]) => to !== from && !(output === 'ended' && isEnd[to]))
            .map(([input, { output, to }]) => `${from} ${to} ${input.toUpperCase()} / ${output}`),
        );
        const picture = drawing(machine, { astray: new Set() });
        const drawn = picture.of(withClass('label')).flatMap(group => {
          const [, from, to] = /from(\d+) to(\d+)$/.exec(group.attr('class')?.value ?? '') ?? [];
          return (group.find("*[local-name()='text']") as XmlElement[]).map(
            ({ content }) => `${from} ${to} ${content}`,
          );
        });
        expect(drawn.sort()).toEqual(wanted.sort());
        expect(picture.of(`${withClass('edge', 'move')}/path`)).toHaveLength(
          new Set(wanted.map(one => one.split(' ', 2).join(' '))).size,
        );
        const dot = dotOf(machine, { astray: new Set() });
        expect(dot.match(/ -> /g)?.length ?? 0).toBe(
          new Set(wanted.map(one => one.split(' ', 2).join(' '))).size,
        );
      }),
      { numRuns: 60 },
    );
  });

  test('an arrow begins at the box of its state and ends, with its head, at that of the other', () => {
    const isAt = (state: number, point: string | undefined): boolean => {
      const rect = of(`${inBox(state)}/rect`)[0];
      const [x = 0, y = 0] = (point ?? '').split(' ').map(Number);
      const [left, top, width, height] = ['x', 'y', 'width', 'height'].map(name =>
        Number(rect?.attr(name)?.value),
      );
      const isIn = (at: number, from = 0, size = 0): boolean => at > from - 0.1 && at < from + size + 0.1;
      return isIn(x, left, width) && isIn(y, top, height);
    };
    const arrows = of(withClass('edge', 'move'));
    expect(arrows.length).toBeGreaterThan(0);
    for (const arrow of arrows) {
      const ends = /from(\d+) to(\d+)$/
        .exec(arrow.attr('class')?.value ?? '')
        ?.slice(1)
        .map(Number);
      const path = arrow.get("*[local-name()='path']") as XmlElement;
      const points = path.attr('d')?.value.slice(1).split('L');
      expect([isAt(ends?.[0] ?? -1, points?.[0]), isAt(ends?.[1] ?? -1, points?.at(-1))]).toEqual([
        true,
        true,
      ]);
      expect(path.attr('marker-end')?.value).toMatch(/^url\(#\w+\)$/);
    }
  });

  test('what is accepted and changes nothing stands in the box, what is refused does not', () => {
    expect(texts(`${inBox(1)}/text`)).toEqual(['1: EHLO', 'HELO / 250', 'AUTH / 334 235']);
    expect(texts(`${inBox(4)}/text`)).toEqual(['4: STARTTLS EHLO', 'EHLO / 250']);
  });

  test('an arrow leads to the end where a reply came before it, and none where there was none', () => {
    expect(label(0, 6)).toEqual(['DATA / 421 ended']);
    expect(of(withClass('from3', 'to6'))).toEqual([]);
  });

  test('the tooltip of a state tells every move, with the extensions', () => {
    const told = texts(`${inBox(0)}/title`)[0]?.split('\n');
    expect(told).toHaveLength(1 + INPUTS.length);
    expect(told).toContain('EHLO / 250 AUTH, STARTTLS → 1');
    expect(told).toContain('MAIL / 503 → 0');
  });
});

describe('marks', () => {
  test('the fresh entry, stray entries, states in TLS, in plaintext and the end are told apart', () => {
    const kinds = LEAKING.states.map((_, state) => classesOf(state)?.replace('state ', ''));
    expect(kinds).toEqual(['plaintext', 'plaintext', 'fresh', 'plaintext', 'tls', 'astray', 'end']);
  });

  test('a STARTTLS that is refused leads to no state in TLS', () => {
    const refused = machineOf(['', { starttls: '454 > 1' }], ['starttls', { helo: '250 > 0' }]);
    const { of } = drawing(refused, { astray: new Set() });
    expect(of("//*[@id='secure']")).toEqual([]);
    expect(of(`${withClass('state', 'plaintext')}[@id]`)).toHaveLength(2);
  });

  test('STARTTLS has arrows of its own, others where it leads astray', () => {
    const { of } = drawing(LEAKING);
    const ends = (kind: string) =>
      of(withClass('move', 'edge', kind)).map(group => /from.*/.exec(group.attr('class')?.value ?? '')?.[0]);
    expect(ends('starttls')).toEqual(['from0 to2', 'from1 to2']);
    expect(ends('stray')).toEqual(['from3 to5']);
  });

  test('a stray state says what tells it from the fresh one: a code, or what EHLO offers', () => {
    expect(drawing(LEAKING).texts(`${inBox(5)}/text[@class='told']`)).toEqual(['DATA: 354 250, not 503']);
    const { texts } = drawing(offering('STARTTLS'));
    expect(texts(`${inBox(5)}/text[@class='told']`)).toEqual(['EHLO: adds STARTTLS lacks', 'AUTH']);
  });

  test('the legend has what is in the picture and nothing else, and the name says where STARTTLS leads', () => {
    const captions = (machine: Mealy, reset: Reset) => drawing(machine, reset).texts("//text[@class='key']");
    expect(captions(LEAKING, RESET)).toContain('stray: TLS unlike a fresh one');
    const sound = { fresh: 2, astray: new Set<number>() };
    expect(captions(LEAKING, sound)).not.toContain('stray: TLS unlike a fresh one');
    const name = (reset: Reset) => drawing(LEAKING, reset).document.root.attr('aria-label')?.value;
    expect(name(RESET)).toBe('SMTP machine of 7 states; STARTTLS leads astray to 5');
    expect(name(sound)).toBe('SMTP machine of 7 states; STARTTLS leads nowhere astray');
  });

  test('DOT has the same facts', () => {
    const dot = dotOf(LEAKING, RESET).split('\n');
    expect(dot.find(line => line.startsWith('subgraph'))).toMatch(/ 2 4 5 }$/);
    expect(dot.find(line => line.startsWith('5 ['))).toContain('color="#a4201a" penwidth=4');
    expect(dot).toContain('3 -> 5 [label="STARTTLS / 220" color="#c0261f" style=dashed]');
    expect(dot).toContain('0 -> 1 [label="HELO / 250\\nEHLO / 250" color="#1c1f22" style=solid]');
    expect(dot.filter(line => line.includes('->'))).toHaveLength(
      drawing(LEAKING).of(withClass('label')).length,
    );
  });
});

describe('what a server says stays text', () => {
  /** What stands in a drawing but text, and the values of attributes that lay it out. */
  const skeleton = (machine: Mealy): readonly string[] =>
    drawing(machine)
      .of('//*')
      .map(({ name, attrs }) => `${name} ${attrs.map(attribute => attribute.name).join(' ')}`);
  // The learner splits at spaces and `=`, and makes keywords upper case.
  const keyword = (text: string): string => text.replace(/[ =,]/g, '_').toUpperCase();
  const plain = new Set(skeleton(offering('X')));

  test.each(HOSTILE.map(keyword))('%j leaves its place in neither file', hostile => {
    const machine = offering(hostile);
    expect(skeleton(machine).filter(element => !plain.has(element))).toEqual([]);
    expect(drawing(machine).texts(`${inBox(5)}/title`)[0]).toMatch(/^EHLO \/ 250 .*→ 4$/m);
    expect(dotOf(machine, RESET)).toMatch(DOT);
  });

  /** A line is a keyword of DOT, or numbers and attributes whose strings are closed. */
  const STRING = String.raw`"(?:[^"\\\n]|\\["\\n])*"`;
  const ATTRIBUTES = String.raw`\[(?:\w+=(?:${STRING}|\w+) ?)*\]`;
  const LINE = String.raw`(?:digraph machine {|(?:node|edge|\d+|\d+ -> \d+) ${ATTRIBUTES}|subgraph cluster_tls { label=TLS bgcolor=${STRING}[\d ]* }|})`;
  const DOT = new RegExp(`^(?:${LINE}\n)+$`);

  test('any keyword whatever is ASCII in both files but for signs of the picture, and they parse', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }).map(keyword), text => {
        const [svg, dot] = [svgOf(offering(text), RESET), dotOf(offering(text), RESET)];
        for (const file of [svg, dot]) expect(file).toMatch(/^[\n\x20-\x7e→…]*$/);
        expect(() => XmlDocument.fromString(svg)).not.toThrow();
        expect(dot).toMatch(DOT);
      }),
      { numRuns: 60 },
    );
  });

  test('a keyword is cut at 40 characters', () => {
    const machine = offering('Y'.repeat(10_000));
    for (const file of [svgOf(machine, RESET), dotOf(machine, RESET)]) {
      expect(file).toContain('Y'.repeat(40));
      expect(file).not.toContain('Y'.repeat(41));
    }
  });

  test('a keyword that is a code is no reply', () => {
    expect(drawing(offering('503')).texts(`${withClass('label', 'from5', 'to4')}/text`)).toEqual([
      'EHLO / 250',
    ]);
  });
});

test('a machine in which everything leads everywhere is no picture', () => {
  const leading = (states: number): Mealy =>
    machineOf(
      ...Array.from({ length: states }, (_, state) => {
        const moves = INPUTS.map((input, at): [string, string] => [
          input,
          `250 > ${(state * 7 + at) % states}`,
        ]);
        return [`${state || ''}`, Object.fromEntries(moves)] as const;
      }),
    );
  expect(isLegible(leading(20), RESET)).toBe(true);
  expect(isLegible(leading(80), RESET)).toBe(false);
});
