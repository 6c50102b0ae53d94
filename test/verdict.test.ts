import { expect, test } from 'vitest';
import { claimVerdict, type RunFacts, runVerdict } from '../src/verdict.ts';

const sound: RunFacts = {
  findings: 0,
  supported: true,
  scenarios: 100,
  judged: 80,
  inconclusive: 0,
  unexercised: [],
  alive: true,
  recipientKnown: true,
  transactions: 7,
};

test('a run that judged enough, and found nothing, holds', () => {
  expect(runVerdict(sound)).toEqual({ verdict: 'holds' });
});

test.each<[string, Partial<RunFacts>, RegExp]>([
  ['no time for a single scenario', { scenarios: 0, judged: 0 }, /give it more time/],
  ['nothing judged', { judged: 0 }, /no scenario completed/],
  ['a target that died', { alive: false }, /known-good session/],
  ['many scenarios out of time', { inconclusive: 11 }, /11 of 100 scenarios/],
  [
    'a claim much of which did not come out the same twice',
    { doubted: ['client-injected'] },
    /client-injected/,
  ],
  ['no transaction, though there is a recipient', { transactions: 0 }, /no transaction/],
  [
    'a login that is refused everywhere',
    { loginKnown: true, logins: { before: 0, inTls: 0, refused: 3 } },
    /no login was accepted/,
  ],
  ['a claim asked for and not exercised', { unexercised: ['markers'] }, /markers/],
  ['differences that nobody looked into', { late: 2 }, /what 2 of 100 scenarios showed came too late/],
  ['a known deviation that is gone', { stale: ['our proxy'] }, /our proxy/],
])('%s makes it inconclusive', (_name, facts, reason) => {
  const { verdict, reason: told } = runVerdict({ ...sound, ...facts });
  expect(verdict).toBe('inconclusive');
  expect(told).toMatch(reason);
});

test.each([
  ['is accepted in TLS alone', { before: 0, inTls: 1, refused: 3 }],
  ['is refused only where it is no time for it', { before: 0, inTls: 0, refused: 0 }],
])('a login that %s is no reason for doubt', (_name, logins) => {
  expect(runVerdict({ ...sound, loginKnown: true, logins })).toEqual({ verdict: 'holds' });
});

test('a login that nobody said is right may be refused', () => {
  const logins = { before: 0, inTls: 0, refused: 3 };
  expect(runVerdict({ ...sound, loginKnown: false, logins })).toEqual({ verdict: 'holds' });
});

test('a finding outweighs every reason for doubt', () => {
  expect(runVerdict({ ...sound, findings: 1, alive: false, late: 3 })).toEqual({ verdict: 'violated' });
});

test('a claim is violated by a defect that shows to it, by whichever claim that is named', () => {
  const found = [{ claim: 'fresh-connection', also: ['handler-state'] }];
  expect(claimVerdict('fresh-connection', found, false)).toBe('violated');
  expect(claimVerdict('handler-state', found, true)).toBe('violated');
  expect(claimVerdict('markers', found, false)).toBe('holds');
});

test('a claim that is open neither holds nor is violated', () => {
  expect(claimVerdict('markers', [{ claim: 'fresh-connection' }], true)).toBe('inconclusive');
});
