import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { KeptScript } from '../src/client/corpus.ts';
import { CorpusEntry } from '../src/corpus.ts';
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

describe.each([
  ['scenario', CorpusEntry, 'A scenario that afresh has kept, with what it shows of a server', 'corpus'],
  [
    'script',
    KeptScript,
    'A script of a server that afresh has kept, with what it shows of a client',
    'corpus/clients',
  ],
] as const)('schemas/%s.json', (name, schema, title, corpus) => {
  const text = readFileSync(`schemas/${name}.json`, 'utf8');
  const validate = new Ajv2020().compile(JSON.parse(text));
  const kept = readdirSync(corpus)
    .filter(file => file.endsWith('.json'))
    .map(file => JSON.parse(readFileSync(join(corpus, file), 'utf8')) as Record<string, unknown>);

  test('is what the code reads kept files by; "npm run schemas" makes it anew', () => {
    expect(JSON.parse(text)).toEqual(JSON.parse(jsonSchema(schema, title, 'ref')));
  });

  test('takes every kept file', () => {
    expect(kept.length).toBeGreaterThan(0);
    for (const entry of kept) expect([validate(entry), validate.errors]).toEqual([true, null]);
  });

  test('refuses what the code refuses: another kind, a later schema, and no scenario', () => {
    const [fine] = kept;
    for (const wrong of [
      { ...fine, kind: 'afresh-x' },
      { ...fine, schema: 2 },
      { ...fine, scenario: [] },
    ]) {
      expect(validate(wrong)).toBe(false);
      expect(schema.safeParse(wrong).success).toBe(false);
    }
  });
});
