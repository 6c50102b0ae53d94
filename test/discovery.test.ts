import { expect, test } from 'vitest';
import { newDiscovery } from '../src/discovery.ts';

test('the chance of something new is the share of what was seen once', () => {
  const discovery = newDiscovery();
  expect(discovery.chance()).toBe(1);
  for (const observed of ['a', 'b', 'a', 'c']) discovery.add(observed);
  expect(discovery.chance()).toBe(2 / 4);
  discovery.add('b');
  discovery.add('b');
  expect(discovery.chance()).toBe(1 / 6);
});
