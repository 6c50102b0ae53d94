import { expect, test } from 'vitest';
import type { Deviation } from '../../src/claim.ts';
import { newExplained } from '../../src/investigate/explained.ts';

const answered = (used: string, fresh: string): Deviation => ({
  claim: 'fresh-connection',
  requirement: 'rfc3207-4.2-server-discards',
  level: 'must',
  proof: 'pair',
  step: 0,
  used,
  fresh,
  summary: `MAIL is answered ${used} in TLS, but ${fresh} on a fresh connection`,
  difference: { step: 0, verb: 'mail', aspect: 'code', place: '0', used, fresh },
  signature: `mail code ${used}/${fresh}`,
});

test('of what is not seen again, a command that was taken out of order by itself is a glimpse, and a late reply', () => {
  const explained = newExplained();
  const see = (deviation: Deviation, isBehind = false): void =>
    explained.unconfirmed(deviation.summary, { deviation, isBehind });
  see(answered('451', '250'));
  see(answered('250', '451'));
  see(answered('503', '250'));
  see(answered('250', '503'), true);
  expect(explained.glimpses).toBe(0);
  see(answered('250', '503'));
  see(answered('235', '250'));
  expect(explained.glimpses).toBe(2);
  expect(explained.notes().map(({ kind }) => kind)).toEqual(Array(5).fill('unconfirmed'));
});

test('what was explained is again when it is seen again, and is told once, a limit with what it explains', () => {
  const explained = newExplained();
  const [crossing, limited, other] = [answered('250', '503'), answered('421', '250'), answered('503', '250')];
  explained.add({ kind: 'cross-connection', text: 'across' }, crossing);
  explained.add({ kind: 'allowed', limit: 'errors', text: 'five errors' }, limited);
  expect([crossing, limited, other].map(explained.covers)).toEqual([true, true, false]);
  expect(explained.notes()).toEqual([
    { kind: 'cross-connection', text: 'across' },
    { kind: 'allowed', text: 'five errors (explains 1 differences)' },
  ]);
});
