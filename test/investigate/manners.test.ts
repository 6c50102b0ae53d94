/** For which manners of a server the model is asked, and what each of them takes. */

import { describe, expect, test } from 'vitest';
import { behaving, type Manners, mannersOf } from '../../src/investigate/manners.ts';
import { BARE, type Scenario, type Step } from '../../src/scenario.ts';
import type { Event } from '../../src/smtp/machine.ts';
import { newSession, type Session } from '../../src/smtp/session.ts';
import type { Context } from '../../src/targets/reference/behaviour.ts';

describe('the model is asked for', () => {
  const behind = (...before: readonly Step[]): Scenario => ({ before, upgrade: BARE, after: [] });
  const facts = (...refusedUngreeted: readonly ('mail' | 'auth')[]) => ({
    refusedUngreeted,
    offered: [],
    loginKnown: false,
  });

  test('no manners by which a command is taken that the target is known to refuse', () => {
    expect(mannersOf(facts('mail', 'auth'), behind())).toEqual(['strict']);
    expect(mannersOf(facts('mail'), behind())).toEqual(['strict', 'auth-at-once']);
    expect(mannersOf(facts('auth'), behind())).toEqual(['strict', 'lenient']);
  });

  test('the manners behind HELO, or between chunks, where one was said', () => {
    const said = behind({ kind: 'helo', name: 'a' }, { kind: 'bdat', body: 'plain', token: 'b' });
    expect(mannersOf(facts('mail', 'auth'), said)).toEqual(['strict', 'plain-helo', 'chunks-only']);
  });
});

describe('a server', () => {
  const EHLO: Session['greeting'] = { verb: 'EHLO', name: 'a' };
  const HELO: Session['greeting'] = { verb: 'HELO', name: 'a' };
  /** What is made of a command in such a session. */
  function judged(manners: Manners, event: Event, state: Partial<Session>, argument = '') {
    const session = { ...newSession(0), ...state };
    return behaving(manners).judge(event, argument, { session } as Partial<Context> as Context);
  }

  test.each<readonly [Manners, readonly Event[]]>([
    ['strict', ['xforward']],
    ['auth-at-once', ['auth', 'xforward']],
    ['lenient', ['auth', 'mail', 'xforward']],
  ])('that is %s takes %j before a greeting, and nothing else', (manners, taken) => {
    const events: readonly Event[] = ['auth', 'mail', 'rcpt', 'xforward'];
    expect(events.filter(event => judged(manners, event, {}) === 'allow')).toEqual(taken);
    // Behind one it is as sound as any.
    expect(events.map(event => judged(manners, event, { greeting: EHLO }))).toEqual(Array(4).fill('sound'));
  });

  test('with plain manners behind HELO refuses AUTH and parameters there, and takes MAIL without them', () => {
    const asked = (event: Event, argument: string, greeting = HELO) =>
      judged('plain-helo', event, { greeting }, argument);
    expect(asked('auth', 'PLAIN')).toMatchObject({ code: 555 });
    expect(asked('mail', 'FROM:<a@example> SIZE=1')).toMatchObject({ code: 555 });
    expect(asked('mail', 'FROM:<a@example>')).toBe('sound');
    expect(asked('mail', 'FROM:<a@example> SIZE=1', EHLO)).toBe('sound');
  });

  test('that takes chunks only refuses what is none between two of them', () => {
    const between = { greeting: EHLO, chunks: '' };
    expect(judged('chunks-only', 'rcpt', between)).toMatchObject({ code: 503 });
    for (const event of ['bdat', 'bdat-last', 'rset', 'noop', 'quit', 'starttls'] as const)
      expect(judged('chunks-only', event, between)).toBe('sound');
    expect(judged('chunks-only', 'rcpt', { greeting: EHLO })).toBe('sound');
    expect(judged('strict', 'rcpt', between)).toBe('sound');
  });
});
