/**
 * What a learned machine says of STARTTLS: where it leads to from each state, and whether that is where a fresh connection
 * comes to. Pure.
 */

import type { Baseline, Scenario } from '../scenario.ts';
import { isTaken, played, STARTTLS } from './alphabet.ts';
import { type Mealy, moveOf, outputsOf, reached, separating, type Word } from './mealy.ts';

/** A state in plaintext in which STARTTLS is taken, and the one in TLS that it leads to. */
export interface Entry {
  readonly from: number;
  readonly to: number;
  /** What tells the state in TLS from that of a fresh connection; absent where they are one. */
  readonly told?: Word;
}

/** What a fresh connection says before STARTTLS. */
const GREETED: Readonly<Record<Baseline, Word>> = {
  'starttls-first': [],
  'neutral-ehlo': ['ehlo'],
};

/** The state that TLS leads to on a fresh connection; undefined if STARTTLS is not taken there. */
export function freshEntry(machine: Mealy, baseline: Baseline): number | undefined {
  const { output, to } = moveOf(machine, reached(machine, GREETED[baseline]), STARTTLS);
  return isTaken(output) ? to : undefined;
}

export function entriesOf(machine: Mealy, fresh: number): readonly Entry[] {
  return taking(machine, false).map((from): Entry => {
    const { to } = moveOf(machine, from, STARTTLS);
    const told = separating(machine, to, fresh);
    return { from, to, ...(told === undefined ? {} : { told }) };
  });
}

/** States in TLS in which STARTTLS is taken once more, which it must not be (RFC 3207, section 4.2). */
export const takenAgain = (machine: Mealy): readonly number[] => taking(machine, true);

/** States, in TLS or in plaintext, in which STARTTLS is taken. */
const taking = (machine: Mealy, inTls: boolean): readonly number[] =>
  [...machine.states.keys()].filter(
    state => isTaken(moveOf(machine, state, STARTTLS).output) && isInTls(machine, state) === inTls,
  );

/** Whether TLS begins on the way to a state. */
export function isInTls(machine: Mealy, state: number): boolean {
  const access = machine.states[state]?.access ?? [];
  const outputs = outputsOf(machine, access);
  return access.some((input, at) => input === STARTTLS && isTaken(outputs[at] ?? ''));
}

/**
 * For each state that STARTTLS leads astray to, a scenario that shows it: the shortest way there, and what tells it. And one
 * in which STARTTLS is taken in TLS, if it is.
 */
export function counterexamples(machine: Mealy, entries: readonly Entry[]): readonly Scenario[] {
  const accessOf = (state: number): Word => machine.states[state]?.access ?? [];
  const shortest = new Map<number, Word>();
  for (const { from, to, told } of entries) {
    if (told === undefined) continue;
    const word = [...accessOf(from), STARTTLS, ...told];
    if (word.length < (shortest.get(to)?.length ?? Number.POSITIVE_INFINITY)) shortest.set(to, word);
  }
  const [again] = takenAgain(machine).toSorted((one, other) => accessOf(one).length - accessOf(other).length);
  const words = [...shortest.values(), ...(again === undefined ? [] : [[...accessOf(again), STARTTLS]])];
  return words.map(word => played(word, refusedIn(machine, word)).scenario);
}

function refusedIn(machine: Mealy, word: Word): ReadonlySet<number> {
  const outputs = outputsOf(machine, word);
  return new Set(
    word.flatMap((input, at) => (input === STARTTLS && !isTaken(outputs[at] ?? '') ? [at] : [])),
  );
}
