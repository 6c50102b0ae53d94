/** What a check makes of limits, by the policy that it is given. */

import { describe, expect, test } from 'vitest';
import { CLAIMS } from '../../properties/index.ts';
import { check } from '../../src/check.ts';
import type { Claim } from '../../src/claim.ts';
import { LIMIT_NAMES } from '../../src/limits/names.ts';
import { type Policy, PRESETS } from '../../src/policy.ts';
import type { Report } from '../../src/report/report.ts';
import { SOUND } from '../../src/targets/reference/behaviour.ts';
import { IMPOSTORS } from '../../src/targets/reference/limits.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';
import { targetOf } from '../../src/targets/registry.ts';
import type { RunningTarget } from '../../src/targets/target.ts';

async function checked(
  name: string,
  policy: Policy,
  scenarios: number,
  claims: readonly Claim[] = CLAIMS,
): Promise<Report> {
  const target = await targetOf(name).start();
  try {
    return await check(target, {
      name,
      policy,
      scenarios,
      seed: 1,
      jobs: 8,
      claims,
      wanted: [],
      stopOnFirst: true,
    });
  } finally {
    await target.stop();
  }
}

const fingerprints = ({ findings }: Report): readonly string[] =>
  findings.map(({ fingerprint }) => fingerprint);

describe.each(LIMIT_NAMES)('a limit on %s', limit => {
  const must: Policy = { ...PRESETS.practice, [limit]: 'must' };
  const never: Policy = { ...PRESETS.practice, [limit]: 'never' };

  test('that is kept is no finding where it may stay, or must', async () => {
    for (const policy of [PRESETS.practice, must]) {
      const report = await checked(`reference:limit-${limit}-kept`, policy, 100);
      expect(fingerprints(report)).toEqual([]);
      expect(report.verdict).toBe('holds');
    }
  });

  test('that is kept is a finding where it must not stay', async () => {
    const report = await checked(`reference:limit-${limit}-kept`, never, 1);
    expect(fingerprints(report)).toEqual([`limit kept: ${limit}`]);
  });

  test.each(['restarted', 'forgotten'])('that is %s is a free pass, and nothing else', async fate => {
    const report = await checked(`reference:limit-${limit}-${fate}`, must, 1);
    expect(fingerprints(report)).toEqual([`limit forgotten: ${limit}`]);
    expect(report.findings[0]?.confirmed).toBe('10/10');
    const letter = await checked(`reference:limit-${limit}-${fate}`, never, 100);
    expect(fingerprints(letter)).toEqual([]);
  });
});

test('a limit that must not stay is refused on the used run, whether a pair is judged or not', async () => {
  const never: Policy = { ...PRESETS.practice, errors: 'never' };
  const { findings } = await checked('reference:limit-errors-kept', never, 1, []);
  expect(findings).toMatchObject([
    { claim: 'limits', requirement: 'rfc3207-4.2-server-discards', difference: { fresh: 'served' } },
  ]);
  expect(findings[0]?.difference.used).toMatch(/^421 /);
});

test.each(IMPOSTORS.map(({ name }) => name))('%s is found in practice', async name => {
  const report = await checked(`reference:${name}`, PRESETS.practice, 20_000);
  expect(report.verdict).toBe('violated');
  expect(report.limits).toEqual([]);
});

test('a search stays below the limits, so that it hardly meets them', async () => {
  const report = await checked('reference:limit-transactions-kept', PRESETS.practice, 1_000);
  const [row] = report.limits;
  expect(row).toMatchObject({ limit: 'transactions', threshold: 5 });
  expect(row?.explained).toBeLessThan(10);
});

test('a difference that a limit explains is reported with three runs', async () => {
  const target = await targetOf('reference:limit-unknown-kept').start();
  const unknown = { kind: 'line', text: 'XAFRESH' } as const;
  const report = await check(target, {
    name: 'reference',
    examples: [
      {
        before: [unknown, unknown, unknown],
        upgrade: { handshake: { kind: 'sound', version: '1.3' } },
        after: [unknown, unknown, unknown],
      },
    ],
    scenarios: 1,
    seed: 1,
    jobs: 1,
    claims: CLAIMS,
    wanted: [],
  });
  expect(report.findings).toEqual([]);
  const row = report.limits.find(({ limit }) => limit === 'unknown');
  expect(row).toMatchObject({ kept: 'kept', explained: 1, threshold: 5 });
  expect(Object.keys(row?.example?.transcripts ?? {})).toEqual(['used', 'fresh', 'transplanted']);
});

describe('what a proxy said', () => {
  test('must not outlive STARTTLS', async () => {
    const report = await checked('reference:keeps-proxy', PRESETS.practice, 3_000);
    expect(fingerprints(report)).toEqual(['keeps proxy']);
  });

  test('may, where the proxy in front is trusted', async () => {
    const report = await checked('reference:keeps-proxy', { ...PRESETS.practice, proxy: 'may' }, 100);
    expect(fingerprints(report)).toEqual([]);
    expect(report.limits.find(({ limit }) => limit === 'proxy')?.explained).toBeGreaterThan(0);
  });
});

describe('a limit across connections', () => {
  test.each([
    ['across-connections', '421 4.7.0 Too many connections'],
    ['across-transactions', '450 4.7.0 Too much mail from your address'],
  ])('that stays closed ends the search, which holds nothing: %s', async (name, refusal) => {
    const report = await checked(`reference:${name}`, PRESETS.practice, 20_000);
    expect(report.verdict).toBe('inconclusive');
    expect(report.reason).toContain(refusal);
    expect(report.notes.some(({ kind, text }) => kind === 'cross-connection' && text.includes(refusal))).toBe(
      true,
    );
    expect(report.findings).toEqual([]);
  });

  test('that opens again is waited for, and told', async () => {
    const target = rateLimited(300, 10_000);
    const report = await check(target, {
      name: 'reference',
      scenarios: 300,
      seed: 1,
      jobs: 8,
      claims: CLAIMS,
      wanted: [],
    });
    expect(report.verdict).toBe('holds');
    expect(report.stats.scenarios).toBe(300);
    expect(report.notes.some(({ kind }) => kind === 'cross-connection')).toBe(true);
  });
});

/** So many transactions in so many milliseconds, for all connections together. */
function rateLimited(most: number, milliseconds: number): RunningTarget {
  let since = 0;
  let count = 0;
  const target = referenceInMemory({
    behaviour: {
      ...SOUND,
      judge: (event, _argument, { session }) => {
        if (event !== 'mail' || session.greeting === undefined) return 'sound';
        if (target.driver.now() - since > milliseconds) {
          since = target.driver.now();
          count = 0;
        }
        count++;
        return count > most ? { code: 450, lines: ['Too much mail from your address'] } : 'sound';
      },
    },
  });
  return target;
}

test('a time in fractions of a millisecond, and a short one, are no obstacle', async () => {
  const target = await targetOf('reference:limit-errors-restarted').start();
  const policy: Policy = { ...PRESETS.practice, errors: 'must' };
  const options = {
    name: 'reference',
    policy,
    seed: 1,
    jobs: 8,
    claims: CLAIMS,
    wanted: [],
    stopOnFirst: true,
  };
  const report = await check(target, { ...options, time: 5_000.123_4 });
  expect(fingerprints(report)).toEqual(['limit forgotten: errors']);
});
