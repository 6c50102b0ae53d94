/** Scenarios as plain JSON, and what is derived from them. */

import { describe, expect, test } from 'vitest';
import {
  BODIES,
  FAILURES,
  fresh,
  fullHandshake,
  isAmbiguous,
  isClean,
  Scenario,
  SPELLINGS,
  Step,
  size,
  type Upgrade,
} from '../src/scenario.ts';
import { ALL_STEPS } from './steps.ts';

const SOUND: Upgrade = { handshake: { kind: 'sound', version: '1.3' } };
const GLUE = {
  lines: [{ kind: 'noop' }],
  times: 3,
  ending: 'LF',
  fragment: { kind: 'mail', from: 'a' },
} as const;

const UPGRADES: readonly Upgrade[] = [
  SOUND,
  { spelling: 'mixed', argument: 'a', ...SOUND },
  { glued: GLUE, ...SOUND },
  { segment: { lines: [], times: 1, ending: 'CRLF' }, ...SOUND },
  { eager: true, handshake: { kind: 'sound', version: '1.2', sni: true, certificate: true } },
  { handshake: { kind: 'sound', version: '1.3', resumed: [{ kind: 'ehlo', name: 'a' }] } },
  ...FAILURES.map(how => ({ handshake: { kind: 'failed' as const, how } })),
];

describe('the schema', () => {
  test('has a step of every kind among the examples', () => {
    const kinds = Step.options.map(option => option.unwrap().shape.kind.value);
    expect([...new Set(ALL_STEPS.map(({ kind }) => kind))].sort()).toEqual(kinds.sort());
  });

  test.each(ALL_STEPS.map(step => [JSON.stringify(step), step] as const))(
    'brings a step through JSON: %s',
    (json, step) => {
      expect(Step.parse(JSON.parse(json))).toEqual(step);
    },
  );

  test.each(UPGRADES.map(upgrade => [JSON.stringify(upgrade), upgrade] as const))(
    'brings an upgrade through JSON: %s',
    (_json, upgrade) => {
      const scenario: Scenario = { before: ALL_STEPS.slice(0, 5), upgrade, after: ALL_STEPS.slice(5, 10) };
      expect(Scenario.parse(JSON.parse(JSON.stringify(scenario)))).toEqual(scenario);
    },
  );

  test.each([
    ['an unknown key of a step', { kind: 'noop', loud: true }],
    ['an unknown kind', { kind: 'etrn' }],
    ['a name that is no letter', { kind: 'ehlo', name: 'me.example' }],
    ['an upper-case name', { kind: 'ehlo', name: 'A' }],
    ['a missing name', { kind: 'ehlo' }],
    ['an option that is said to be false', { kind: 'noop', piped: false }],
    ['an option that is undefined', { kind: 'noop', piped: undefined }],
    ['a spelling that there is not', { kind: 'noop', spelling: 'upper' }],
    ['a line end inside a line', { kind: 'line', text: 'a\nb' }],
    ['a line too long', { kind: 'line', text: 'x'.repeat(4_097) }],
    ['a line too often', { kind: 'line', text: 'x', times: 4_097 }],
    ['characters of more than a byte', { kind: 'bytes', bytes: '\u0100' }],
    ['a pause too long', { kind: 'pause', ms: 60_001 }],
    ['a size below zero', { kind: 'mail', from: 'a', size: -1 }],
  ])('rejects %s', (_what, step) => {
    expect(Step.safeParse(step).success).toBe(false);
  });

  test.each([
    ['of a scenario', { before: [], upgrade: SOUND, after: [], seed: 1 }],
    ['of an upgrade', { before: [], upgrade: { ...SOUND, fast: true }, after: [] }],
    ['of glue', { before: [], upgrade: { ...SOUND, glued: { ...GLUE, more: 1 } }, after: [] }],
    [
      'of a handshake',
      { before: [], upgrade: { handshake: { kind: 'sound', version: '1.3', alpn: 'smtp' } }, after: [] },
    ],
  ])('rejects an unknown key %s', (_where, scenario) => {
    expect(Scenario.safeParse(scenario).success).toBe(false);
  });

  test('rejects a scenario with a part missing, or too long', () => {
    const noop = { kind: 'noop' };
    expect(Scenario.safeParse({ before: [], upgrade: SOUND }).success).toBe(false);
    expect(Scenario.safeParse({ before: Array(4_097).fill(noop), upgrade: SOUND, after: [] }).success).toBe(
      false,
    );
    expect(Scenario.safeParse({ before: Array(4_096).fill(noop), upgrade: SOUND, after: [] }).success).toBe(
      true,
    );
  });

  test('knows every spelling and every body', () => {
    for (const spelling of SPELLINGS) expect(Step.safeParse({ kind: 'noop', spelling }).success).toBe(true);
    for (const body of BODIES) expect(Step.safeParse({ kind: 'data', body, token: 'a' }).success).toBe(true);
  });
});

