import { expect, test } from 'vitest';
import { perform } from '../../src/campaign/unit.ts';
import { Scenario } from '../../src/scenario.ts';
import { newUnit } from './units.ts';

const LOGIN: Scenario = Scenario.parse({
  before: [
    { kind: 'ehlo', name: 'a' },
    { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'u', initial: true },
  ],
  upgrade: { handshake: { kind: 'sound', version: '1.3' } },
  after: [{ kind: 'ehlo', name: 'a' }],
});

const replay = (target: string) =>
  perform(
    newUnit('t.replay.0', {
      phase: 'replay',
      claims: ['capabilities-renewed'],
      target: { target },
      examples: [LOGIN, LOGIN],
      scenarios: 2,
    }),
    {},
  );

test('a replay tells which of its scenarios show a difference, whatever it is called', async () => {
  expect((await replay('reference:keeps-login')).differing).toEqual([LOGIN]);
  expect((await replay('reference')).differing).toEqual([]);
});

test('a replay does not take a scenario for cured that told nothing: its login is refused now', async () => {
  const target = { target: 'reference', auth: 'tester:mistyped' };
  const { differing } = await perform(
    newUnit('t.replay.0', { phase: 'replay', target, examples: [LOGIN], scenarios: 1 }),
    {},
  );
  expect(differing).toEqual([LOGIN]);
});

test('a replay makes no estimate: what is played again and again shows nothing new by itself', async () => {
  expect((await replay('reference')).coverage.discovery).toBe(1);
});
