import { readFileSync } from 'node:fs';
import { XmlDocument, XsdValidator } from 'libxml2-wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { junit } from '../../src/report/junit.ts';
import type { Report, ReportedClaim } from '../../src/report/report.ts';
import { resultsOf } from '../../src/report/results.ts';
import { HOSTILE, hostile, realReport } from './stored.ts';

let login: Report;
let sound: Report;
beforeAll(async () => {
  login = await realReport('reference:keeps-login');
  sound = await realReport('reference');
});

const schema = XmlDocument.fromString(readFileSync(new URL('schemas/junit.xsd', import.meta.url), 'utf8'));
const validator = XsdValidator.fromDoc(schema);

/** Parses, validates against the schema, and gives what an XPath expression says of it. */
function validated(xml: string): (path: string) => unknown {
  const document = XmlDocument.fromString(xml);
  validator.validate(document);
  return path => document.eval(path);
}

describe('JUnit', () => {
  test('a violated claim fails with its transcripts, and the counts say so', () => {
    const of = validated(junit(resultsOf([login, sound])));
    const violated = login.claims.filter(({ verdict }) => verdict === 'violated').length;
    expect(violated).toBeGreaterThan(0);
    expect(of('string(/testsuites/@failures)')).toBe(String(violated));
    expect(of('count(//testcase[failure])')).toBe(violated);
    expect(of('count(//testcase)')).toBe(2 + login.claims.length + sound.claims.length);
    expect(of('string(//failure)')).toContain('fresh connection');
    expect(of('count(//testsuite[@name="reference"]//failure)')).toBe(0);
  });

  test('one defect fails each claim that deviated by it, and what was not looked into does not pass', () => {
    const [finding, ...others] = login.findings;
    if (finding === undefined) throw new Error('nothing found');
    const { also: _, ...alone } = finding;
    const claims = sound.claims.filter(({ id }) => id !== finding.claim);
    const [first, second] = claims as [ReportedClaim, ReportedClaim];
    const of = validated(
      junit(
        resultsOf([
          {
            ...login,
            findings: [{ ...alone, also: [first.id] }, ...others],
            claims: [
              { ...first, judged: 7, verdict: 'violated' },
              { ...second, judged: 7, verdict: 'inconclusive' },
            ],
          },
        ]),
      ),
    );
    expect(of(`string(//testcase[starts-with(@name, "${first.id}")]/failure/@message)`)).toContain(
      finding.fingerprint,
    );
    expect(of(`string(//testcase[starts-with(@name, "${second.id}")]/skipped)`)).toContain('not all');
  });

  test('what nothing put to the test is skipped, and no verdict is an error: neither passes', () => {
    const idle: Report = {
      ...sound,
      verdict: 'inconclusive',
      reason: 'the target went away',
      claims: sound.claims.map(claim => ({ ...claim, judged: 0, verdict: 'inconclusive' })),
    };
    const of = validated(junit(resultsOf([idle])));
    expect(of('count(//testcase[skipped])')).toBe(sound.claims.length);
    expect(of('string(//error/@message)')).toBe('inconclusive: the target went away');
    expect(of('string(/testsuites/@errors)')).toBe('1');
  });

  test.each(HOSTILE)('text is text, whatever it says: %j', text => {
    const xml = junit(resultsOf([hostile(login, text)]));
    const of = validated(xml);
    expect(of('count(//testcase)')).toBe(1 + login.claims.length);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
    expect(xml).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufffe\uffff]/);
  });

  test('much text in every string stays a small file', () => {
    expect(junit(resultsOf([hostile(login, 'A'.repeat(100_000))])).length).toBeLessThan(500_000);
  });
});
