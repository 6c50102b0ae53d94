/**
 * Learns a Mealy machine from answers to words: L# of Vaandrager, Garhewal, Rot and Wißmann (TACAS 2022).
 *
 * Some nodes of the observation tree are pairwise apart: the *basis*, whose nodes are states. Behind it lies the *frontier*,
 * each node of which is found to be one of them, or a new one. When no node is in doubt there is a hypothesis. Who answers,
 * and how a hypothesis is put to the test, is not known here.
 */

import { Ended, whyEnded } from './ended.ts';
import { type Mealy, moveOf, type Output, outputsOf, reached, type Word } from './mealy.ts';
import { accessOf, insert, type Node, newTree, nodeAt, outputsAt, witness } from './tree.ts';

export interface Teacher {
  /** What is put out to each input of a word, from the initial state on. */
  answer(word: Word): Promise<readonly Output[]>;
}

export interface Learner {
  /** The smallest machine that agrees with all answers so far. It asks what is in doubt. */
  hypothesis(): Promise<Mealy>;
  /** Puts words to the system, side by side; the first in their order that the machine answers otherwise, if there is one. */
  refuted(machine: Mealy, words: readonly Word[]): Promise<Word | undefined>;
  /** Learns from a word to which the system puts out something else than the machine. */
  refine(machine: Mealy, counterexample: Word): Promise<void>;
  /** States that are known to be different, by what was put out. */
  readonly known: number;
}

/** `most`: states that are too many. */
export function newLearner(inputs: Word, teacher: Teacher, most = Number.POSITIVE_INFINITY): Learner {
  const root = newTree();
  const basis: Node[] = [root];
  const ask = (words: readonly Word[]): Promise<void> => askAll(root, teacher, words);
  /** What each node of the frontier was found not to be; what is apart once stays so. */
  const apart = new WeakMap<Node, Set<Node>>();

  /** States that a node of the frontier may still be. */
  function candidates(node: Node): readonly Node[] {
    const excluded = apart.get(node) ?? new Set();
    apart.set(node, excluded);
    const left = basis.filter(state => !excluded.has(state));
    for (const state of left) if (witness(state, node) !== undefined) excluded.add(state);
    return left.filter(state => !excluded.has(state));
  }

  return {
    get known() {
      return basis.length;
    },
    async hypothesis() {
      while (basis.length <= most) {
        await ask(basis.flatMap(node => inputs.map(input => [...accessOf(node), input])));
        const frontier = frontierOf(basis);
        const isolated = frontier.find(node => candidates(node).length === 0);
        if (isolated !== undefined) {
          basis.push(isolated);
          continue;
        }
        const doubtful = frontier.flatMap((node): readonly Word[] => {
          const [one, other] = candidates(node);
          return one === undefined || other === undefined ? [] : [[...accessOf(node), ...told(one, other)]];
        });
        if (doubtful.length > 0) {
          await ask(doubtful);
          continue;
        }
        const machine = machineOf(inputs, basis, node => candidates(node)[0] as Node);
        const inconsistent = contradictedBy(root, machine);
        if (inconsistent === undefined) return machine;
        await refine(root, basis, machine, inconsistent, ask);
      }
      throw new Ended({ kind: 'too many states', states: most });
    },
    async refuted(machine, words) {
      await ask(words);
      return words
        .map(word => firstDifference(outputsAt(root, word), outputsOf(machine, word), word))
        .find(word => word !== undefined);
    },
    refine: (machine, counterexample) => refine(root, basis, machine, counterexample, ask),
  };
}

/** Basis nodes are pairwise apart. */
const told = (one: Node, other: Node): Word => witness(one, other) as Word;

function frontierOf(basis: readonly Node[]): readonly Node[] {
  const states = new Set(basis);
  return basis.flatMap(({ branches }) => [...branches.values()].filter(node => !states.has(node)));
}

/** An answer that contradicts an earlier one may be a slip: the word is asked so many times more. */
const MORE_TRIES = 2;

