import fc from 'fast-check';
import { expect, test } from 'vitest';
import { features, newCombinations } from '../../src/generate/features.ts';
import { newGenerator } from '../../src/generate/scenarios.ts';
import { PARAMETERS } from '../../src/generate/words.ts';
import { BARE, type Step } from '../../src/scenario.ts';

const scenarios = newGenerator({ seed: 5 }).next(256);

test('a scenario has each feature once, in ascending order, and the same ones each time', () => {
  for (const scenario of scenarios) {
    const found = features(scenario);
    expect(found).toEqual([...new Set(found)].sort((one, other) => one - other));
    expect(features(JSON.parse(JSON.stringify(scenario)))).toEqual(found);
  }
});

test('what MAIL said before TLS, and the shape of a message in it, tell two scenarios apart', () => {
  const played = (said: Partial<Step>, body: 'plain' | 'eight-bit'): string =>
    features({
      before: [{ kind: 'mail', from: 'a', ...said } as Step],
      upgrade: BARE,
      after: [{ kind: 'data', body, token: 'b' }],
    }).join();
  const all = [
    played({}, 'plain'),
    played({}, 'eight-bit'),
    played({ body: '8BITMIME' } as Partial<Step>, 'plain'),
    played({ local: true } as Partial<Step>, 'plain'),
  ];
  expect(new Set(all).size).toBe(all.length);
});

test('each parameter of MAIL and RCPT is a feature of its own', () => {
  const found = Object.keys(PARAMETERS).map(parameter =>
    features({
      before: [{ kind: 'mail', from: 'a', [parameter]: 'said' } as Step],
      upgrade: BARE,
      after: [{ kind: 'noop' }],
    }).join(),
  );
  expect(new Set(found).size).toBe(Object.keys(PARAMETERS).length);
});

test('what was played becomes less rare, and only that', () => {
  fc.assert(
    fc.property(fc.constantFrom(...scenarios), fc.constantFrom(...scenarios), (one, other) => {
      const combinations = newCombinations();
      const before = combinations.rarity(features(other));
      combinations.add(features(one));
      const after = combinations.rarity(features(other));
      const shared = features(one).filter(feature => features(other).includes(feature));
      if (shared.length < 2) expect(after).toBe(before);
      else expect(after).toBeLessThan(before);
    }),
  );
});

test('pairs and triples are counted once', () => {
  const combinations = newCombinations();
  combinations.add([1, 4, 9, 11]);
  combinations.add([1, 4, 9]);
  expect(combinations.counts()).toEqual({ pairs: 6, triples: 4 });
});
