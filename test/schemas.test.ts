import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { jsonSchema } from '../src/schemas.ts';
import { TargetDescription } from '../src/targets/described.ts';

const published = readFileSync('schemas/target.json', 'utf8');

describe('schemas/target.json', () => {
  test('is what the code reads target files by; "npm run schemas" makes it anew', () => {
    expect(JSON.parse(published)).toEqual(JSON.parse(jsonSchema(TargetDescription, 'A target of afresh')));
  });

  test('takes the example of docs/target-files.md, as the code does', () => {
    const [, example = ''] = /```json\n(.*?)```/s.exec(readFileSync('docs/target-files.md', 'utf8')) ?? [];
    const validate = new Ajv2020().compile(JSON.parse(published));
    expect(validate(JSON.parse(example))).toBe(true);
    expect(TargetDescription.safeParse(JSON.parse(example)).success).toBe(true);
  });

  test('refuses what the code refuses: an unknown field, and an exception without a reason', () => {
    const validate = new Ajv2020().compile(JSON.parse(published));
    const fine = { schema: 1, kind: 'afresh-target', address: 'smtp://127.0.0.1:25' };
    for (const wrong of [
      { ...fine, recipients: '*@lab.example' },
      { ...fine, knownDeviations: [{ fingerprint: 'keeps login' }] },
      { ...fine, knownDeviations: [{ fingerprint: 'keeps login', reason: ' ' }] },
      { ...fine, delivery: { maildir: 'mail', sink: 2525 } },
    ]) {
      expect(validate(wrong)).toBe(false);
      expect(TargetDescription.safeParse(wrong).success).toBe(false);
    }
  });
});
