/**
 * Kept scenarios: one JSON file a finding, named after what it shows. Whoever wants to see the finding again needs
 * nothing else: not the run that found it, nor its result.
 */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Deviation } from './claim.ts';
import { ensureWritable, isStream, parsed, readDocument, readJson, writeWhole } from './document.ts';
import type { ReportedFinding } from './report/report.ts';
import { Scenario, size } from './scenario.ts';
import { REQUIREMENTS, type RequirementId } from './smtp/requirements.ts';
import { type RunningTarget, type Target, TargetError } from './targets/target.ts';

const Requirement = z.enum(Object.keys(REQUIREMENTS) as [RequirementId, ...RequirementId[]]);

/** What a finding is, whether a corpus file or a report holds it, and whichever role was put to the test. */
export const FINDING = {
  claim: z.string(),
  requirement: Requirement,
  level: z.enum(['must', 'should']),
  summary: z.string(),
  fingerprint: z.string(),
  signature: z.string(),
  proof: z.enum(['pair', 'sighting']),
  /** `5/5`, or the rate of a race. */
  confirmed: z.string(),
  /** Where in `after` it shows; -1 for the upgrade itself. */
  difference: z.object({ at: z.int(), used: z.string(), fresh: z.string() }).readonly(),
};
const finding = { ...FINDING, scenario: Scenario };

export const CorpusEntry = z
  .object({
    schema: z.literal(1),
    kind: z.literal('afresh-scenario'),
    target: z.string(),
    software: z.string().exactOptional(),
    /** `default`, or what is set otherwise in that software; and how the finding was judged by hand. */
    configuration: z.string().exactOptional(),
    judged: z.string().exactOptional(),
    ...finding,
  })
  .readonly();
export type CorpusEntry = z.infer<typeof CorpusEntry>;

/** As much of a report as its findings need to be seen again. */
const FoundReport = z.object({
  target: z.object({ name: z.string(), software: z.string().exactOptional() }),
  findings: z.array(z.object(finding)),
});

/** What a finding was found in. */
export interface Origin {
  readonly target: string;
  readonly software?: string;
}

export const originOf = ({ name }: Target, { software }: RunningTarget): Origin => ({
  target: name,
  ...(software === undefined ? {} : { software }),
});

/** Characters of a file's name, as long as they tell what it holds. */
const MOST_NAME = 120;

/** The file of a finding, named after what it was found in and what it shows. */
export function fileNamed(directory: string, words: string): string {
  const name = words.replace(/[^a-z0-9.]+/gi, '-').toLowerCase();
  return join(directory, `${name.length <= MOST_NAME ? name : shortened(name, words)}.json`);
}

/** What is cut off may be all that tells two findings apart. */
const shortened = (name: string, words: string): string =>
  `${name.slice(0, MOST_NAME)}-${createHash('sha256').update(words).digest('hex').slice(0, 8)}`;

export const fileOf = (directory: string, { target }: Origin, fingerprint: string): string =>
  fileNamed(directory, `${target} ${fingerprint}`);

/** Writes a finding, unless what is kept stands, and returns its file; none if it turned out to be no finding. */
export function keep(directory: string, origin: Origin, found: ReportedFinding): string | undefined {
  if (found.withdraws === found.fingerprint) return undefined;
  const file = fileOf(directory, origin, found.fingerprint);
  const entry = entryOf(origin, found);
  const kept = keptIn(file, readEntry);
  if (stands(kept, entry, found, size)) return file;
  const configuration = kept?.configuration;
  writeEntry(file, { ...(configuration === undefined ? {} : { configuration }), ...entry });
  return file;
}

/** What a file holds; nothing that can be read is nothing worth keeping. */
export function keptIn<Kept>(file: string, read: (file: string) => Kept): Kept | undefined {
  try {
    return read(file);
  } catch {
    return undefined;
  }
}

/**
 * Whether a file stays as it is, with what was written into it by hand: it says the same of the same version, as far as
 * that is known; or it is smaller than a finding that there was no time to make small.
 */
export function stands<
  Kept extends Pick<CorpusEntry, 'summary' | 'software'> & { readonly scenario: unknown },
