import { beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { sideBySide } from '../../src/report/side-by-side.ts';
import type { Entry, Transcript } from '../../src/transcript.ts';
import { realReport } from './stored.ts';

let violated: Report;
beforeAll(async () => {
  violated = await realReport();
});

const transcript = (...entries: readonly Partial<Entry>[]): Transcript => ({
  nonce: 'zabcdefghij',
  upgrade: 'secure',
  entries: entries.map(entry => ({ at: 0, part: 'before', step: 0, ...entry }) as Entry),
  handlers: [],
  deliveries: [],
  connections: 1,
});
const sent = (part: Entry['part'], bytes: string): Partial<Entry> => ({ kind: 'sent', part, bytes });
const told = (part: Entry['part'], code: number, ...lines: readonly string[]): Partial<Entry> => ({
  kind: 'received',
  part,
  reply: { kind: 'reply', code, lines },
});
const TLS: Partial<Entry> = {
  kind: 'handshake',
  part: 'upgrade',
  result: { kind: 'completed', version: 'TLSv1.3', resumed: false },
};
const LIST = ['mx.example', 'PIPELINING', 'SIZE 1000', 'STARTTLS'];

const used = transcript(
  sent('before', 'EHLO a.example\r\n'),
  told('before', 250, ...LIST),
  sent('upgrade', 'STARTTLS\r\n'),
  told('upgrade', 220, 'go'),
  TLS,
  sent('after', 'MAIL FROM:<b@example>\r\n'),
  told('after', 250, 'ok'),
);
const fresh = transcript(
  sent('upgrade', 'STARTTLS\r\n'),
  told('upgrade', 220, 'go'),
  TLS,
  sent('after', 'MAIL FROM:<c@example>\r\n'),
  told('after', 503, 'EHLO first'),
);

describe('two transcripts', () => {
  test('stand side by side from 100 columns on: what is said in TLS on the same rows, the difference marked', () => {
    expect(sideBySide(used, fresh, 0, 100)).toMatchInlineSnapshot(`
      [
        "     used connection                                  fresh connection",
        "     C: EHLO a.example                                C: STARTTLS",
        "     S: 250-mx.example … 250 STARTTLS (4 lines)       S: 220 go",
        "     C: STARTTLS",
        "     S: 220 go",
        "     -- TLS handshake completed (TLSv1.3)             -- TLS handshake completed (TLSv1.3)",
        "  >> C: MAIL FROM:<b@example>                         C: MAIL FROM:<c@example>",
        "  >> S: 250 ok                                        S: 503 EHLO first",
      ]
    `);
  });

  test('stand one above the other with less', () => {
    const lines = sideBySide(used, fresh, 0, 80);
    expect(lines.filter(line => line.startsWith('  >> '))).toEqual([
      '  >> C: MAIL FROM:<b@example>',
      '  >> S: 250 ok',
      '  >> C: MAIL FROM:<c@example>',
      '  >> S: 503 EHLO first',
    ]);
  });

  test('are marked at the closing QUIT where only that tells', () => {
    const swallowed = transcript(TLS, sent('fence', 'QUIT\r\n'), told('fence', 500, 'what?'));
    expect(sideBySide(swallowed, undefined, 0, 80)).toContain('  >> S: 500 what?');
    const later = transcript(
      ...used.entries.slice(4),
      sent('fence', 'QUIT\r\n'),
      told('fence', 500, 'what?'),
    );
    expect(sideBySide(later, undefined, 1, 80).filter(line => line.startsWith('  >> '))).toEqual([
      '  >> C: QUIT',
      '  >> S: 500 what?',
    ]);
  });

  test('show every line of the reply that makes the difference', () => {
    const list = transcript(TLS, told('after', 250, ...LIST));
    expect(sideBySide(list, undefined, 0, 80)).toContain('  >> S: 250-PIPELINING');
  });

  test('tell a fragment from a line', () => {
    const fragment = transcript(sent('upgrade', 'STARTTLS\r\nNOOP '), TLS);
    expect(sideBySide(fragment, undefined, 0, 80)).toContain('     C: NOOP  (no line end)');
  });

  test('tell a line that ends in a bare LF from one that ends in CRLF', () => {
    const bare = transcript(sent('upgrade', 'STARTTLS\r\nNOOP\nRSET\r\n'), TLS);
    const lines = sideBySide(bare, undefined, 0, 80);
    expect(lines).toContain('     C: NOOP (bare LF)');
    expect(lines).toContain('     C: RSET');
  });

  test('tell of a TLS record how long it is, whole or not, and of the line before it that it has no end', () => {
    const record = `\x16\x03\x01\x01\x05${'\n'.repeat(0x105)}`;
    const rows = (bytes: string) =>
      sideBySide(transcript(sent('upgrade', bytes), TLS), undefined, 0, 80).filter(line =>
        line.includes('C: '),
      );
    expect(rows(`STARTTLS\r\nNOOP ${record}`)).toEqual([
      '     C: STARTTLS',
      '     C: NOOP  (no line end)',
      '     C: (a TLS handshake record: 266 octets)',
    ]);
    expect(rows(record.slice(0, 100))).toEqual(['     C: (a TLS handshake record: 100 of 266 octets)']);
  });

  test('tell what came in plaintext behind the 220 a line at a time', () => {
    const stray = transcript(sent('upgrade', 'STARTTLS\r\n'), {
      kind: 'stray',
      part: 'upgrade',
      bytes: '454 no TLS\r\n500 what?\r\n',
    });
    const lines = sideBySide(stray, undefined, 0, 80);
    expect(lines).toContain('     S: (in plaintext) 454 no TLS');
    expect(lines).toContain('     S: (in plaintext) 500 what?');
  });

  test('show a burst as one row, and lose no part of a long line', () => {
    const burst = transcript(sent('upgrade', `STARTTLS\r\n${'NOOP\r\n'.repeat(900)}`), TLS);
    expect(sideBySide(burst, fresh, 0, 100).join('\n')).toContain('C: NOOP (900 times)');
    const long = transcript(TLS, sent('after', `MAIL FROM:<${'x'.repeat(150)}@end.example>\r\n`));
    const [, , ...rows] = sideBySide(long, undefined, 0, 60);
    expect(rows.map(row => row.slice(5).replace(/^ {3}/, '')).join('')).toContain(
      `${'x'.repeat(150)}@end.example>`,
    );
  });

  test('keep to the width', () => {
    const finding = violated.findings[0];
    const { used, fresh } = finding?.transcripts ?? {};
    if (used === undefined || finding === undefined) throw new Error('nothing found');
    for (const width of [60, 99, 100, 120, 200])
      for (const line of sideBySide(used, fresh, finding.difference.at, width))
        expect(line.length).toBeLessThanOrEqual(width);
  });
});
