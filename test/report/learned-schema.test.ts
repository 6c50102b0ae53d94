/** The schema of machine.json: of a machine that was learned, as it is written. */

import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect, test } from 'vitest';
import { type Learned, learn } from '../../src/learn/learn.ts';
import { learnedJson } from '../../src/report/learned.ts';
import { StoredMachine } from '../../src/report/learned-schema.ts';
import { jsonSchema } from '../../src/schemas.ts';
import { variantOf } from '../../src/targets/reference/named.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';

const published = jsonSchema(StoredMachine, 'A machine that afresh has learned', 'ref');
const ajv = new Ajv2020({ strict: false });
formats.default(ajv);
const validate = ajv.compile(JSON.parse(published) as object);

const OF = { name: 'mx', address: 'memory:', startedAt: '2026-11-30T12:00:00.000Z' };
const written = (learned: Learned) => JSON.parse(learnedJson(learned, OF)) as Record<string, unknown>;
const learned = (fault: string | undefined, extra = 1): Promise<Learned> =>
  learn(referenceInMemory(fault === undefined ? {} : variantOf(fault).options), {
    jobs: 8,
    extra,
    inputs: ['ehlo', 'mail', 'rcpt', 'starttls'],
  });

// After a change of the schema: npm run schemas
test('is published as schemas/machine.json', async () => {
  await expect(published).toMatchFileSnapshot('../../schemas/machine.json');
});

test.each([
  ['a sound server', undefined, 'holds'],
  ['a faulty one', 'keeps-sender', 'violated'],
])('holds for the machine of %s, by whoever reads it', async (_, fault, verdict) => {
  const document = written(await learned(fault));
  expect(document).toMatchObject({ verdict });
  validate(document);
  expect(validate.errors).toBeNull();
  expect(StoredMachine.safeParse(document).error).toBeUndefined();
  expect(validate({ ...document, weather: 'fine' })).toBe(true);
});

test('holds where no machine was learned', async () => {
  const { machine: _, fresh: __, extra: ___, ...rest } = await learned(undefined);
  const document = written({ ...rest, entries: [], incomplete: 'time was up' });
  expect(document).toMatchObject({ verdict: 'inconclusive' });
  validate(document);
  expect(validate.errors).toBeNull();
});

test.each([
  ['a state without moves', { states: [{ access: [] }] }],
  ['a move to no state', { states: [{ access: [], moves: { ehlo: { output: '250', to: -1 } } }] }],
  ['a verdict that there is not', { verdict: 'fine' }],
  ['another schema', { schema: 2 }],
  ['no entries', { entries: null }],
])('refuses %s', async (_, changes) => {
  const document = { ...written(await learned(undefined)), ...changes };
  expect(validate(document)).toBe(false);
  expect(StoredMachine.safeParse(document).success).toBe(false);
});
