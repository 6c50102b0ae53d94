import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outputsOf } from '../../src/learn/mealy.ts';
import { accessOf, insert, newTree, nodeAt, outputsAt, witness } from '../../src/learn/tree.ts';
import { INPUTS, machines } from './machines.ts';

const words = fc.array(fc.array(fc.constantFrom(...INPUTS), { maxLength: 6 }), { maxLength: 12 });

test('what was asked is known, and of a longer word so much as was', () => {
  fc.assert(
    fc.property(machines(5), words, (machine, asked) => {
      const root = newTree();
      for (const word of asked) insert(root, word, outputsOf(machine, word));
      for (const word of asked) {
        expect(outputsAt(root, word)).toEqual(outputsOf(machine, word));
        const node = nodeAt(root, word);
        expect(node && accessOf(node)).toEqual(word);
        expect(outputsAt(root, [...word, 'never'])).toEqual(outputsOf(machine, word));
        expect(nodeAt(root, [...word, 'never'])).toBeUndefined();
      }
    }),
  );
});

describe('an answer that is another one than before', () => {
  test('is told by the shortest word that shows it, and nothing of it is taken in', () => {
    const root = newTree();
    insert(root, ['a', 'b'], ['0', '1']);
    const contradict = (): void => insert(root, ['a', 'b', 'c'], ['0', '0', '0']);
    expect(contradict).toThrow(expect.objectContaining({ why: { kind: 'contradiction', word: ['a', 'b'] } }));
    expect(nodeAt(root, ['a', 'b', 'c'])).toBeUndefined();
    expect(outputsAt(root, ['a', 'b'])).toEqual(['0', '1']);
  });
});

describe('two nodes', () => {
  test('are apart by a shortest word that both were asked, and that they answered otherwise', () => {
    fc.assert(
      fc.property(machines(4), words, words, (machine, left, right) => {
        const [one, other] = [newTree(), newTree()];
        // The second is asked from another state.
        for (const word of left) insert(one, word, outputsOf(machine, word));
        for (const word of right) insert(other, word, outputsOf(machine, word, machine.states.length - 1));
        const word = witness(one, other);
        const both = left.flatMap(asked => asked.map((_, at) => asked.slice(0, at + 1)));
        const telling = both.filter(
          asked =>
            outputsAt(other, asked).length === asked.length &&
            outputsAt(one, asked).at(-1) !== outputsAt(other, asked).at(-1),
        );
        if (word === undefined) expect(telling).toEqual([]);
        else {
          expect(outputsAt(one, word).at(-1)).not.toBe(outputsAt(other, word).at(-1));
          expect(word.length).toBe(Math.min(...telling.map(({ length }) => length)));
        }
      }),
    );
  });
});
