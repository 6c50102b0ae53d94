/** Findings about a client for which there was no time, made small when there is. */

import { expect, test } from 'vitest';
import { CLIENT_CLAIMS } from '../../properties/client/index.ts';
import { ClientExperiment } from '../../src/client/experiment.ts';
import type { ClientFinding } from '../../src/client/finding.ts';
import { clientNamed } from '../../src/client/known.ts';
import { CLEAN, type Script, type Step, size } from '../../src/client/script.ts';
import { newClientInvestigator } from '../../src/client/suspicions.ts';
import { authority, caFile } from './authority.ts';

const stageOf = (name: string) =>
  ({ client: clientNamed(name), authority, caFile, tls: 'required', limit: 10_000 }) as const;

const SIZE: Step = { kind: 'size', limit: null };
const GREETING: Step = { kind: 'greeting', name: 'b', code: 220, lines: 2 };
const script = (...before: readonly Step[]): Script => ({
  errand: { letter: 'eight-bit' },
  before,
  upgrade: CLEAN,
  after: [],
});

/** What is told when these scripts are looked into in a hurry, but for the first `unhurried`, and refined then. */
async function refinedFrom(client: string, scripts: readonly Script[], unhurried = 0) {
  const experiment = new ClientExperiment({ stage: stageOf(client), claims: CLIENT_CLAIMS, jobs: 8 });
  const told: ClientFinding[] = [];
  let looked = 0;
  const investigator = newClientInvestigator({
    experiment,
    jobs: 8,
    expired: () => looked >= unhurried,
    stopped: () => false,
    onFinding: finding => told.push(finding),
  });
  for (const one of scripts) {
    await investigator.consider(await experiment.examine(one));
    looked++;
  }
  const rough = [...investigator.findings];
  await investigator.refine(() => false);
  return { rough, investigator, experiment, told };
}

test('a finding that is not minimal is made small, and told once more by what it turns out to be', async () => {
  const { rough, investigator, told } = await refinedFrom('reference:keeps-size', [script(GREETING, SIZE)]);
  expect(rough).toMatchObject([{ minimal: false, fingerprint: 'keeps SIZE and greeting' }]);
  expect(investigator.findings).toMatchObject([
    { minimal: true, fingerprint: 'keeps SIZE', script: { before: [SIZE] } },
  ]);
  expect(told).toHaveLength(2);
  expect(told[1]).toBe(investigator.findings[0]);
  expect(told[1]).toMatchObject({ withdraws: 'keeps SIZE and greeting' });
  expect(investigator.sightings.count('keeps SIZE')).toBe(1);
  expect(investigator.sightings.count('keeps SIZE and greeting')).toBe(0);
  expect(size((told[1] as ClientFinding).script)).toBeLessThan(size((told[0] as ClientFinding).script));
});

test('one that is minimal, or was tried before, costs nothing more', async () => {
  const { investigator, experiment } = await refinedFrom('reference:keeps-size', [script(GREETING, SIZE)]);
  const { runs } = experiment.counts;
  await investigator.refine(() => false);
  expect(experiment.counts.runs).toBe(runs);
});

test('nothing is begun when it is over', async () => {
  const experiment = new ClientExperiment({
    stage: stageOf('reference:keeps-size'),
    claims: CLIENT_CLAIMS,
    jobs: 8,
  });
  const investigator = newClientInvestigator({
    experiment,
    jobs: 8,
    expired: () => true,
    stopped: () => false,
    onFinding: () => {},
  });
  await investigator.consider(await experiment.examine(script(GREETING, SIZE)));
  const { runs } = experiment.counts;
  await investigator.refine(() => true);
  expect(experiment.counts.runs).toBe(runs);
  expect(investigator.findings).toMatchObject([{ minimal: false }]);
});

test('of two that turn out to be the same, one stands, and what it is known by is told for the other', async () => {
  const experiment = new ClientExperiment({
    stage: stageOf('reference:keeps-size'),
    claims: CLIENT_CLAIMS,
    jobs: 8,
  });
  const told: ClientFinding[] = [];
  const investigator = newClientInvestigator({
    experiment,
    jobs: 8,
    expired: () => true,
    stopped: () => false,
    onFinding: finding => told.push(finding),
  });
  // Side by side, neither knows of the other.
  const scripts = [script(GREETING, SIZE), script({ kind: 'keyword', keyword: 'DSN' }, SIZE)];
  const seen = await Promise.all(scripts.map(one => experiment.examine(one)));
  await Promise.all(seen.map(one => investigator.consider(one)));
  const rough = investigator.findings.map(({ fingerprint }) => fingerprint);
  expect(rough).toHaveLength(2);
  await investigator.refine(() => false);
  expect(investigator.findings).toMatchObject([{ fingerprint: 'keeps SIZE', minimal: true }]);
  expect(told.slice(2).map(({ fingerprint }) => fingerprint)).toEqual(['keeps SIZE', 'keeps SIZE']);
  expect(told.slice(2).map(({ withdraws }) => withdraws)).toEqual(rough);
  expect(rough.map(name => investigator.sightings.count(name))).toEqual([0, 0]);
});
