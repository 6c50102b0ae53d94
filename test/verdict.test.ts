import { expect, test } from 'vitest';
import {
  claimVerdict,
  countedAt,
  exitCode,
  type RunFacts,
  runVerdict,
  toldVerdict,
  unexercised,
} from '../src/verdict.ts';
import { finding, report } from './campaign/reports.ts';

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
  ['an early end', { scenarios: 0, judged: 0, interrupted: true }, /^it was interrupted before/],
  ['nothing judged', { judged: 0 }, /^none of 100 scenarios completed a handshake in both runs$/],
  ['nothing judged for lack of answers', { judged: 0, inconclusive: 90 }, /; 90 could .* ran out of time/],
  ['nothing judged of next to nothing', { scenarios: 2, judged: 0 }, /^none of 2 .*: give it more time$/],
  ['a target that died', { alive: false }, /did not serve a known-good session/],
  [
    'a target that was not heard to the end',
    { alive: false, unheard: true },
    /time was up before .* is slow/,
  ],
  [
    'many scenarios out of time',
    { inconclusive: 12, turnedAway: 6 },
    /12 of 100 scenarios .* ran out of time/,
  ],
  [
    'many connections turned away',
    { inconclusive: 11, turnedAway: 6 },
    /11 of 100 scenarios .* fewer --jobs/,
  ],
  [
    'a claim much of which did not come out the same twice',
    { doubted: ['client-injected'] },
    /client-injected/,
  ],
  ['no transaction, though there is a recipient', { transactions: 0 }, /no transaction/],
  [
    'a login that is refused everywhere',
    { loginKnown: true, logins: { before: 0, inTls: 0, refused: 1 } },
    /no login was accepted/,
  ],
  ['a claim asked for and not exercised', { unexercised: ['markers'] }, /markers/],
  ['differences that nobody looked into', { late: 2 }, /what 2 of 100 scenarios showed came too late/],
  ['the same', { late: 2, passing: 2 }, /looked into: give it more time$/],
  [
    'the same at a target that answers by chance',
    { late: 2, passing: 3 },
    /into: 3 like it did not come again/,
  ],
  ['what no sound server does by chance, seen three times', { glimpses: 3 }, /3 times .* once and not again/],
  ['STARTTLS that is offered and leads nowhere', { obstacle: 'it is answered 454' }, /^it is answered 454$/],
  [
    'STARTTLS that is offered, though none came about',
    { obstacle: 'it is answered 454', supported: false },
    /454/,
  ],
  ['a door that stayed shut', { closed: 'a new connection is turned away' }, /^a new connection/],
  ['the same, though other things came too late', { glimpses: 3, late: 1 }, /3 times .* once and not again/],
  ['a known deviation that is gone', { stale: ['our proxy'] }, /our proxy/],
])('%s makes it inconclusive', (_name, facts, reason) => {
  const { verdict, reason: told } = runVerdict({ ...sound, ...facts });
  expect(verdict).toBe('inconclusive');
  expect(told).toMatch(reason);
});

test.each<[string, Partial<RunFacts>]>([
  ['a tenth of the scenarios that could not be judged', { inconclusive: 10 }],
  ['an end that came early, behind what was tried', { interrupted: true }],
  ['what was seen once and not again, twice', { glimpses: 2 }],
  ['no transaction, where no recipient is known', { recipientKnown: false, transactions: 0 }],
  ['connections that were turned away now and then', { turnedAway: 10, inconclusive: 10 }],
  ['that every difference was looked into', { late: 0 }],
])('%s is no reason for doubt', (_, facts) => {
  expect(runVerdict({ ...sound, ...facts })).toEqual({ verdict: 'holds' });
});

test('where STARTTLS is not offered there is nothing to judge', () => {
  expect(runVerdict({ ...sound, supported: false })).toEqual({
    verdict: 'unsupported',
    reason: 'STARTTLS is not offered',
  });
});

test('nothing put to the test is what was asked for by name and not exercised, and each limit not measured', () => {
  const asked = { wanted: ['markers', 'delivered-mail'], unmeasured: ['errors'] };
  expect(unexercised(asked, id => id === 'markers')).toEqual(['delivered-mail', 'errors']);
});

test.each([
  ['is accepted in TLS alone', { before: 0, inTls: 1, refused: 3 }],
  ['is accepted on both sides of STARTTLS', { before: 1, inTls: 1, refused: 3 }],
  ['is refused only where it is no time for it', { before: 0, inTls: 0, refused: 0 }],
])('a login that %s is no reason for doubt', (_name, logins) => {
  expect(runVerdict({ ...sound, loginKnown: true, logins })).toEqual({ verdict: 'holds' });
});

test('a login that nobody said is right may be refused', () => {
  const logins = { before: 0, inTls: 0, refused: 3 };
  expect(runVerdict({ ...sound, loginKnown: false, logins })).toEqual({ verdict: 'holds' });
});

test('a finding outweighs every reason for doubt, which is told beside it', () => {
  expect(runVerdict({ ...sound, findings: 1, alive: false, late: 3 })).toEqual({ verdict: 'violated' });
  expect(toldVerdict({ ...sound, findings: 1 })).toEqual({ verdict: 'violated' });
  expect(toldVerdict({ ...sound, findings: 1, alive: false })).toEqual({
    verdict: 'violated',
    otherwise: { verdict: 'inconclusive', reason: expect.stringContaining('known-good session') },
  });
});

test('a finding that does not count makes no run conclusive that would not be so without it', () => {
  const found = report([finding('a text', { level: 'should' })]);
  const cutShort = { ...found, ...toldVerdict({ ...sound, findings: 1, alive: false }) };
  expect(exitCode(found, countedAt('should'))).toBe(1);
  expect(exitCode(found, countedAt('must'))).toBe(0);
  expect(exitCode(cutShort, countedAt('must'))).toBe(3);
});

test('one finding that counts makes a run violated, whatever else was found', () => {
  const found = report([finding('a text', { level: 'should' }), finding('a word', { level: 'must' })]);
  expect(exitCode(found, countedAt('must'))).toBe(1);
});

test('what is allowed ends a run as what holds does', () => {
  expect(exitCode({ verdict: 'allowed', findings: [] }, countedAt('should'))).toBe(0);
});

test('a claim is violated by a defect that shows to it, by whichever claim that is named', () => {
  const found = [{ claim: 'fresh-connection', also: ['handler-state'] }, { claim: 'failed-handshake' }];
  expect(claimVerdict('fresh-connection', found, false)).toBe('violated');
  expect(claimVerdict('handler-state', found, true)).toBe('violated');
  expect(claimVerdict('markers', found, false)).toBe('holds');
});

test('a claim that is open neither holds nor is violated', () => {
  expect(claimVerdict('markers', [{ claim: 'fresh-connection' }], true)).toBe('inconclusive');
});
