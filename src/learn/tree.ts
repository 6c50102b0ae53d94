/**
 * The observation tree: all that was asked of a system, and what it put out. Pure.
 *
 * Two nodes are *apart* if some word was put to both and answered otherwise: then they are no one state, whatever else the
 * system may do (Vaandrager, Garhewal, Rot and Wißmann, TACAS 2022).
 */

import { Ended } from './ended.ts';
import type { Input, Output, Word } from './mealy.ts';

/** There are hundreds of thousands of them: a node holds no more than the last input of its word, and what it put out. */
export interface Node {
  readonly last?: { readonly parent: Node; readonly input: Input };
  readonly output: Output;
  readonly branches: ReadonlyMap<Input, Node>;
}

interface Growing extends Node {
  branches: ReadonlyMap<Input, Node>;
}

const NO_BRANCHES: ReadonlyMap<Input, Node> = new Map();

/** The word that leads to a node. */
export function accessOf(node: Node): Word {
  const inputs: Input[] = [];
  for (let { last } = node; last !== undefined; { last } = last.parent) inputs.push(last.input);
  return inputs.reverse();
}

export const newTree = (): Node => ({ output: '', branches: NO_BRANCHES });

export const nodeAt = (root: Node, word: Word): Node | undefined =>
  word.reduce<Node | undefined>((node, input) => node?.branches.get(input), root);

/** What was put out to a word, as far as it was asked. */
export function outputsAt(root: Node, word: Word): readonly Output[] {
  const outputs: Output[] = [];
  let node = root;
  for (const input of word) {
    const next = node.branches.get(input);
    if (next === undefined) break;
    outputs.push(next.output);
    node = next;
  }
  return outputs;
}

/** Takes in what was put out to a word. Where that contradicts what is known nothing is taken in, and it throws. */
export function insert(root: Node, word: Word, outputs: readonly Output[]): void {
  const known = outputsAt(root, word);
  const wrong = known.findIndex((output, at) => output !== outputs[at]);
  if (wrong >= 0) throw new Ended({ kind: 'contradiction', word: word.slice(0, wrong + 1) });
  let node: Growing = root;
  for (const [at, input] of word.entries()) {
    const output = outputs[at];
    if (output === undefined) throw new Error(`no output to ${word.slice(0, at + 1).join(' ')}`);
    node = node.branches.get(input) ?? grown(node, input, output);
  }
}

/** A new node behind another one. */
function grown(parent: Growing, input: Input, output: Output): Node {
  const node: Node = { last: { parent, input }, output, branches: NO_BRANCHES };
  parent.branches = new Map([...parent.branches, [input, node]]);
  return node;
}

/** A shortest word that was put to both nodes and tells them apart. */
export function witness(one: Node, other: Node): Word | undefined {
  const waiting: { readonly left: Node; readonly right: Node; readonly word: Word }[] = [
    { left: one, right: other, word: [] },
  ];
  for (let at = 0; at < waiting.length; at++) {
    const { left, right, word } = waiting[at] as (typeof waiting)[number];
    for (const [input, next] of left.branches) {
      const opposite = right.branches.get(input);
      if (opposite === undefined) continue;
      if (next.output !== opposite.output) return [...word, input];
      waiting.push({ left: next, right: opposite, word: [...word, input] });
    }
  }
  return undefined;
}
