import { describe, expect, test } from 'vitest';
import { limitLine } from '../../src/report/limits.ts';

describe('the line on a limit', () => {
  const row = { limit: 'errors', explained: 0 } as const;
  test.each([
    [{ ...row, kept: 'none', none: 128 }, 'limit on errors: none up to 128'],
    [{ ...row, kept: 'kept', explained: 1 }, 'limit on errors: kept, explains 1 difference'],
    [
      { ...row, kept: 'unknown', threshold: 20, counts: 'syntax errors' },
      'limit on errors: 20 syntax errors',
    ],
    [
      { ...row, kept: 'forgotten', atStarttls: 'restarted', tried: '0/5', threshold: 6, explained: 2 },
      'limit on errors: 6, restarted (kept 0/5), explains 2 differences',
    ],
    [{ ...row, kept: 'unknown', reason: 'no\x1b[2J answer' }, 'limit on errors: no\\x1b[2J answer'],
  ] as const)('%j', (limit, line) => {
    expect(limitLine(limit)).toBe(line);
  });
});
