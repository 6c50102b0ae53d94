/**
 * The observation tree: all that was asked of a system, and what it put out. Pure.
 *
 * Two nodes are *apart* if some word was put to both and answered otherwise: then they are no one state, whatever else the
 * system may do (Vaandrager, Garhewal, Rot and Wißmann, TACAS 2022).
 */

import type { Input, Output, Word } from './mealy.ts';

export interface Node {
  readonly access: Word;
  readonly branches: Map<Input, { readonly output: Output; readonly node: Node }>;
}

/** The answer to a word is another one than before. */
export class Contradiction extends Error {
  readonly word: Word;

  constructor(word: Word) {
    super(`${word.join(' ')} was answered in another way before`);
    this.word = word;
  }
}

export const newTree = (): Node => newNode([]);

const newNode = (access: Word): Node => ({ access, branches: new Map() });

export const nodeAt = (root: Node, word: Word): Node | undefined =>
  word.reduce<Node | undefined>((node, input) => node?.branches.get(input)?.node, root);

/** What was put out to a word, as far as it was asked. */
export function outputsAt(root: Node, word: Word): readonly Output[] {
  const outputs: Output[] = [];
  let node: Node | undefined = root;
  for (const input of word) {
    const branch: { readonly output: Output; readonly node: Node } | undefined = node.branches.get(input);
    if (branch === undefined) break;
    outputs.push(branch.output);
    node = branch.node;
  }
  return outputs;
}

/** Takes in what was put out to a word. Where that contradicts what is known nothing is taken in, and it throws. */
export function insert(root: Node, word: Word, outputs: readonly Output[]): void {
  const known = outputsAt(root, word);
  const wrong = known.findIndex((output, at) => output !== outputs[at]);
  if (wrong >= 0) throw new Contradiction(word.slice(0, wrong + 1));
  let node = root;
  for (const [at, input] of word.entries()) {
    const output = outputs[at];
    if (output === undefined) throw new Error(`no output to ${word.slice(0, at + 1).join(' ')}`);
    const branch = node.branches.get(input) ?? { output, node: newNode(word.slice(0, at + 1)) };
    node.branches.set(input, branch);
    node = branch.node;
  }
}

/** A shortest word that was put to both nodes and tells them apart. */
export function witness(one: Node, other: Node): Word | undefined {
  const waiting: { readonly left: Node; readonly right: Node; readonly word: Word }[] = [
    { left: one, right: other, word: [] },
  ];
  for (let at = 0; at < waiting.length; at++) {
    const { left, right, word } = waiting[at] as (typeof waiting)[number];
    for (const [input, branch] of left.branches) {
      const opposite = right.branches.get(input);
      if (opposite === undefined) continue;
      if (branch.output !== opposite.output) return [...word, input];
      waiting.push({ left: branch.node, right: opposite.node, word: [...word, input] });
    }
  }
  return undefined;
}
