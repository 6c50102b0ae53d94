/** The campaign file: what it may say, what is said for it, and how mistakes in it are told. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CampaignFile, campaignOf, readCampaign, TEMPLATE } from '../../src/campaign/file.ts';
import { jsonSchema } from '../../src/schemas.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'campaign-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function written(text: string, name = 'campaign.yaml'): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const NIGHTLY = { mode: 'nightly' } as const;

test('the published schema is that of the code; "npm run schemas" makes it anew', () => {
  const published = readFileSync(new URL('../../schemas/campaign.json', import.meta.url), 'utf8');
  expect(published).toBe(jsonSchema(CampaignFile, 'A campaign of afresh'));
});

test('what --init writes is a campaign, and so is each line that it has commented out', () => {
  const uncommented = TEMPLATE.replace(/^( *)# (?=- name| {2}\w+:|\w+: )/gm, '$1');
  expect(CampaignFile.parse(parse(TEMPLATE)).targets).toEqual(['reference']);
  const all = CampaignFile.parse(parse(uncommented));
  expect(all.targets).toHaveLength(2);
  expect(all).toMatchObject({ baseline: 'known.yaml', jobs: 8, workers: 2, seed: 1 });
});

test('JSON is taken as well as YAML, and paths are relative to the file', () => {
  const yaml = readCampaign(written('targets: [reference]\ncorpus: kept\n'), NIGHTLY);
  const json = readCampaign(written('{"targets": ["reference"], "corpus": "kept"}', 'c.json'), NIGHTLY);
  expect(json).toEqual(yaml);
  expect(yaml.corpus).toBe(join(folder, 'kept'));
});

describe('the budget', () => {
  const file = CampaignFile.parse({ targets: ['reference'], budget: { nightly: { scenarios: 5 } } });

  test('is that of the mode, and flags win', () => {
    expect(campaignOf(file, '/', NIGHTLY).budget).toEqual({ scenarios: 5 });
    expect(campaignOf(file, '/', { mode: 'nightly', time: 9 }).budget).toEqual({ time: 9 });
  });

  test('is minutes for a pull request unless said', () => {
    expect(campaignOf(file, '/', { mode: 'pr' }).budget).toEqual({ time: 180_000 });
  });
});

/** A few lines that stand for millions. */
const BOMB = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...'bcdef'.split('').map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcde'[index]}`)}]`),
].join('\n');

describe('a mistake is told in one line that names the place', () => {
  test.each([
    ['targets: []', /targets/],
    ['targets: [reference]\njbos: 3', /jbos/],
    ['targets: [reference]\nbudget: {nightly: {time: 5 minutes}}', /budget\.nightly\.time.*such as 5m/],
    ['targets: [reference]\nbudget: {nightly: {time: 0s}}', /budget\.nightly\.time.*such as 5m/],
    [
      'targets: [reference]\nbudget: {nightly: {time: 600h}}',
      /budget\.nightly\.time.*no longer than 24 days/,
    ],
    ['targets: [reference]\nclaims: [everything]', /claims\[0\]/],
    ['targets: [reference, reference]', /name of its own/],
    ['targets: [a: b: c', /line 1/],
    ['', /expected object/],
    ['targets: [reference]\n---\ntargets: [reference]\n', /multiple documents/],
    [BOMB, /alias count/],
  ])('%j', (text, expected) => {
    const read = (): unknown => readCampaign(written(text), NIGHTLY);
    expect(read).toThrow(expected);
    expect(read).toThrow(/^[^\n]*$/);
  });

  test('a file that is not there', () => {
    expect(() => readCampaign(join(folder, 'none.yaml'), NIGHTLY)).toThrow(/cannot be read/);
  });
});
