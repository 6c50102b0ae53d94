import { describe, expect, test } from 'vitest';
import { CLAIMS } from '../properties/index.ts';
import { check } from '../src/check.ts';
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