describe.each(UPGRADES.map(upgrade => [JSON.stringify(upgrade), upgrade] as const))(
  'the fresh run of a scenario with %s',
  (_json, upgrade) => {
    const scenario: Scenario = { before: [{ kind: 'ehlo', name: 'a' }], upgrade, after: [{ kind: 'noop' }] };

    test('says nothing of its own before a clean upgrade, and the same after it', () => {
      expect(fresh(scenario, 'starttls-first')).toEqual({
        before: [],
        upgrade: { handshake: fullHandshake(upgrade) },
        after: scenario.after,
      });
      expect(isClean(fresh(scenario, 'starttls-first').upgrade)).toBe(true);
    });

    test('has a full handshake with the same version, SNI and certificate', () => {
      const handshake = fullHandshake(upgrade);
      expect(handshake.kind).toBe('sound');
      expect(handshake).not.toHaveProperty('resumed');
      if (upgrade.handshake.kind === 'sound') {
        const { resumed: _, ...rest } = upgrade.handshake;
        expect(handshake).toEqual(rest);
      }
    });

    test('is its own fresh run', () => {
      const once = fresh(scenario, 'neutral-ehlo');
      expect(fresh(once, 'neutral-ehlo')).toEqual(once);
    });
  },
);

test.each([
  ['starttls-first', []],
  ['neutral-ehlo', ['ehlo']],
] as const)('the baseline %s says %j before STARTTLS', (baseline, kinds) => {
  const scenario: Scenario = { before: [{ kind: 'quit' }], upgrade: SOUND, after: [] };
  expect(fresh(scenario, baseline).before.map(({ kind }) => kind)).toEqual(kinds);
});

describe('size', () => {
  const noop = { kind: 'noop' } as const;

  test('counts the steps, and the upgrade with what is glued to it as one', () => {
    expect(size({ before: [], upgrade: SOUND, after: [] })).toBe(1);
    expect(size({ before: [noop, noop], upgrade: SOUND, after: [noop] })).toBe(4);
    expect(size({ before: [], upgrade: { glued: GLUE, ...SOUND }, after: [noop] })).toBe(2);
  });

  test('counts the steps of the connection that made the ticket', () => {
    const upgrade: Upgrade = { handshake: { kind: 'sound', version: '1.3', resumed: [noop, noop] } };
    expect(size({ before: [], upgrade, after: [] })).toBe(3);
  });
});

describe('an upgrade is clean', () => {
  test('if nothing but STARTTLS and a handshake belongs to it', () => {
    expect(UPGRADES.filter(isClean)).toEqual(
      UPGRADES.filter(upgrade => !/glued|segment|eager/.test(JSON.stringify(upgrade))),
    );
  });
});

describe('a step is ambiguous', () => {
  test.each<[boolean, Step]>([
    [false, { kind: 'noop' }],
    [false, { kind: 'line', text: 'FROB' }],
    [false, { kind: 'line', text: 'a\tb' }],
    [true, { kind: 'line', text: 'a\0b' }],
    [true, { kind: 'line', text: 'x', times: 511 }],
    [true, { kind: 'bytes', bytes: 'NOOP\r\n' }],
    [false, { kind: 'data', body: 'plain', token: 'a' }],
    [false, { kind: 'data', body: 'dots', token: 'a' }],
    [true, { kind: 'data', body: 'bare-lf', token: 'a' }],
    [true, { kind: 'data', body: 'long-line', token: 'a' }],
    [true, { kind: 'auth', mechanism: 'PLAIN', answer: 'open', user: 'a' }],
    [false, { kind: 'auth', mechanism: 'PLAIN', answer: 'wrong', user: 'a' }],
  ])('%s: %j', (ambiguous, step) => {
    expect(isAmbiguous(step)).toBe(ambiguous);
  });
});
