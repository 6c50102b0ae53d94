import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { beforeAll, describe, expect, test } from 'vitest';
import { json } from '../../src/report/json.ts';
import type { Report } from '../../src/report/report.ts';
import { resultsOf } from '../../src/report/results.ts';
import { reportsIn, StoredReport, StoredReports } from '../../src/report/schema.ts';
import { jsonSchema } from '../../src/schemas.ts';
import { HOSTILE, hostile, realReport } from './stored.ts';

let real: Report;
beforeAll(async () => {
  real = await realReport();
});

const published = jsonSchema(StoredReports, 'Results of afresh', 'ref');

function validator() {
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  return ajv.compile(JSON.parse(published) as object);
}

describe('the schema of a stored result', () => {
  // After a change of the schema: npm run schemas
  test('is published as schemas/report.json', async () => {
    await expect(published).toMatchFileSnapshot('../../schemas/report.json');
  });

  test('holds for a real result, as it is written', () => {
    const written: unknown = JSON.parse(json(resultsOf([real])));
    const validate = validator();
    validate(written);
    expect(validate.errors).toBeNull();
    expect(validate({ ...Object(written), verdict: 'fine' })).toBe(false);
  });

  test('what is written can be read again, and is the same', () => {
    const written: unknown = JSON.parse(json(resultsOf([real])));
    expect(reportsIn('x.json', written)).toEqual([JSON.parse(JSON.stringify(real))]);
  });

  test('a field of a later version is kept', () => {
    expect(reportsIn('x.json', { ...real, weather: 'fine' })).toMatchObject([{ weather: 'fine' }]);
  });

  test.each(HOSTILE)('text is text, whatever it says: %j', text => {
    const written = json(resultsOf([hostile(real, text)]));
    expect(StoredReport.safeParse(JSON.parse(written)).error).toBeUndefined();
    expect(written).not.toMatch(/[^\n\x20-\x7e]/);
  });

  test('what is nested without end is refused, too', () => {
    let state: unknown = 'deep';
    for (let depth = 0; depth < 50_000; depth++) state = [state];
    expect(() => reportsIn('x.json', { ...real, later: state })).toThrow('nested more than 200 levels deep');
  });

  test.each([
    [null, 'x.json: not a result of afresh; check --json FILE writes one'],
    [[7], 'x.json: not a result of afresh; check --json FILE writes one'],
    [{ schema: 2, tool: { name: 'afresh' } }, 'x.json: schema 2, this afresh knows schema 1 only'],
    [{ schema: 1, tool: { name: 'afresh' } }, /^x\.json: tool\.version: /],
  ])('%j is refused with one line', (content, problem) => {
    expect(() => reportsIn('x.json', content)).toThrow(problem);
  });
});
