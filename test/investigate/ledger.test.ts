import { expect, test } from 'vitest';
import type { Examination } from '../../src/experiment.ts';
import type { Finding } from '../../src/investigate/finding.ts';
import { newLedger } from '../../src/investigate/ledger.ts';

const examination = () => ({}) as Examination;
const finding = (fingerprint: string, signature: string, kept: Finding['kept'] = []) =>
  ({
    fingerprint,
    kept,
    deviation: { claim: 'fresh-connection', signature, summary: `${signature} shows` },
  }) as Partial<Finding> as Finding;

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
  const seen = finding('starttls > mail', 'mail code 250/503');
  ledger.record(seen, examination());
  ledger.record(seen, examination());
  ledger.record(finding('keeps greeting', 'mail code 250/503'), examination());
  const [rough] = ledger.findings as readonly [Finding];
  ledger.replace(rough, { kind: 'known', fingerprint: 'keeps greeting' });
  expect(ledger.findings.map(({ fingerprint }) => fingerprint)).toEqual(['keeps greeting']);
  expect(told.at(-1)).toEqual(['keeps greeting', 'starttls > mail']);
  expect(ledger.sightings.count('keeps greeting')).toBe(2);
});

test('a rough finding that was made small keeps its place, and is told with the name that is withdrawn, if it is', () => {
  const told: [string, string | undefined][] = [];
  const ledger = newLedger(({ fingerprint, withdraws }) => told.push([fingerprint, withdraws]));
  for (const name of ['starttls > mail', 'starttls > rcpt', 'keeps login'])
    ledger.record(finding(name, name), examination());
  const [one, two] = ledger.findings as readonly [Finding, Finding];
  ledger.replace(one, { kind: 'small', finding: finding('keeps greeting', 'mail code 250/503') });
  ledger.replace(two, { kind: 'small', finding: finding('starttls > rcpt', 'rcpt code 250/503') });
  expect(told.slice(3)).toEqual([
    ['keeps greeting', 'starttls > mail'],
    ['starttls > rcpt', undefined],
  ]);
  expect(ledger.findings.map(({ fingerprint }) => fingerprint)).toEqual([
    'keeps greeting',
    'starttls > rcpt',
    'keeps login',
  ]);
  expect(['keeps greeting', 'starttls > mail'].map(ledger.sightings.count)).toEqual([1, 0]);
});

test('a rough finding that comes to nothing is withdrawn, and what showed it is explained from then on', () => {
  const told: [string, string | undefined][] = [];
  const ledger = newLedger(({ fingerprint, withdraws }) => told.push([fingerprint, withdraws]));
  ledger.record(finding('starttls > mail', 'mail code 421/250'), examination());
  ledger.record(finding('keeps login', 'auth code 503/235'), examination());
  const [rough] = ledger.findings as readonly [Finding];
  const outcome = { kind: 'cross-connection', text: 'known across connections' } as const;
  ledger.replace(rough, { kind: 'refuted', outcome });
  expect(told.at(-1)).toEqual(['starttls > mail', 'starttls > mail']);
  expect(ledger.findings.map(({ fingerprint }) => fingerprint)).toEqual(['keeps login']);
  expect(ledger.explained.covers(rough.deviation)).toBe(true);
  expect(ledger.notes).toEqual([outcome]);
});

test('what is explained, or comes behind something known, is not said to be late', () => {
  const ledger = newLedger(() => {});
  const [limited, other] = ['mail code 421/250', 'rcpt code 250/503'].map(
    signature => finding('', signature).deviation,
  ) as [Finding['deviation'], Finding['deviation']];
  ledger.explained.add({ kind: 'unstable', text: 'chance' }, limited);
  ledger.leave(examination(), [limited]);
  expect([ledger.late, ledger.unread.size]).toEqual([0, 0]);
  ledger.leave(examination(), [other], true);
  expect([ledger.late, ledger.unread.size]).toEqual([0, 1]);
  ledger.leave(examination(), [limited, other]);
  expect(ledger.late).toBe(1);
});

test('what shows a field that is kept in another way is no further thing to tell', () => {
  const ledger = newLedger(() => {});
  ledger.record(finding('keeps greeting', 'mail code 250/503', ['greeting']), examination());
  ledger.record(finding('keeps greeting', 'auth code 235/503', ['greeting']), examination());
  expect(ledger.notes).toEqual([]);
});
