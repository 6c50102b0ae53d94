/** Names that steps say. */

import { expect, test } from 'vitest';
import { namesIn, renamed, saidAgain } from '../../src/investigate/names.ts';
import type { Step } from '../../src/scenario.ts';

const STEPS: readonly Step[] = [
  { kind: 'ehlo', name: 'a' },
  { kind: 'mail', from: 'b', envid: 'c', auth: 'd', body: '8BITMIME' },
  { kind: 'rcpt', to: 'e', orcpt: 'f', notify: 'FAILURE,DELAY' },
  { kind: 'data', body: 'plain', token: 'g' },
  { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'h' },
  { kind: 'xclient', attribute: 'NAME', value: 'i' },
  { kind: 'vrfy', argument: 'j' },
  { kind: 'line', text: 'k' },
  { kind: 'mail', from: null },
];

test('names are found wherever they stand, each once, and nothing else is', () => {
  expect(namesIn([...STEPS, ...STEPS])).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']);
});

test('other names stand in their places, and all else stays as it is', () => {
  expect(renamed(STEPS, name => name.toUpperCase())).toEqual([
    { kind: 'ehlo', name: 'A' },
    { kind: 'mail', from: 'B', envid: 'C', auth: 'D', body: '8BITMIME' },
    { kind: 'rcpt', to: 'E', orcpt: 'F', notify: 'FAILURE,DELAY' },
    { kind: 'data', body: 'plain', token: 'G' },
    { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'H' },
    { kind: 'xclient', attribute: 'NAME', value: 'I' },
    { kind: 'vrfy', argument: 'J' },
    { kind: 'line', text: 'k' },
    { kind: 'mail', from: null },
  ]);
});

test('a name is said again where both sides of STARTTLS say it, in whichever command', () => {
  const before: readonly Step[] = [
    { kind: 'ehlo', name: 'a' },
    { kind: 'mail', from: 'b' },
  ];
  expect(saidAgain(before, [{ kind: 'rcpt', to: 'b' }])).toEqual(['b']);
  expect(saidAgain(before, [])).toEqual([]);
});
