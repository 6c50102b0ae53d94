import { beforeAll, describe, expect, test } from 'vitest';
import { entryOf } from '../../src/corpus.ts';
import { type Filed, matrix, unknownFindings } from '../../src/report/matrix.ts';
import type { Report } from '../../src/report/report.ts';
import { resultsOf } from '../../src/report/results.ts';
import { HOSTILE, hostile, realReport } from './stored.ts';

let report: Report;
let known: Filed;
beforeAll(async () => {
  report = await realReport();
  const [found] = report.findings;
  if (found === undefined) throw new Error('the stored result has no finding');
  known = {
    file: '../corpus/one.json',
    entry: {
      ...entryOf({ target: report.target.name }, found),
      configuration: 'AUTH in plaintext allowed',
      judged: 'Both transcripts were read.',
    },
  };
  report = { ...report, findings: [found] };
});

describe('a finding is known', () => {
  const found = () => report.findings[0] as Report['findings'][number];

  test('if the corpus holds it for the target', () => {
    expect(unknownFindings(report, [known])).toEqual([]);
  });

  test('not if the corpus does not hold it, or for another target only', () => {
    const line = expect.stringMatching(`^${known.entry.fingerprint}: `);
    expect(unknownFindings(report, [])).toEqual([line]);
    const other = { ...known, entry: { ...known.entry, target: 'another' } };
    expect(unknownFindings(report, [other])).toEqual([line]);
  });

  test('in another shape of the same claim, or under its name in another claim', () => {
    const changed = (change: Partial<Report['findings'][number]>): Report => ({
      ...report,
      findings: [{ ...found(), ...change }],
    });
    expect(unknownFindings(changed({ fingerprint: 'another name' }), [known])).toEqual([]);
    expect(unknownFindings(changed({ claim: 'another-claim' }), [known])).toEqual([]);
    const other = { fingerprint: 'another name', claim: 'another-claim' };
    expect(unknownFindings(changed(other), [known])).toEqual([expect.stringMatching('^another name: ')]);
  });
});

describe('the matrix', () => {
  test('has a row for each target and a cell for each claim, and tells how each finding was judged', () => {
    const text = matrix(resultsOf([report]), [known]);
    const violated = report.claims.findIndex(({ verdict }) => verdict === 'violated');
    const row = text.split('\n').find(line => line.startsWith('| reference\\:keeps-login '));
    const cells = row?.split('|').map(cell => cell.trim());
    expect(cells).toHaveLength(report.claims.length + 6);
    expect(cells?.[3 + violated]).toBe('**violated**');
    expect(text).toContain(`[${known.entry.fingerprint}](../corpus/one.json)`);
    expect(text).toContain('Configuration: AUTH in plaintext allowed.');
    expect(text).toContain('Both transcripts were read.');
  });

  test('says violated of a claim against which a finding is kept, whatever this run saw', () => {
    const clean = {
      ...report,
      claims: report.claims.map(claim => ({ ...claim, verdict: 'holds' as const })),
    };
    expect(matrix(resultsOf([clean]), [known])).toContain('**violated**');
    expect(matrix(resultsOf([clean]), [])).not.toContain('**violated**');
  });

  test.for(HOSTILE)('shows nothing of a hostile target as it is: %j', text => {
    const page = matrix(resultsOf([hostile(report, text)]), []);
    expect(page).not.toContain(text);
    expect(page).not.toMatch(/[^\n\x20-\x7e–]|(?<!\\)[<[@`]/);
    // Nothing of it begins a line: a row begins with a bar, a section with its own mark.
    for (const line of page.split('\n').filter(Boolean))
      expect(line).toMatch(/^(?:\| |## reference\\:|Version: )/);
  });
});
