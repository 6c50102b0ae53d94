/** What was learned → text for a terminal, and the JSON that is kept. Pure. */

import type { Learned } from '../learn/learn.ts';
import type { Mealy } from '../learn/mealy.ts';
import { type Entry, takenAgain } from '../learn/reset.ts';
import { learnedVerdict } from '../learn/verdict.ts';
import { nameOf, toldBy } from '../learn/wording.ts';
import { TOOL } from '../version.ts';
import { plainJson, printable } from './printable.ts';
import { findingsText } from './terminal.ts';

/** Of the target, and of the run. */
export interface LearnedOf {
  readonly name: string;
  readonly address: string;
  readonly startedAt: string;
}

const WIDTH = 200;
/** States from which STARTTLS leads astray that are listed; all of them are in the JSON. */
const MOST_ASTRAY = 8;

export function learnedText(learned: Learned, { name }: LearnedOf, columns?: number): string {
  const { verdict, reason } = learnedVerdict(learned);
  return [
    ...findingsText(learned.findings, columns),
    '',
    `${printable(name)} (${printable(learned.software, WIDTH)}): ${verdict.toUpperCase()}${reason === undefined ? '' : `: ${printable(reason, WIDTH)}`}`,
    ...(learned.machine === undefined ? [] : machineText(learned, learned.machine)),
    ...learned.notes.map(({ kind, text }) => `  note (${kind}): ${printable(text, WIDTH)}`),
    '',
  ].join('\n');
}

function machineText(
  { entries, words, connections, seconds, baseline, extra, incomplete, fresh }: Learned,
  machine: Mealy,
): readonly string[] {
  const astray = entries.filter(({ told }) => told !== undefined);
  const more = astray.length - MOST_ASTRAY;
  return [
    `  ${ways(entries.length, astray.length)}`,
    ...astray.slice(0, MOST_ASTRAY).map(entry => `    ${astrayText(machine, entry, fresh as number)}`),
    ...(more > 0 ? [`    and from ${more} more`] : []),
    ...again(takenAgain(machine).length),
    '',
    `  ${machine.states.length} states over ${machine.inputs.join(' ')}`,
    `  ${words} words on ${connections} connections in ${seconds.toFixed(1)} s; baseline: ${baseline}`,
    `  ${tested(machine.states.length, extra, incomplete)}`,
  ];
}

function ways(taken: number, astray: number): string {
  const where = `STARTTLS is taken in ${taken} ${taken === 1 ? 'state' : 'states'}`;
  return astray === 0
    ? `${where}; it leads to the state of a fresh connection from ${taken === 1 ? 'there' : 'each of them'}`
    : `${where}; from ${astray} of them it leads astray:`;
}

const again = (states: number): readonly string[] =>
  states === 0
    ? []
    : [`  STARTTLS is taken again in TLS, in ${states} ${states === 1 ? 'state' : 'states'}: it must not be`];

/** What is said before STARTTLS, and what tells the state behind it. */
function astrayText(machine: Mealy, { from, to }: Entry, fresh: number): string {
  const said = nameOf(machine.states[from]?.access ?? []) || 'nothing';
  return `behind ${said}; then in TLS ${toldBy(machine, to, fresh)}`;
}

function tested(states: number, extra: number | undefined, incomplete: string | undefined): string {
  const why = printable(incomplete ?? '', WIDTH);
  return extra === undefined || extra === 0
    ? `not complete (${why}): there may be more states`
    : `complete: a server with up to ${states + extra} states that differs from this machine would have been found out`;
}

export function learnedJson(learned: Learned, { name, address, startedAt }: LearnedOf): string {
  const { software, machine, ...rest } = learned;
  const document = {
    schema: 1,
    kind: 'afresh-machine',
    tool: TOOL,
    startedAt,
    target: { name, address, software },
    ...learnedVerdict(learned),
    ...(machine === undefined ? {} : { inputs: machine.inputs, states: machine.states }),
    ...rest,
  };
  return `${plainJson(document, 2)}\n`;
}
