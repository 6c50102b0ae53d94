import { describe, expect, test } from 'vitest';
import { limitLine, reportedLimit } from '../../src/report/limits.ts';
import { BARE } from '../../src/scenario.ts';
import type { Transcript } from '../../src/transcript.ts';

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

test('what a server says without end about a limit is no more in a report than anybody reads', () => {
  const said = 'x'.repeat(1_000);
  const transcript: Transcript = {
    nonce: '',
    upgrade: 'secure',
    entries: Array.from({ length: 2_000 }, (_, step) => ({
      kind: 'received',
      at: step,
      part: 'after',
      step,
      reply: { kind: 'reply', code: 250, lines: [said] },
    })),
    handlers: [],
    deliveries: [],
    connections: 1,
  };
  const scenario = { before: [], upgrade: BARE, after: [] };
  const runs = { used: transcript, fresh: transcript, transplanted: transcript };
  const { example, ...row } = reportedLimit(
    {
      limit: 'errors',
      kept: 'kept',
      explained: 0,
      refusal: '421 a long password',
      example: { scenario, summary: 'x', at: 0, lead: 0, transcripts: runs },
    },
    { user: 'tester', password: 'a long password' },
  );
  expect(row.refusal).toBe('421 (password)');
  for (const { entries } of Object.values(example?.transcripts ?? {})) {
    expect(entries.length).toBeLessThan(300);
    expect(entries).toContainEqual(
      expect.objectContaining({
        kind: 'event',
        text: expect.stringMatching(/more, left out of the report$/),
      }),
    );
    expect(entries.at(-1)).toMatchObject({ step: 1_999 });
  }
});
