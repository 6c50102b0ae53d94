/** What led to a finding, in the words of another scenario. */

import { expect, test } from 'vitest';
import type { Deviation } from '../../src/claim.ts';
import { leads } from '../../src/investigate/leads.ts';
import { BARE, type Scenario, type Step } from '../../src/scenario.ts';

const mail = (from: string | null, more = {}): Step => ({ kind: 'mail', from, ...more });
const rcpt = (to: string, more = {}): Step => ({ kind: 'rcpt', to, ...more });
const other = (before: readonly Step[], after: readonly Step[]): Scenario => ({
  before,
  upgrade: BARE,
  after,
});

/** What leads to a finding with such steps, tried in the words of another scenario. */
const tried = (
  before: readonly Step[],
  after: readonly Step[],
  said: Scenario,
  claim = 'fresh-connection',
): readonly (readonly Step[])[] =>
  leads({ scenario: { before, upgrade: BARE, after }, deviation: { claim } as Deviation }, said);

test('what says nothing again is tried as it stands', () => {
  const said = other([mail('c'), rcpt('d')], [mail('c'), rcpt('d')]);
  expect(tried([mail('a')], [rcpt('b')], said)).toEqual([[mail('a')]]);
});

test('the null sender is tried where the other scenario says it', () => {
  expect(tried([mail('a')], [rcpt('b')], other([mail(null)], []))).toContainEqual([mail(null)]);
  expect(tried([mail('a')], [rcpt('b')], other([mail('c')], []))).not.toContainEqual([mail(null)]);
});

test('an address is tried in place of a name that comes back, where the other scenario says one, and of no other', () => {
  const greeting: Step = { kind: 'ehlo', name: 'a' };
  const address: Step = { ...greeting, literal: true };
  const said = other([{ kind: 'helo', name: 'c', literal: true }], []);
  expect(tried([greeting], [], said, 'markers')).toContainEqual([address]);
  expect(tried([greeting], [], said)).toEqual([[greeting]]);
  expect(tried([greeting], [], other([greeting], []), 'markers')).toEqual([[greeting]]);
});

test('one name that is said again is tried with each that the other scenario says again', () => {
  const said = other([rcpt('c'), rcpt('d')], [rcpt('c'), rcpt('d')]);
  const found = tried([rcpt('a')], [rcpt('a')], said);
  expect(found).toContainEqual([rcpt('c')]);
  expect(found).toContainEqual([rcpt('d')]);
});

test('addresses that are said again are tried as the other scenario spells them, and as it says them together', () => {
  const [sender, one, two] = [mail('c', { long: true }), rcpt('d', { quoted: true }), rcpt('e')];
  const said = other([sender, rcpt('f'), one, two], [mail('c', { long: true }), one, two]);
  const found = tried([mail('a'), rcpt('b')], [mail('a'), rcpt('b')], said);
  expect(found).toContainEqual([sender, one]);
  expect(found).toContainEqual([sender, two]);
});
