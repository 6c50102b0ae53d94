import { beforeAll, describe, expect, test } from 'vitest';
import { annotations, jobSummary } from '../../src/report/github.ts';
import type { Report } from '../../src/report/report.ts';
import { resultsOf } from '../../src/report/results.ts';
import { HOSTILE, hostile, realReport } from './stored.ts';

let login: Report;
beforeAll(async () => {
  login = await realReport();
});

const many = (count: number): Report => ({
  ...login,
  findings: Array.from({ length: count }, (_, index) => ({
    ...(login.findings[0] as Report['findings'][number]),
    fingerprint: `number ${index}`,
  })),
});

describe('GitHub annotations', () => {
  test('one a finding; of more than ten the last says how many more', () => {
    expect(
      annotations(resultsOf([many(2)]))
        .trim()
        .split('\n'),
    ).toHaveLength(2);
    const lines = annotations(resultsOf([many(25)]))
      .trim()
      .split('\n');
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toBe('::notice title=afresh::16 more');
  });

  test('a search without a verdict is a warning', () => {
    const idle: Report = { ...login, findings: [], verdict: 'inconclusive', reason: '50%: gone' };
    expect(annotations(resultsOf([idle]))).toBe(
      '::warning title=afresh%3A reference%3Akeeps-login::inconclusive: 50%25: gone\n',
    );
  });

  test.each(HOSTILE)('a target cannot add a command of its own: %j', text => {
    const lines = annotations(resultsOf([hostile(login, text)]))
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(login.findings.length);
    for (const line of lines) expect(line).toMatch(/^::(?:error|warning) title=[^:,]*::[ -~]*…?[ -~]*$/);
  });
});

describe('the GitHub job summary', () => {
  test('names targets, verdicts and findings, with both transcripts', () => {
    const summary = jobSummary(resultsOf([login]));
    expect(summary).toContain('| reference\\:keeps\\-login |');
    expect(summary).toContain('**violated**');
    expect(summary).toContain('\nfresh connection\n');
  });

  test('stays below what GitHub takes', () => {
    const summary = jobSummary(resultsOf([many(3_000)]));
    expect(summary.length).toBeLessThan(1_048_576);
    expect(summary).toMatch(/\d+ more findings\.\n$/);
  });

  test.each(HOSTILE)('nothing that a target says is Markdown or HTML: %j', text => {
    const summary = jobSummary(resultsOf([hostile(login, text)]));
    const outside = summary.replace(/^(`{3,})text\n[\s\S]*?^\1$/gm, '');
    const own = outside.replaceAll(/<\/?(?:details|summary)>/g, '');
    // Of what is left, only escaped signs and the table's own.
    expect(own.replaceAll(/\\[!-/:-@[-`{-~]/g, '')).not.toMatch(/[<>[\]`@]/);
    expect(outside.split('\n').filter(line => line.startsWith('|'))).toHaveLength(3);
  });
});
