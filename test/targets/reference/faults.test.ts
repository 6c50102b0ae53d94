/** The planted faults as data; that each of them is found stands in `test/finding.test.ts`. */

import { describe, expect, test } from 'vitest';
import { SOUND } from '../../../src/targets/reference/behaviour.ts';
import { FAMILIES } from '../../../src/targets/reference/faults/fault.ts';
import { FAULTS } from '../../../src/targets/reference/faults/index.ts';
import { referenceTarget, VARIANTS } from '../../../src/targets/reference/named.ts';
import { SOUND_VARIANTS } from '../../../src/targets/reference/sound.ts';
import { TargetError } from '../../../src/targets/target.ts';

describe('planted faults', () => {
  test('have names and titles of their own', () => {
    expect(new Set(VARIANTS.map(({ name }) => name)).size).toBe(VARIANTS.length);
    expect(new Set(VARIANTS.map(({ title }) => title)).size).toBe(VARIANTS.length);
    for (const { name } of VARIANTS) expect(name).toMatch(/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/);
  });

  test('are many, of every family, and sound variants beside them', () => {
    expect(FAULTS.length).toBeGreaterThanOrEqual(60);
    expect(SOUND_VARIANTS.length).toBeGreaterThanOrEqual(15);
    expect(new Set(FAULTS.map(({ family }) => family))).toEqual(new Set(Object.keys(FAMILIES)));
  });

  test('bend the behaviour of the server, and change nothing else that decides', () => {
    for (const { name, options } of FAULTS) {
      expect(options.behaviour, name).not.toEqual(SOUND);
      expect(
        Object.keys(options).filter(
          key => !['behaviour', 'namesTickets', 'proxy', 'domains', 'mechanisms'].includes(key),
        ),
      ).toEqual([]);
    }
  });

  test.each(['reference:keeps-login', 'reference+tls:keeps-login', 'reference:sound-greylisting'])(
    'are targets: %s',
    name => expect(referenceTarget(name)?.name).toBe(name),
  );

  test('that do not exist are named as such', () => {
    expect(() => referenceTarget('reference:keeps-nothing')).toThrow(TargetError);
    expect(referenceTarget('smtp-server')).toBeUndefined();
  });
});
