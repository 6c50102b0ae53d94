/** Kept scenarios: one JSON file a finding, named after what it shows. Written atomically, read with care. */

import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { ReportedFinding } from './report/report.ts';
import { Scenario } from './scenario.ts';
import { TargetError } from './targets/target.ts';

const CorpusEntry = z
  .object({
    schema: z.literal(1),
    kind: z.literal('afresh-scenario'),
    target: z.string(),
    software: z.string().optional(),
    claim: z.string(),
    fingerprint: z.string(),
    summary: z.string(),
    signature: z.string(),
    proof: z.enum(['pair', 'sighting']),
    scenario: Scenario,
  })
  .readonly();
export type CorpusEntry = z.infer<typeof CorpusEntry>;

/** Writes a finding and returns its file. */
export function keep(
  directory: string,
  target: string,
  software: string | undefined,
  { claim, fingerprint, summary, signature, proof, scenario }: ReportedFinding,
): string {
  const entry: CorpusEntry = {
    schema: 1,
    kind: 'afresh-scenario',
    target,
    software,
    claim,
    fingerprint,
    summary,
    signature,
    proof,
    scenario,
  };
  const name = `${target} ${fingerprint}`
    .replace(/[^a-z0-9.]+/gi, '-')
    .toLowerCase()
    .slice(0, 120);
  const file = join(directory, `${name}.json`);
  writeWhole(file, `${JSON.stringify(entry, undefined, 2)}\n`);
  return file;
}

/** A file that is there is whole: it is written beside and then moved into place. Makes the folder, too. */
export function writeWhole(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.part`, text);
  renameSync(`${file}.part`, file);
}

export function readEntry(file: string): CorpusEntry {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new TargetError(
      `${file}: ${error instanceof SyntaxError ? 'not whole JSON; was it cut off?' : 'cannot be read'}`,
    );
  }
  const { schema, kind } = Object(json) as { schema?: unknown; kind?: unknown };
  if (kind !== 'afresh-scenario') throw new TargetError(`${file}: not a kept scenario of afresh`);
  if (schema !== 1)
    throw new TargetError(`${file}: schema ${String(schema)} is newer than this afresh knows (1)`);
  const parsed = CorpusEntry.safeParse(json);
  if (!parsed.success)
    throw new TargetError(`${file}: ${z.prettifyError(parsed.error).split('\n')[0] ?? 'not valid'}`);
  return parsed.data;
}

/** All kept scenarios of a folder, in the order of their names; none if there is no such folder. */
export function readCorpus(directory: string): readonly CorpusEntry[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return [];
  }
  return names
    .filter(name => name.endsWith('.json'))
    .sort()
    .map(name => readEntry(join(directory, name)));
}
