import { expect, test } from 'vitest';
import type { Examination } from '../../src/experiment.ts';
import type { Finding } from '../../src/investigate/finding.ts';
import { newLedger } from '../../src/investigate/ledger.ts';

const examination = () => ({}) as Examination;
const finding = (fingerprint: string, signature: string) =>
  ({
    fingerprint,
    deviation: { claim: 'fresh-connection', signature, summary: `${signature} shows` },
  }) as Finding;

test('a finding is told once, and what is taken for it by its name alone is noted', () => {
  const told: string[] = [];
  const ledger = newLedger(({ fingerprint }) => told.push(fingerprint));
  expect(ledger.record(finding('starttls > mail', 'mail code 250/503'), examination())).toBe(true);
  expect(ledger.record(finding('starttls > mail', 'mail code 250/503'), examination())).toBe(false);
  expect(ledger.notes).toEqual([]);
  expect(ledger.record(finding('starttls > mail', 'auth code 235/503'), examination())).toBe(false);
  expect(told).toEqual(['starttls > mail']);
  expect(ledger.sightings.count('starttls > mail')).toBe(3);
  expect(ledger.notes).toEqual([
    { kind: 'skipped', text: 'taken for starttls > mail, by its name: auth code 235/503 shows' },
  ]);
});

test('what is left alone may be anything until there is a finding, of which it may be a consequence then', () => {
  const ledger = newLedger(() => {});
  const { deviation } = finding('', 'mail code 250/503');
  ledger.leave(examination(), [deviation]);
  expect(ledger.late).toBe(1);
  expect(ledger.notes).toEqual([]);
  ledger.record(finding('keeps greeting', 'mail code 250/503'), examination());
  ledger.leave(examination(), [deviation]);
  expect(ledger.late).toBe(1);
  expect(ledger.notes).toHaveLength(1);
  expect([...ledger.unread]).toEqual(['fresh-connection']);
});

test('a finding that is known and accepted explains nothing that nobody looked into', () => {
  const ledger = newLedger(
    () => {},
    ({ fingerprint }) => fingerprint !== 'keeps proxy',
  );
  ledger.record(finding('keeps proxy', 'mail code 250/503'), examination());
  ledger.leave(examination(), [finding('', 'auth code 235/503').deviation]);
  expect(ledger.late).toBe(1);
});

test('a rough finding that turns out to be another is withdrawn, and its sightings are those of the other', () => {
  const told: [string, string | undefined][] = [];
  const ledger = newLedger(({ fingerprint, withdraws }) => told.push([fingerprint, withdraws]));
  const rough = finding('starttls > mail', 'mail code 250/503');
  ledger.record(finding('keeps greeting', 'mail code 250/503'), examination());
  ledger.record(rough, examination());
  ledger.record(rough, examination());
  ledger.replace(rough, { kind: 'known', fingerprint: 'keeps greeting' });
  expect(ledger.findings.map(({ fingerprint }) => fingerprint)).toEqual(['keeps greeting']);
  expect(told.at(-1)).toEqual(['keeps greeting', 'starttls > mail']);
  expect(ledger.sightings.count('keeps greeting')).toBe(2);
});
