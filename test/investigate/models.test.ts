import { describe, expect, test } from 'vitest';
import { CLAIMS } from '../../properties/index.ts';
import type { TargetFacts } from '../../src/claim.ts';
import { newModels } from '../../src/investigate/models.ts';
import { BARE, type Baseline, type Scenario, type Step } from '../../src/scenario.ts';

const facts: TargetFacts = { refusedUngreeted: ['mail'], offered: ['XCLIENT'], loginKnown: true };
const models = (baseline: Baseline = 'starttls-first', changes: Partial<TargetFacts> = {}) =>
  newModels({ claims: CLAIMS, baseline, facts: { ...facts, ...changes } });

const EHLO: Step = { kind: 'ehlo', name: 'a' };
const MAIL: Step = { kind: 'mail', from: 'b' };
const login: Step = { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'c', initial: true };
const scenario = (before: readonly Step[], after: readonly Step[]): Scenario => ({
  before,
  upgrade: BARE,
  after,
});

const greeted = scenario([EHLO], [MAIL]);

describe('a model', () => {
  test('shows what a server shows that keeps its fields, and another one nothing', async () => {
    const known = models();
    const shown = await known.shown({ fields: ['greeting'], manners: 'strict' }, greeted);
    expect(shown.map(({ used, fresh }) => [used, fresh])).toContainEqual(['250', '503']);
    expect(await known.shown({ fields: ['offer'], manners: 'strict' }, greeted)).toEqual([]);
  });

  test('has its manners: who takes MAIL at once shows no greeting by it', async () => {
    const shown = await models().shown({ fields: ['greeting'], manners: 'lenient' }, greeted);
    expect(shown.filter(({ difference }) => difference?.aspect === 'code')).toEqual([]);
  });

  test('goes on in plaintext behind a STARTTLS that the target refused', async () => {
    const refused = scenario([{ kind: 'starttls' }, EHLO], [MAIL]);
    const shown = await models().shown({ fields: ['greeting'], manners: 'strict' }, refused);
    expect(shown).not.toEqual([]);
  });

  test('knows no login where the target’s is a guess, and no proxy where none is offered', async () => {
    const keepsLogin = { fields: ['login'], manners: 'strict' } as const;
    const again = scenario([EHLO, login], [EHLO, login]);
    expect(await models().shown(keepsLogin, again)).not.toEqual([]);
    expect(await models('starttls-first', { loginKnown: false }).shown(keepsLogin, again)).toEqual([]);
  });

  test('is played once for a scenario, however often it is asked about', async () => {
    const known = models();
    const keepsGreeting = { fields: ['greeting'], manners: 'strict' } as const;
    const [one, other] = [known.shown(keepsGreeting, greeted), known.shown({ ...keepsGreeting }, greeted)];
    expect(await one).toBe(await other);
    expect(await known.shownAnew(keepsGreeting, greeted)).not.toBe(await one);
  });
});

test('there is one of each manners, behind the baseline of the target and behind none', () => {
  const kept = models('neutral-ehlo').keeping(['greeting'], ['strict', 'lenient']);
  expect(kept.map(({ manners, baseline }) => [manners, baseline])).toEqual([
    ['strict', 'neutral-ehlo'],
    ['strict', 'starttls-first'],
    ['lenient', 'neutral-ehlo'],
    ['lenient', 'starttls-first'],
  ]);
  expect(models().keeping(['greeting'], ['strict'])).toHaveLength(1);
});
