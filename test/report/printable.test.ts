import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainJson, printable } from '../../src/report/printable.ts';

test('whatever the text, what is shown is ASCII without control characters', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), text => /^[\x20-\x7e]*$/.test(printable(text))));
});

test('ASCII is shown as it is, bytes as \\xNN, anything else as \\u{N}', () => {
  expect(printable('250 OK')).toBe('250 OK');
  expect(printable('\x1b[2J\xe9\u202e😀')).toBe('\\x1b[2J\\xe9\\u{202e}\\u{1f600}');
});

test('of a long text only the head is shown, and how long it is', () => {
  expect(printable('x'.repeat(1_000_000), 3)).toBe('xxx… (1000000 characters)');
  expect(printable('xxx', 3)).toBe('xxx');
});

test('plain JSON is ASCII, and says the same', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const text = plainJson(value);
      expect(text).toMatch(/^[\n\x20-\x7e]*$/);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
