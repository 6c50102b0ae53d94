import { describe, expect, test } from 'vitest';
import { minimise } from '../src/minimise.ts';
import type { Scenario } from '../src/scenario.ts';

const clean = { handshake: { kind: 'sound', version: '1.3' } } as const;
const options = { jobs: 4, expired: () => false };

/** Plays no server: the effect is a rule over the scenario. */
const when = (rule: (scenario: Scenario) => boolean) => (scenario: Scenario) =>
  Promise.resolve(rule(scenario));

describe('minimise', () => {
  test('keeps only the steps that the effect needs', async () => {
    const scenario: Scenario = {
      before: [
        { kind: 'noop' },
        { kind: 'ehlo', name: 'c' },
        { kind: 'vrfy', argument: 'd' },
        { kind: 'auth', mechanism: 'LOGIN', answer: 'right', user: 'c' },
        { kind: 'rset' },
      ],
      upgrade: { spelling: 'lower', handshake: { kind: 'sound', version: '1.2', sni: true } },
      after: [
        { kind: 'help' },
        { kind: 'ehlo', name: 'p' },
        { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'q' },
      ],
    };
    const needsLogins = when(
      ({ before, after }) =>
        before.some(({ kind }) => kind === 'auth') && after.some(({ kind }) => kind === 'auth'),
    );
    const { scenario: small, minimal } = await minimise(scenario, needsLogins, options);
    expect(minimal).toBe(true);
    expect(small.before.map(({ kind }) => kind)).toEqual(['auth']);
    expect(small.after.map(({ kind }) => kind)).toEqual(['auth']);
    expect(small.upgrade).toEqual(clean);
  });

  test('finds the threshold of a burst', async () => {
    const burst = (times: number): Scenario => ({
      before: [],
      upgrade: { ...clean, glued: { lines: [{ kind: 'noop' }], times, ending: 'CRLF' } },
      after: [{ kind: 'ehlo', name: 'p' }],
    });
    const { scenario } = await minimise(
      burst(2_000),
      when(({ upgrade }) => (upgrade.glued?.times ?? 0) >= 351),
      options,
    );
    expect(scenario.upgrade.glued?.times).toBe(351);
  });

  test('gives the same result again, and says when time was up', async () => {
    const scenario: Scenario = {
      before: [{ kind: 'noop' }, { kind: 'rset' }],
      upgrade: clean,
      after: [{ kind: 'noop' }],
    };
    const any = when(() => true);
    expect(await minimise(scenario, any, options)).toEqual(await minimise(scenario, any, options));
    expect((await minimise(scenario, any, { jobs: 4, expired: () => true })).minimal).toBe(false);
  });
});
