/** What was learned → text for a terminal, and the JSON that is kept. Pure. */

import type { Learned } from '../learn/learn.ts';
import type { Mealy } from '../learn/mealy.ts';
import { type Entry, takenAgain } from '../learn/reset.ts';
import { isWhole, learnedVerdict } from '../learn/verdict.ts';
import { nameOf, toldBy } from '../learn/wording.ts';
import { TOOL } from '../version.ts';
import { plainJson, printable } from './printable.ts';
import type { Report, Verdict } from './report.ts';
import { headline, notes } from './summary.ts';
import { findingsText } from './terminal.ts';

/** Of the target, and of the run. */
export interface LearnedOf {
  readonly name: string;
  readonly address: string;
  readonly startedAt: string;
}

const WIDTH = 200;
const NOTHING_MORE =
  'nothing. Texts, parameters and what is glued to STARTTLS are the affair of "afresh check".';
/** States from which STARTTLS leads astray that are listed; all of them are in the JSON. */
const MOST_ASTRAY = 8;

export function learnedText(learned: Learned, { name, address }: LearnedOf, columns?: number): string {
  const { software, machine } = learned;
  const judged = learnedVerdict(learned);
  return [
    ...findingsText(learned.findings, columns),
    '',
    headline({ name, address, software }, judged),
    ...(machine === undefined ? [] : machineText(learned, machine)),
    ...notes(learned.notes),
    '',
    `  Next: ${next(learned, judged.verdict)}`,
    '',
  ].join('\n');
}

function next({ findings }: Learned, verdict: Verdict): string {
  const kept = findings.find(({ replay }) => replay !== undefined);
  return kept === undefined ? NEXT[verdict] : `after a fix, "${printable(kept.replay ?? '')}" says FIXED.`;
}

/** What to do, by the verdict, where nothing is kept. */
const NEXT: Readonly<Record<Verdict, string>> = {
  violated: 'run it again with --corpus DIR to keep each finding as a file for "afresh replay".',
  inconclusive: 'see to the reason, and run it again with more --time, or with fewer --inputs.',
  unsupported: 'see whether TLS is configured there.',
  allowed: NOTHING_MORE,
  holds: NOTHING_MORE,
};

function machineText(learned: Learned, machine: Mealy): readonly string[] {
  const { entries, words, connections, seconds, baseline, fresh } = learned;
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
    `  ${tested(machine.states.length, learned)}`,
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

function tested(
  states: number,
  { extra = 0, incomplete = '' }: Pick<Learned, 'extra' | 'incomplete'>,
): string {
  return !isWhole({ extra })
    ? `not complete (${printable(incomplete, WIDTH)}): there may be more states`
    : `complete: a server with up to ${states + extra} states that differs from this machine would have been found out`;
}

/** What is written as machine.json. */
export type LearnedDocument = Omit<Learned, 'software' | 'machine'> &
  Partial<Mealy> &
  Pick<Report, 'tool' | 'verdict' | 'reason'> & {
    readonly schema: 1;
    readonly kind: 'afresh-machine';
    readonly startedAt: string;
    readonly target: { readonly name: string; readonly address: string; readonly software: string };
  };

export function learnedJson(learned: Learned, { name, address, startedAt }: LearnedOf): string {
  const { software, machine, ...rest } = learned;
  const document: LearnedDocument = {
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
