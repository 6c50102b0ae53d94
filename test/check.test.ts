import { describe, expect, test } from 'vitest';
import { CLAIMS } from '../properties/index.ts';
import { check } from '../src/check.ts';
import { SOUND } from '../src/targets/reference/behaviour.ts';
import { KEPT_FIELDS } from '../src/targets/reference/faults/kept.ts';
import { referenceInMemory } from '../src/targets/reference/target.ts';
import { targetOf } from '../src/targets/registry.ts';

async function checked(name: string, scenarios: number, seed = 1) {
  const target = await targetOf(name, {}).start();
  return check(target, { name, seed, jobs: 8, claims: CLAIMS, wanted: [], scenarios, stopOnFirst: true });
}

describe('check', () => {
  test('the sound reference server holds, and every claim was put to the test', async () => {
    const report = await checked('reference', 5_000);
    expect(report.findings).toEqual([]);
    expect(report.verdict).toBe('holds');
    expect(report.claims.filter(({ judged }) => judged === 0)).toEqual([]);
    expect(report.stats.connectionsPerScenario).toBeLessThan(1.3);
  });

  test.each(KEPT_FIELDS)('the planted fault "keeps %s" is found', async field => {
    const report = await checked(`reference:keeps-${field}`, 3_000);
    expect(report.verdict).toBe('violated');
    expect(report.findings[0]?.minimal).toBe(true);
    expect(report.findings[0]?.steps).toBeLessThanOrEqual(6);
  });

  test('a server that speaks LMTP is put to the same test', async () => {
    const report = await checked('reference:sound-lmtp', 300);
    expect(report.verdict).toBe('holds');
    expect(report.claims.filter(({ judged }) => judged === 0)).toEqual([]);
    const keeping = { ...SOUND, flipped: () => new Set(['sender'] as const) };
    const target = referenceInMemory({ lmtp: true, behaviour: keeping });
    const options = { name: 'lmtp', seed: 1, jobs: 8, claims: CLAIMS, wanted: [], scenarios: 100 };
    const [finding] = (await check(target, options)).findings;
    expect([finding?.fingerprint, finding?.steps]).toEqual(['keeps sender', 4]);
  });

  test('same seed, same scenarios, same finding', async () => {
    const [one, other] = [
      await checked('reference:keeps-greeting', 500, 7),
      await checked('reference:keeps-greeting', 500, 7),
    ];
    expect(one.findings.map(({ scenario }) => scenario)).toEqual(
      other.findings.map(({ scenario }) => scenario),
    );
  });

  test('smtp-server 3.19.2: each defect is one finding, as short as it goes, over real TCP and TLS', async () => {
    const target = await targetOf('smtp-server@3.19.2', {}).start();
    try {
      const report = await check(target, {
        name: 'smtp-server',
        seed: 1,
        jobs: 8,
        claims: CLAIMS,
        wanted: [],
        scenarios: 40,
      });
      const steps = new Map(report.findings.map(finding => [finding.fingerprint, finding.steps]));
      expect(steps.get('keeps greeting')).toBe(3);
      expect(steps.get('keeps sender')).toBe(4);
      expect(steps.get('no-plaintext-carryover: glued fragment')).toBeLessThanOrEqual(2);
      expect(new Set(steps.keys()).size).toBe(report.findings.length);
    } finally {
      await target.stop();
    }
  }, 240_000);
});
