/** Words as scenarios, and transcripts as what was put out. */

import { describe, expect, test } from 'vitest';
import { ENDED, isOver, played, putOut, sessions } from '../../src/learn/alphabet.ts';
import { BARE } from '../../src/scenario.ts';
import type { Entry, Part, UpgradeOutcome } from '../../src/transcript.ts';
import { reply, transcript } from '../properties/evidence.ts';

const NONE: ReadonlySet<number> = new Set();

describe('a word', () => {
  test('begins TLS at its first STARTTLS that is not known to be refused', () => {
    const { scenario, upgrade } = played(['starttls', 'ehlo', 'starttls', 'mail', 'starttls'], new Set([0]));
    expect(upgrade).toBe(2);
    expect(scenario.before.map(({ kind }) => kind)).toEqual(['starttls', 'ehlo']);
    expect(scenario.upgrade).toBe(BARE);
    expect(scenario.after.map(({ kind }) => kind)).toEqual(['mail', 'starttls']);
  });

  test('without one ends in plaintext', () => {
    const { scenario, places } = played(['ehlo', 'mail'], NONE);
    expect(scenario.before).toHaveLength(2);
    expect(scenario.upgrade.handshake.kind).toBe('failed');
    expect(places).toEqual([
      ['before', 0],
      ['before', 1],
    ]);
  });
});

test('an ordinary session is said with STARTTLS at each point of it, and all of it again in TLS', () => {
  const words = sessions(['ehlo', 'mail', 'starttls']);
  for (const before of [[], ['ehlo'], ['ehlo', 'mail']])
    expect(words).toContainEqual([...before, 'starttls', 'ehlo', 'mail']);
  expect(words.flat().some(input => input === 'rcpt' || input === 'helo')).toBe(false);
});

describe('what is put out', () => {
  const shown = (word: readonly string[], upgrade: UpgradeOutcome, ...entries: readonly Entry[]) =>
    putOut(played(word, NONE), transcript({ upgrade, entries }));
  const end = (part: Part, step: number): Entry => ({ at: 0, part, step, kind: 'ended', how: 'fin' });
  const still = (part: Part, step: number): Entry => ({ at: 0, part, step, kind: 'silence', waited: 1 });

  test('are the codes, and of a list its keywords in order, without what they say', () => {
    expect(
      shown(
        ['ehlo', 'starttls', 'ehlo', 'data'],
        'secure',
        reply('before', 0, 250, 'host', 'STARTTLS', 'SIZE 1000', 'auth=PLAIN', 'AUTH PLAIN LOGIN'),
        reply('upgrade', 0, 220),
        reply('after', 0, 250, 'host'),
        reply('after', 1, 354),
        reply('after', 1, 250),
      ),
    ).toEqual(['250 AUTH,SIZE,STARTTLS', '220', '250 ', '354 250']);
  });

  test('is told once where each recipient of a message is answered alike', () => {
    expect(
      shown(
        ['data'],
        'lost',
        reply('before', 0, 354),
        reply('before', 0, 250),
        reply('before', 0, 250),
        reply('before', 0, 550),
      ),
    ).toEqual(['354 250 550']);
  });

  test('is the end, and nothing behind it', () => {
    expect(shown(['mail', 'rcpt', 'rset'], 'lost', reply('before', 0, 421), end('before', 1))).toEqual([
      '421',
      ENDED,
      ENDED,
    ]);
    expect(shown(['mail', 'rcpt'], 'lost', still('before', 0)).map(isOver)).toEqual([true, true]);
  });

  test('is not known behind a STARTTLS that is refused', () => {
    expect(
      shown(['mail', 'starttls', 'rset'], 'refused', reply('before', 0, 250), reply('upgrade', 0, 503)),
    ).toEqual(['250', '503']);
  });

  test('ends with a handshake that does not come about', () => {
    expect(shown(['starttls', 'ehlo'], 'silent', reply('upgrade', 0, 220))).toEqual([`220 ${ENDED}`, ENDED]);
  });
});
