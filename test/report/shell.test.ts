import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { shellWord } from '../../src/report/shell.ts';

test.each(['corpus/a.json', 'my corpus/a.json', "it's", '$HOME `id` "x"', '*', '', '-n', 'a\nb'])(
  'a shell makes one word of it, the same: %j',
  text => {
    const said = execFileSync('sh', ['-c', `printf '%s.' ${shellWord(text)}`], { encoding: 'utf8' });
    expect(said).toBe(`${text}.`);
  },
);

test('what needs no quotation marks has none', () => {
  expect(shellWord('smtp://127.0.0.1:25')).toBe('smtp://127.0.0.1:25');
});
