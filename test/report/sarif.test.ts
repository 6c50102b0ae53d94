import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import type { Log, Run } from 'sarif';
import { beforeAll, describe, expect, test } from 'vitest';
import { ALL_CLAIMS } from '../../properties/index.ts';
import type { Report } from '../../src/report/report.ts';
import { resultsOf } from '../../src/report/results.ts';
import { sarif } from '../../src/report/sarif.ts';
import { HOSTILE, hostile, realReport } from './stored.ts';

let login: Report;
let sound: Report;
beforeAll(async () => {
  login = await realReport('reference:keeps-login');
  sound = await realReport('reference');
});

const ajv = new Ajv({ strict: false, unicodeRegExp: false });
formats.default(ajv);
// The schema is of draft 4, where `$id` was `id`; nothing else in it has changed since.
const {
  $schema: _,
  id: __,
  ...schema
} = JSON.parse(readFileSync(new URL('schemas/sarif-2.1.0.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>;
const validate = ajv.compile(schema);

/** The one run of a log that is valid. */
function validated(text: string): Run {
  const log = JSON.parse(text) as Log;
  validate(log);
  expect(validate.errors).toBeNull();
  expect(log.runs).toHaveLength(1);
  return log.runs[0] as Run;
}

describe('SARIF', () => {
  test('has a rule for every claim, with the sentence of the RFC as help', () => {
    const { rules = [] } = validated(sarif(resultsOf([sound]))).tool.driver;
    expect(rules.map(({ id }) => id).sort()).toEqual(ALL_CLAIMS.map(({ id }) => id).sort());
    for (const rule of rules)
      expect(rule.help?.text).toMatch(
        /"[^"]+" \((?:(?:Proposed|Discussion of an) erratum to )?RFC \d+(?:, section [\d.]+| on ietf-smtp)/,
      );
  });

  test('has a result for every finding, and both runs as thread flows', () => {
    const { results = [], tool } = validated(sarif(resultsOf([login, sound])));
    expect(results).toHaveLength(login.findings.length);
    for (const result of results) {
      expect(tool.driver.rules?.[result.ruleIndex ?? -1]?.id).toBe(result.ruleId);
      const flows = result.codeFlows?.[0]?.threadFlows ?? [];
      expect(flows.map(({ id }) => id)).toEqual(['used connection', 'fresh connection']);
      const essential = flows.map(({ locations }) => locations.filter(one => one.importance === 'essential'));
      expect(essential.every(one => one.length > 0)).toBe(true);
    }
  });

  test('a finding has the same fingerprint in every run, and another on another target', () => {
    const prints = (report: Report) =>
      validated(sarif(resultsOf([report]))).results?.map(({ partialFingerprints }) => partialFingerprints);
    const again = { ...login, startedAt: '2026-01-01T00:00:00Z', seed: 7 };
    expect(prints(again)).toEqual(prints(login));
    expect(prints({ ...login, target: { ...login.target, name: 'other' } })).not.toEqual(prints(login));
  });

  test('stays within the limits of code scanning, however much was found', () => {
    const [finding] = login.findings;
    if (finding === undefined) throw new Error('nothing found');
    const [entry] = finding.transcripts.used.entries;
    if (entry === undefined) throw new Error('nothing said');
    const long = { ...finding.transcripts.used, entries: Array.from({ length: 3_000 }, () => entry) };
    const findings = Array.from({ length: 6_000 }, (_, index) => ({
      ...finding,
      fingerprint: `number ${index}`,
      transcripts: index < 3 ? { used: long, fresh: long } : finding.transcripts,
    }));
    const { results = [] } = validated(sarif(resultsOf([{ ...login, findings }])));
    expect(results).toHaveLength(5_000);
    const locations = results.map(
      ({ codeFlows = [] }) =>
        codeFlows.flatMap(flow => flow.threadFlows.flatMap(one => one.locations)).length,
    );
    expect(Math.max(...locations)).toBeLessThanOrEqual(1_000);
  });

  test('a run in which nothing was said has no empty flow', () => {
    const silent = login.findings.map(finding => ({
      ...finding,
      transcripts: { used: { ...finding.transcripts.used, entries: [] } },
    }));
    const { results = [] } = validated(sarif(resultsOf([{ ...login, findings: silent }])));
    expect(results[0]?.codeFlows).toBeUndefined();
  });

  test.each([...HOSTILE, 'A'.repeat(100_000)])('text is text, whatever it says: %.40j', text => {
    const written = sarif(resultsOf([hostile(login, text)]));
    const { results = [] } = validated(written);
    expect(results).toHaveLength(login.findings.length);
    expect(written.length).toBeLessThan(1_000_000);
    expect(written).not.toMatch(/[^\n\x20-\x7e]/);
  });
});
