/** The schema of measured limits, as `afresh limits --json` writes them. */

import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect, test } from 'vitest';
import { survey } from '../../src/limits/survey.ts';
import { PRESETS } from '../../src/policy.ts';
import { probe } from '../../src/probe.ts';
import { limitsJson } from '../../src/report/limits.ts';
import { StoredSurvey } from '../../src/report/limits-schema.ts';
import { jsonSchema } from '../../src/schemas.ts';
import { variantOf } from '../../src/targets/reference/named.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';

const published = jsonSchema(StoredSurvey, 'Limits that afresh has measured', 'ref');
const ajv = new Ajv2020({ strict: false });
formats.default(ajv);
const validate = ajv.compile(JSON.parse(published) as object);

async function written(name: string, commands = 3_000): Promise<Record<string, unknown>> {
  const target = referenceInMemory(variantOf(name).options);
  const measured = await survey(target, await probe(target), { commands, tries: 1 });
  const text = limitsJson(measured, {
    target: { name: 'mx', address: 'memory:', software: 'reference' },
    startedAt: '2026-11-30T12:00:00.000Z',
    seconds: 1.5,
    policy: PRESETS['no-free-pass'],
  });
  return JSON.parse(text) as Record<string, unknown>;
}

// After a change of the schema: npm run schemas
test('is published as schemas/limits.json', async () => {
  await expect(published).toMatchFileSnapshot('../../schemas/limits.json');
});

test.each([
  ['limits that are kept, and announced', 'limit-announced', 3_000],
  ['one that is forgotten', 'limit-errors-restarted', 3_000],
  ['what there were not enough commands for', 'limit-announced', 10],
])('holds for %s, by whoever reads it', async (_, name, commands) => {
  const document = await written(name, commands);
  validate(document);
  expect(validate.errors).toBeNull();
  expect(StoredSurvey.safeParse(document).error).toBeUndefined();
  expect(validate({ ...document, weather: 'fine' })).toBe(true);
});

test.each([
  [
    'a limit that is neither kept nor forgotten',
    { limits: [{ limit: 'errors', kept: 'maybe', explained: 0 }] },
  ],
  ['a policy without a row', { policy: { errors: 'may' } }],
  ['another kind', { kind: 'afresh-machine' }],
  ['no commands', { commands: null }],
])('refuses %s', async (_, changes) => {
  const document = { ...(await written('limit-announced', 10)), ...changes };
  expect(validate(document)).toBe(false);
  expect(StoredSurvey.safeParse(document).success).toBe(false);
});
