/** Which errors are an end of learning, and which are none. */

import { expect, test } from 'vitest';
import { Ended, whyEnded } from '../../src/learn/ended.ts';

test('an end tells why, and any other error is thrown on', () => {
  expect(whyEnded(new Ended({ kind: 'full', words: 3 }))).toEqual({ kind: 'full', words: 3 });
  const fault = new TypeError('a fault');
  expect(() => whyEnded(fault)).toThrow(fault);
});
