import { describe, expect, test } from 'vitest';
import { CLIENT_CLAIMS } from '../../properties/client/index.ts';
import { checkClient } from '../../src/client/check.ts';
import { clientNamed } from '../../src/client/known.ts';
import type { TlsWish } from '../../src/client/launch.ts';
import { VARIANTS } from '../../src/client/reference/behaviour.ts';
import type { Report } from '../../src/report/report.ts';
import { authority, caFile } from './authority.ts';

const checked = (name: string, tls: TlsWish, scenarios: number, stopOnFirst: boolean): Promise<Report> =>
  checkClient(
    {
      client: clientNamed(name === 'sound' ? 'reference' : `reference:${name}`),
      authority,
      caFile,
      tls,
      // A machine that is busy is no client that hangs.
      limit: name === 'never-ends' ? 3_000 : 10_000,
    },
    { seed: 1, jobs: 8, claims: CLIENT_CLAIMS, wanted: [], scenarios, stopOnFirst, silence: false },
  );

const names = (faulty: boolean): readonly string[] =>
  VARIANTS.filter(variant => variant.faulty === faulty).map(({ name }) => name);

describe('the reference client', () => {
  test.each(names(true))('with the planted fault "%s" is found out', async name => {
    const report = await checked(name, 'required', 2_000, true);
    expect(report.verdict).toBe('violated');
    expect(report.findings[0]).toMatchObject({ minimal: true });
    expect(report.findings[0]?.steps).toBeLessThanOrEqual(3);
  });

  test.each(names(false))('in the sound variant "%s" is not accused', async name => {
    const report = await checked(name, 'required', 150, false);
    expect(report.findings).toEqual([]);
    expect(report.verdict).toBe('holds');
  });

  test('falls back to plaintext without a login where TLS was only wished for, and is not accused', async () => {
    const report = await checked('sound', 'opportunistic', 150, false);
    expect(report.findings).toEqual([]);
    expect(report.verdict).toBe('holds');
  });
});
