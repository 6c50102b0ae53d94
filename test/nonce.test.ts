import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NONCE, newNonce, tokenIn } from '../src/nonce.ts';

const nonce = 'z0123456789ab';
const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

test('a nonce looks like one, and none is like another', () => {
  const some = Array.from({ length: 200 }, newNonce);
  for (const one of some) expect(one).toMatch(new RegExp(`^${NONCE}$`));
  expect(new Set(some).size).toBe(some.length);
});

describe('a token is found', () => {
  test('in any case, wherever it stands', () => {
    expect(tokenIn(`250 <${nonce}b@lab.example>`, nonce, ['a', 'b'])).toBe('b');
    expect(tokenIn(`${nonce.toUpperCase()}A`, nonce, ['a'])).toBe('a');
  });

  test('in base64, wherever in what is encoded', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary-ascii', maxLength: 9 }),
        fc.string({ unit: 'binary-ascii' }),
        (front, back) => {
          expect(tokenIn(`334 ${base64(`${front}${nonce}c${back}`)}`, nonce, ['c'])).toBe('c');
        },
      ),
    );
  });

  test('in base64 that stands behind other letters of a word', () => {
    for (const front of ['', '/', 'x+', 'abc'])
      expect(tokenIn(`${front}${base64(`\0${nonce}d\0secret`)}`, nonce, ['d'])).toBe('d');
  });
});

test('a token is found in hexadecimal, in either case, behind other digits of a word', () => {
  const hex = Buffer.from(`${nonce}e.example`, 'latin1').toString('hex');
  for (const word of [hex, hex.toUpperCase(), `4${hex}`, `id-${hex}.1`])
    expect(tokenIn(`250 taken as ${word}`, nonce, ['e']), word).toBe('e');
});

describe('no token is found', () => {
  test('of another letter, of another run, or of one that is cut off', () => {
    expect(tokenIn(`${nonce}e`, nonce, ['a', 'b'])).toBeUndefined();
    expect(tokenIn(`${newNonce()}a`, nonce, ['a'])).toBeUndefined();
    expect(tokenIn(nonce, nonce, ['a'])).toBeUndefined();
  });

  test('in any text that has none', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        expect(tokenIn(text, nonce, ['a', 'b', 'c'])).toBeUndefined();
      }),
    );
  });
});