>(
  kept: Kept | undefined,
  entry: Kept,
  { minimal }: ReportedFinding,
  sizeOf: (scenario: Kept['scenario']) => number,
): boolean {
  if (kept === undefined) return false;
  const isOfVersion = entry.software === undefined || entry.software === kept.software;
  const isSame =
    isOfVersion && kept.summary === entry.summary && isDeepStrictEqual(kept.scenario, entry.scenario);
  return isSame || (!minimal && sizeOf(kept.scenario) < sizeOf(entry.scenario));
}

/** Whether findings can be kept there is to be known before there is one. */
export const ensureKeepable = (directory: string): void => ensureWritable(join(directory, 'finding.json'));

/** Keeps a finding, and tells in which file. */
export type Keeper = (found: ReportedFinding) => string | undefined;

/** Keeps what one run finds, in place of what turned out to be that: of those files, the ones that the run itself made. */
export function keeping(nameOf: (fingerprint: string) => string, keep: Keeper): Keeper {
  const made = new Set<string>();
  return found => {
    const file = nameOf(found.fingerprint);
    if (!existsSync(file)) made.add(file);
    const stale = found.withdraws === undefined ? undefined : nameOf(found.withdraws);
    if (stale !== undefined && made.has(stale)) rmSync(stale, { force: true });
    return keep(found);
  };
}

export const newKeeper = (directory: string, origin: Origin): Keeper =>
  keeping(
    fingerprint => fileOf(directory, origin, fingerprint),
    found => keep(directory, origin, found),
  );

/** As much of a finding as it takes to see it again. */
export const entryOf = (origin: Origin, found: ReportedFinding): CorpusEntry =>
  CorpusEntry.parse({ ...found, ...origin, schema: 1, kind: 'afresh-scenario' });

/** What a kept scenario is to be looked for. */
export function deviationOf(entry: CorpusEntry): Deviation {
  const { claim, requirement, level, summary, signature, proof, difference } = entry;
  const { at, used, fresh } = difference;
  return { claim, requirement, level, summary, signature, proof, step: at, used, fresh };
}

export const writeEntry = (file: string, entry: CorpusEntry): void =>
  writeWhole(file, `${JSON.stringify(entry, undefined, 2)}\n`);

export function readEntry(file: string): CorpusEntry {
  return readDocument(file, {
    kind: 'afresh-scenario',
    what: 'a kept scenario of afresh',
    schema: CorpusEntry,
  });
}

/** The kept scenario of a file, or the findings of a JSON result. */
export function readFindings(file: string): readonly CorpusEntry[] {
  if (!isReport(readJson(file))) return [readEntry(file)];
  const { target, findings } = parsed(file, readJson(file), FoundReport);
  const { name, ...rest } = target;
  return findings.map(found => ({
    schema: 1,
    kind: 'afresh-scenario',
    target: name,
    ...rest,
    ...found,
  }));
}

const isReport = (json: unknown): boolean =>
  Object(json).schema === 1 && Object(json).tool?.name === 'afresh' && Array.isArray(Object(json).findings);

/** The JSON files of a folder, in the order of their names; none if there is no such folder. */
export function jsonFiles(directory: string): readonly string[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return [];
  }
  const files = names
    .filter(name => name.endsWith('.json'))
    .sort()
    .map(name => join(directory, name));
  // Nobody named it, and reading it might never end.
  const stream = files.find(isStream);
  if (stream !== undefined) throw new TargetError(`${stream}: a pipe or a device, where only files belong`);
  return files;
}

/** Whether a file is about a client (`client/corpus.ts`), a kept script or a result. */
export const isKeptScript = (file: string): boolean => Object(readJson(file)).kind === 'afresh-script';
export const isClientReport = (file: string): boolean => {
  const json = readJson(file);
  return isReport(json) && Object(json).role === 'client';
};

/** All kept scenarios of a folder. */
export const readCorpus = (directory: string): readonly CorpusEntry[] =>
  jsonFiles(directory)
    .filter(file => !isKeptScript(file))
    .map(readEntry);