/** Asks what the tree does not know yet, side by side, and takes it in in the order of the words. */
async function askAll(root: Node, teacher: Teacher, words: readonly Word[]): Promise<void> {
  const open = words.filter(word => outputsAt(root, word).length < word.length);
  const unique = [...new Map(open.map(word => [word.join(' '), word])).values()];
  const answers = await Promise.allSettled(unique.map(word => teacher.answer(word)));
  for (const [at, answer] of answers.entries())
    if (answer.status === 'fulfilled') await takeIn(root, teacher, unique[at] as Word, answer.value);
  // What was answered is known, though time was up for the rest.
  const failed = answers.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

async function takeIn(root: Node, teacher: Teacher, word: Word, answer: readonly Output[]): Promise<void> {
  let outputs = answer;
  for (let tries = 0; ; tries++)
    try {
      insert(root, word, outputs);
      return;
    } catch (error) {
      if (whyEnded(error).kind !== 'contradiction' || tries === MORE_TRIES) throw error;
      outputs = await teacher.answer(word);
    }
}

function machineOf(inputs: Word, basis: readonly Node[], stateOf: (node: Node) => Node): Mealy {
  const indices = new Map(basis.map((node, index) => [node, index]));
  const indexOf = (node: Node): number => indices.get(node) ?? (indices.get(stateOf(node)) as number);
  const moves = ({ branches }: Node) =>
    Object.fromEntries(
      [...branches].map(([input, node]) => [input, { output: node.output, to: indexOf(node) }]),
    );
  return { inputs, states: basis.map(node => ({ access: accessOf(node), moves: moves(node) })) };
}

/** A word of the tree that the machine answers otherwise. */
function contradictedBy(root: Node, machine: Mealy): Word | undefined {
  const waiting: { readonly node: Node; readonly state: number }[] = [{ node: root, state: 0 }];
  for (let at = 0; at < waiting.length; at++) {
    const { node, state } = waiting[at] as (typeof waiting)[number];
    for (const [input, next] of node.branches) {
      const { output, to } = moveOf(machine, state, input);
      if (output !== next.output) return accessOf(next);
      waiting.push({ node: next, state: to });
    }
  }
  return undefined;
}

/** The word up to the first input that the two were answered differently at. */
function firstDifference(
  outputs: readonly Output[],
  others: readonly Output[],
  word: Word,
): Word | undefined {
  const at = outputs.findIndex((output, index) => output !== others[index]);
  return at < 0 ? undefined : word.slice(0, at + 1);
}

/**
 * Finds by halving where the machine went wrong on a word: behind it a node of the frontier is told from the state that it
 * was taken for, or becomes one of its own.
 */
async function refine(
  root: Node,
  basis: readonly Node[],
  machine: Mealy,
  counterexample: Word,
  ask: (words: readonly Word[]) => Promise<void>,
): Promise<void> {
  const frontier = new Set([...basis, ...frontierOf(basis)]);
  const stateAt = (word: Word): Node => basis[reached(machine, word)] as Node;
  const at = (word: Word): Node => nodeAt(root, word) as Node;
  // The last input tells where the word before it leads to from where the machine takes it to.
  let word: Word = counterexample.slice(0, -1);
  while (!frontier.has(at(word))) {
    const difference = told(stateAt(word), at(word));
    const within = word.findIndex((_, index) => !hasPrefix(frontier, root, word, index + 1));
    const middle = Math.floor((within + word.length) / 2);
    const [front, back] = [word.slice(0, middle), word.slice(middle)];
    const replaced = [...accessOf(stateAt(front)), ...back];
    await ask([[...replaced, ...difference]]);
    word = witness(stateAt(front), at(front)) === undefined ? replaced : front;
  }
}

/** Whether the first inputs of a word lead to a node that is still of the basis or of the frontier. */
const hasPrefix = (frontier: ReadonlySet<Node>, root: Node, word: Word, length: number): boolean =>
  frontier.has(nodeAt(root, word.slice(0, length)) as Node);
