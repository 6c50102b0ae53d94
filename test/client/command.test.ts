import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { userClient } from '../../src/client/command.ts';

describe('a command line', () => {
  test('is named after what it runs', () => {
    const named = (...words: readonly string[]): string => userClient([...words, '{port}'], false).name;
    expect(named('/usr/bin/curl', '-sS', '--ssl-reqd')).toBe('curl');
    expect(named('python3', '/home/me/mail.py', 'work', '{host}')).toBe('python3 mail.py work');
  });

  test('may name files by where it is given, though it runs elsewhere', () => {
    const given = [
      './package.json',
      'README.md',
      'src',
      '--ca=README.md',
      'README.md/',
      'x'.repeat(5_000),
      '{port}',
    ];
    expect(userClient(given, false).command).toEqual([
      resolve('package.json'),
      resolve('README.md'),
      ...given.slice(2),
    ]);
    expect(userClient(['README.md', '{port}'], false).command?.[0]).toBe('README.md');
  });

  test('without a place for the port is refused', () => {
    expect(() => userClient(['curl'], false)).toThrow('no {port}');
  });

  test('with a placeholder that was mistyped is refused; what is meant for the client itself is not', () => {
    const given = (word: string) => () => userClient(['curl', '{port}', word], false);
    expect(given('--cacert={cA}')).not.toThrow();
    expect(given('{prot}')).toThrow('nothing is filled in for {prot}. Did you mean port?');
    expect(given('--from={form}')).toThrow('{form}. Did you mean from?');
    expect(given('{"json":{}} {boundary}')).not.toThrow();
  });
});
