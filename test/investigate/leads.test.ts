/** What led to a finding, in the words of another scenario. */

import { expect, test } from 'vitest';
import { leads } from '../../src/investigate/leads.ts';
import { BARE, type Step } from '../../src/scenario.ts';

const mail = (from: string | null, more = {}): Step => ({ kind: 'mail', from, ...more });
const rcpt = (to: string, more = {}): Step => ({ kind: 'rcpt', to, ...more });
const other = (before: readonly Step[], after: readonly Step[]) => ({ before, upgrade: BARE, after });

test('what says nothing again is tried as it stands', () => {
  const said = other([mail('c'), rcpt('d')], [mail('c'), rcpt('d')]);
  expect(leads([mail('a')], [rcpt('b')], said)).toEqual([[mail('a')]]);
});

test('the null sender is tried where the other scenario says it', () => {
  expect(leads([mail('a')], [rcpt('b')], other([mail(null)], []))).toContainEqual([mail(null)]);
  expect(leads([mail('a')], [rcpt('b')], other([mail('c')], []))).not.toContainEqual([mail(null)]);
});

test('one name that is said again is tried with each that the other scenario says again', () => {
  const said = other([rcpt('c'), rcpt('d')], [rcpt('c'), rcpt('d')]);
  const tried = leads([rcpt('a')], [rcpt('a')], said);
  expect(tried).toContainEqual([rcpt('c')]);
  expect(tried).toContainEqual([rcpt('d')]);
});

test('addresses that are said again are tried as the other scenario spells them, and as it says them together', () => {
  const [sender, one, two] = [mail('c', { long: true }), rcpt('d', { quoted: true }), rcpt('e')];
  const said = other([sender, rcpt('f'), one, two], [mail('c', { long: true }), one, two]);
  const tried = leads([mail('a'), rcpt('b')], [mail('a'), rcpt('b')], said);
  expect(tried).toContainEqual([sender, one]);
  expect(tried).toContainEqual([sender, two]);
});
