import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folder } from '../folder.ts';
import { afresh } from './afresh.ts';

function config(text: string): string {
  const file = join(folder(), 'afresh.yaml');
  writeFileSync(file, text);
  return file;
}

describe('--config', () => {
  test('gives options, and what the command line says wins', async () => {
    const file = config('seed: 11\nscenarios: 20\nclaims: [fresh-connection, markers]\nno-corpus: true\n');
    const { stdout, stderr } = await afresh('check', 'reference', '--config', file, '--seed', '12');
    expect(stderr).toContain('seed 12');
    expect(stdout).toContain('20 scenarios');
    expect(stdout).toContain('markers');
    expect(stdout).not.toContain('capabilities-renewed');
  });

  test('may be JSON', async () => {
    const { stdout } = await afresh(
      'check',
      'reference',
      '--config',
      config('{"scenarios": 20, "seed": 13}'),
    );
    expect(stdout).toMatch(/20 scenarios.*seed 13/s);
  });

  test.each([
    ['scenario: 20', /has no option "scenario"\. Did you mean scenarios\?/],
    ['time: fast', /time: Say a duration such as 30s/],
    [
      'claims: [fresh-conection]',
      /claims: There is no claim fresh-conection\. Did you mean fresh-connection\?/,
    ],
    ['quiet: very', /quiet: is true or false/],
    ['seed: true', /seed: needs a value/],
    ['- seed', /not options and their values/],
    ['seed: "11', /afresh\.yaml: /],
    ['time: !!duration "x"', /time: Say a duration such as 30s/],
    ['['.repeat(20_000), /nested too deep/],
  ])('%j is refused in one line', async (text, message) => {
    const { status, stdout, stderr } = await afresh('check', 'reference', '--config', config(text));
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^afresh: .*\n$/);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});
