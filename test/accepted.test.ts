import { describe, expect, test } from 'vitest';
import { CLAIMS } from '../properties/index.ts';
import { telling } from '../src/accepted.ts';
import { check } from '../src/check.ts';
import type { Finding } from '../src/investigate/finding.ts';
import { targetOf } from '../src/targets/registry.ts';
import type { KnownDeviation } from '../src/targets/target.ts';

async function checked(name: string, knownDeviations: readonly KnownDeviation[], stopOnFirst = false) {
  const target = { ...(await targetOf(name).start()), knownDeviations };
  const found: string[] = [];
  const report = await check(target, {
    name,
    seed: 1,
    jobs: 8,
    claims: CLAIMS,
    wanted: [],
    scenarios: 1_500,
    stopOnFirst,
    onFinding: ({ fingerprint }) => {
      found.push(fingerprint);
      return undefined;
    },
  });
  return { report, found };
}

const LOGIN = { fingerprint: 'keeps login', reason: 'the proxy in front vouches for it' };

describe('what is told as it comes', () => {
  const finding = (fingerprint: string, withdraws?: string) =>
    ({ fingerprint, ...(withdraws === undefined ? {} : { withdraws }) }) as Finding;
  const told = (...findings: readonly Finding[]): readonly (string | undefined)[][] => {
    const seen: (string | undefined)[][] = [];
    const tell = telling([LOGIN], (_finding, news) => seen.push([news.fingerprint, news.withdraws]));
    findings.forEach(tell);
    return seen;
  };

  test('is what is not accepted', () => {
    expect(told(finding('keeps greeting'), finding('keeps login'))).toEqual([['keeps greeting', undefined]]);
  });

  test('is taken back where it turns out to be what is accepted', () => {
    expect(told(finding('rough'), finding('keeps login', 'rough'))).toEqual([
      ['rough', undefined],
      ['rough', 'rough'],
    ]);
    expect(told(finding('keeps login', 'never told'))).toEqual([]);
  });
});

describe('a known deviation', () => {
  test('is a note with its reason, and no finding', async () => {
    const { report, found } = await checked('reference:keeps-login', [LOGIN], true);
    expect(report.findings).toEqual([]);
    expect(found).toEqual([]);
    expect(report.verdict).toBe('holds');
    expect(report.notes).toContainEqual({
      kind: 'known',
      text: expect.stringMatching(/^keeps login: .*; accepted: the proxy in front vouches for it$/),
    });
  });

  test('hides nothing else', async () => {
    const { report } = await checked('reference:keeps-greeting', [LOGIN], true);
    expect(report.findings.map(({ fingerprint }) => fingerprint)).toEqual(['keeps greeting']);
    expect(report.verdict).toBe('violated');
  });

  test('that is not found any more is no pass', async () => {
    const { report } = await checked('reference', [LOGIN]);
    expect(report.verdict).toBe('inconclusive');
    expect(report.reason).toMatch(/^the known deviation "keeps login" was not found/);
  });
});
