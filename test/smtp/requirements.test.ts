import { describe, expect, test } from 'vitest';
import { cited, REQUIREMENTS, type Requirement } from '../../src/smtp/requirements.ts';

const requirements: readonly [string, Requirement][] = Object.entries(REQUIREMENTS);

describe('requirements', () => {
  test('what is not word for word is not shown in quotation marks', () => {
    for (const [, requirement] of requirements.filter(([, { quoted }]) => !quoted))
      expect(cited(requirement)).toBe(`${requirement.text} (in short: ${requirement.source})`);
    for (const [, requirement] of requirements.filter(([, { quoted }]) => quoted))
      expect(cited(requirement)).toBe(`"${requirement.text}" (${requirement.source})`);
  });

  test.each(requirements)(
    '%s says where it stands, and a quotation is in the ASCII of its source',
    (_, it) => {
      expect(it.source).toMatch(/RFC \d{4}/);
      if (it.quoted) expect(it.text).toMatch(/^[\x20-\x7e]+$/);
    },
  );
});
