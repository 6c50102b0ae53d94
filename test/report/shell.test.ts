import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { printable } from '../../src/report/printable.ts';
import { shellWord } from '../../src/report/shell.ts';

test.each([
  'corpus/a.json',
  'my corpus/a.json',
  "it's",
  '$HOME `id` "x"',
  '*',
  '',
  '-n',
  'a\nb',
  '-é%s\\n \'"$x\u202e',
  '\u{1f4e7}12',
])('a shell makes one word of it, the same: %j', text => {
  const said = execFileSync('sh', ['-c', `printf '%s.' ${shellWord(text)}`], { encoding: 'utf8' });
  expect(said).toBe(`${text}.`);
});

test('reports print it as it is', () => {
  const word = shellWord('Überblick/a.json');
  expect(printable(word)).toBe(word);
});

test('what needs no quotation marks has none', () => {
  expect(shellWord('smtp://127.0.0.1:25')).toBe('smtp://127.0.0.1:25');
});
