import { describe, expect, test } from 'vitest';
import { afresh } from './afresh.ts';

const run = (...options: readonly string[]) =>
  afresh('check', 'reference:keeps-greeting', '--scenarios', '40', '--seed', '3', ...options);

describe('what is told while a search runs', () => {
  test('is the target, the seed and each finding; the result goes to standard output', async () => {
    const { stdout, stderr } = await run();
    expect(stderr).toMatch(/^checking .*, seed 3\nfound: keeps greeting: .*\n/);
    expect(stderr).not.toContain('\r');
    expect(stdout).toContain('FINDING 1: keeps greeting');
  });

  test('--verbose: a line for each scenario', async () => {
    const { stderr } = await run('--verbose');
    const lines = stderr
      .split('\n')
      .filter(line => / · .* · .*: (?:secure|failed|refused|lost|silent)/.test(line));
    expect(lines).toHaveLength(40);
  });

  test('--quiet: nothing', async () => {
    const { stdout, stderr } = await run('--quiet');
    expect(stderr).toBe('');
    expect(stdout).toContain('FINDING 1: keeps greeting');
  });
});

test('a fault that is mistyped is told the one that was meant', async () => {
  const { status, stderr } = await afresh('check', 'reference:keeps-gretting');
  expect(stderr).toMatch(/no variant keeps-gretting.*Did you mean keeps-greeting\?/);
  expect(status).toBe(2);
});
