import { describe, expect, test } from 'vitest';
import { parsed } from '../src/document.ts';
import { LIMIT_NAMES } from '../src/limits/names.ts';
import { POLICY_ROWS, PolicyRows, PRESETS, spelledRows, withRows } from '../src/policy.ts';

const policyOf = (json: unknown) => withRows(parsed('policy.json', json, PolicyRows));
const keeping = (text: string, base = PRESETS.practice) =>
  withRows(parsed('--keep', spelledRows(text), PolicyRows), base);

describe('a policy', () => {
  test('has a row for every limit and one for the proxy, in each preset', () => {
    for (const preset of Object.values(PRESETS)) expect(Object.keys(preset)).toEqual(POLICY_ROWS);
    expect(POLICY_ROWS).toEqual([...LIMIT_NAMES, 'proxy']);
  });

  test('trusts what a proxy said only where it is told to', () => {
    expect(Object.values(PRESETS).map(({ proxy }) => proxy)).toEqual(['never', 'never', 'never']);
    expect(policyOf({ proxy: 'may' }).proxy).toBe('may');
    expect(() => policyOf({ proxy: 'must' })).toThrow('proxy: known words are may, never');
  });

  test('is practice, but for the rows that are named', () => {
    expect(policyOf({})).toEqual(PRESETS.practice);
    expect(policyOf({ preset: 'letter', errors: 'may' })).toEqual({ ...PRESETS.letter, errors: 'may' });
    expect(keeping('errors=must, failed-logins=never')).toEqual({
      ...PRESETS.practice,
      errors: 'must',
      'failed-logins': 'never',
    });
    expect(keeping('errors=may', PRESETS['no-free-pass'])).toEqual({
      ...PRESETS['no-free-pass'],
      errors: 'may',
    });
  });

  test.each([
    ['recipents=may', /no limit recipents; known: transactions, recipients, .*proxy/],
    ['errors=maybe', 'errors: known words are may, must, never'],
    ['errors', 'errors: known words are may, must, never'],
    ['errors=may=must', 'errors: known words are may, must, never'],
    ['', 'there is no limit ; known'],
    ['preset=lax', 'preset: known words are letter, practice, no-free-pass'],
  ])('"%s" is an error that says what there is', (text, message) => {
    expect(() => keeping(text)).toThrow(message);
  });

  test.each([[null], [[]], ['practice'], [7]])('%j is no policy', json => {
    expect(() => policyOf(json)).toThrow('policy.json: a policy is a JSON object');
  });
});
