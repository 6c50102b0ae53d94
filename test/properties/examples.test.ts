import { expect, test } from 'vitest';
import { EXAMPLES } from '../../properties/examples.ts';
import { CLAIMS } from '../../properties/index.ts';
import { check } from '../../src/check.ts';
import { Scenario } from '../../src/scenario.ts';
import type { Session } from '../../src/smtp/session.ts';
import { SOUND } from '../../src/targets/reference/behaviour.ts';
import { FAULTS } from '../../src/targets/reference/faults/index.ts';
import type { ServerOptions } from '../../src/targets/reference/options.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';

const played = (options: Partial<ServerOptions>, examples: readonly Scenario[]) =>
  check(referenceInMemory({ proxy: true, ...options }), {
    name: 'reference',
    seed: 1,
    jobs: 1,
    claims: CLAIMS,
    wanted: [],
    scenarios: examples.length,
    examples,
  });

test.each(EXAMPLES.map(example => [example.name, example] as const))(
  'the example "%s" shows the fault that it is written for',
  async (_name, { shows, scenario }) => {
    expect(Scenario.parse(scenario)).toEqual(scenario);
    const fault = FAULTS.find(({ name }) => name === shows);
    const { findings, stats } = await played(fault?.options ?? {}, [scenario]);
    expect(stats.scenarios).toBe(1);
    expect(findings).not.toEqual([]);
  },
);

test('the examples show nothing on a sound server', async () => {
  const { verdict, findings } = await played(
    {},
    EXAMPLES.map(({ scenario }) => scenario),
  );
  expect(findings.map(({ summary }) => summary)).toEqual([]);
  expect(verdict).toBe('holds');
});

test('the examples find what a decoder of UTF-8 keeps, though all text is dropped', async () => {
  const keepsPartOfCharacter = {
    flipped: () => new Set(['pending'] as const),
    upgraded: (session: Session): Session => ({
      ...session,
      pending: /[\xc2-\xf4][\x80-\xbf]{0,2}$/.exec(session.pending)?.[0] ?? '',
    }),
  };
  const { findings } = await played(
    { behaviour: { ...SOUND, ...keepsPartOfCharacter } },
    EXAMPLES.map(({ scenario }) => scenario),
  );
  expect(findings.map(({ fingerprint }) => fingerprint)).toEqual(['no-plaintext-carryover: glued fragment']);
});
