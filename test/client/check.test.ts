import { describe, expect, test } from 'vitest';
import { CLIENT_CLAIMS } from '../../properties/client/index.ts';
import { checkClient } from '../../src/client/check.ts';
import { clientNamed } from '../../src/client/known.ts';
import type { Client } from '../../src/client/launch.ts';
import type { Report } from '../../src/report/report.ts';
import { authority, caFile } from './authority.ts';

const checked = (client: Client, scenarios: number, stopOnFirst = false): Promise<Report> =>
  checkClient(
    { client, authority, caFile, tls: 'required', limit: 5_000 },
    { seed: 1, jobs: 8, claims: CLIENT_CLAIMS, wanted: [], scenarios, stopOnFirst, silence: false },
  );

describe('check-client', () => {
  test('nodemailer 9.0.1 is answered by a fragment that was glued to the 220', async () => {
    const report = await checked(clientNamed('nodemailer@9.0.1'), 1_000, true);
    expect(report.findings[0]).toMatchObject({
      claim: 'client-injected',
      fingerprint: 'answered with a fragment glued to the 220',
      level: 'must',
      minimal: true,
    });
  });

  test('the newest nodemailer holds', async () => {
    const report = await checked(clientNamed('nodemailer'), 300);
    expect(report.findings).toEqual([]);
    expect(report.verdict).toBe('holds');
  });
});
