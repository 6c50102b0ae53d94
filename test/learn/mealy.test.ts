/** What can be told of a machine by looking at it. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { identifiers, outputsOf, reached, separating } from '../../src/learn/mealy.ts';
import { machines } from './machines.ts';

test('a word that separates two states is answered otherwise by them, at its end only; without one they are alike', () => {
  fc.assert(
    fc.property(machines(6), fc.nat(5), fc.nat(5), (machine, left, right) => {
      const [one, other] = [left % machine.states.length, right % machine.states.length];
      const word = separating(machine, one, other);
      if (word === undefined) {
        for (const input of machine.inputs) {
          const next = [one, other].map(state => reached(machine, [input], state)) as [number, number];
          expect(outputsOf(machine, [input], one)).toEqual(outputsOf(machine, [input], other));
          expect(separating(machine, ...next)).toBeUndefined();
        }
        return;
      }
      const [outputs, others] = [outputsOf(machine, word, one), outputsOf(machine, word, other)];
      expect(outputs.slice(0, -1)).toEqual(others.slice(0, -1));
      expect(outputs.at(-1)).not.toBe(others.at(-1));
    }),
  );
});

test('the identifiers of two states have a word in common that separates them, as far as they can be', () => {
  fc.assert(
    fc.property(machines(6), machine => {
      const sets = identifiers(machine);
      for (const one of machine.states.keys())
        for (const other of machine.states.keys()) {
          if (separating(machine, one, other) === undefined) continue;
          const isTold = (sets[one] ?? []).some(
            word => outputsOf(machine, word, one).join() !== outputsOf(machine, word, other).join(),
          );
          expect(isTold).toBe(true);
        }
    }),
  );
});
