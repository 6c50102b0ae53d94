/** Reports and findings for tests: as small as they can be, all said. */

import { unperformed } from '../../src/campaign/unit.ts';
import type { Report, ReportedFinding } from '../../src/report/report.ts';
import { newUnit } from './units.ts';

/** A report of a unit that played ten scenarios and found these. */
export function report(findings: readonly ReportedFinding[] = [], more: Partial<Report> = {}): Report {
  const empty = unperformed(newUnit('t.explore.0'), 'none');
  const { reason: _, ...rest } = empty;
  return {
    ...rest,
    startedAt: '2026-11-24T02:17:00.000Z',
    notes: [],
    verdict: findings.length > 0 ? 'violated' : 'holds',
    findings,
    stats: { ...rest.stats, scenarios: 10, judged: 8, connections: 12, seconds: 2 },
    grounds: { alive: true, supported: true, recipientKnown: false, transactions: 0, wanted: [] },
    ...more,
  };
}

export function finding(fingerprint: string, more: Partial<ReportedFinding> = {}): ReportedFinding {
  return {
    id: fingerprint,
    claim: 'fresh-connection',
    requirement: 'rfc3207-4.2-server-discards',
    level: 'must',
    summary: `it ${fingerprint}`,
    fingerprint,
    confirmed: '5/5',
    minimal: true,
    scenario: { before: [], upgrade: { handshake: { kind: 'sound', version: '1.3' } }, after: [] },
    steps: 3,
    difference: { at: 0, used: '250', fresh: '503' },
    transcripts: {
      used: { nonce: 'zn', upgrade: 'secure', entries: [], handlers: [], deliveries: [], connections: 1 },
    },
    baseline: 'starttls-first',
    signature: `${fingerprint} shows`,
    proof: 'pair',
    sightings: 1,
    ...more,
  };
}
