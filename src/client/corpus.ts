/** Kept server scripts: one JSON file a finding about a client, in the same folder as kept scenarios. */

import { z } from 'zod';
import type { Deviation } from '../claim.ts';
import {
  FINDING,
  fileNamed,
  isKeptScript,
  jsonFiles,
  type Keeper,
  keeping,
  keptIn,
  stands,
} from '../corpus.ts';
import { parsed, readDocument, readJson, writeWhole } from '../document.ts';
import type { ReportedFinding } from '../report/report.ts';
import { nameOf, userClient } from './command.ts';
import { clientNamed } from './known.ts';
import type { Client } from './launch.ts';
import { Script, size } from './script.ts';

export const KeptScript = z
  .object({
    schema: z.literal(1),
    kind: z.literal('afresh-script'),
    /** A known client's name, or the words of a command line. */
    client: z.array(z.string()).min(1).readonly(),
    tls: z.enum(['required', 'opportunistic']),
    software: z.string(),
    /** How the finding was judged by hand. */
    judged: z.string().exactOptional(),
    ...FINDING,
    scenario: Script,
  })
  .readonly();
export type KeptScript = z.infer<typeof KeptScript>;

/** What a finding was found in. */
export type ClientOrigin = Pick<KeptScript, 'client' | 'tls' | 'software'>;

/** One word is a name, unless it has a place for the port; more are a command line. */
export const clientOf = (words: readonly string[], impatient: boolean): Client =>
  words.length === 1 && !words[0]?.includes('{') ? clientNamed(words[0] ?? '') : userClient(words, impatient);

const fileOf = (directory: string, { client }: ClientOrigin, fingerprint: string): string =>
  fileNamed(directory, `client ${nameOf(client)} ${fingerprint}`);

export const newScriptKeeper = (directory: string, origin: ClientOrigin): Keeper =>
  keeping(
    fingerprint => fileOf(directory, origin, fingerprint),
    found => keepScript(directory, origin, found),
  );

/** Writes a finding, unless what is kept stands, and returns its file. */
export function keepScript(directory: string, origin: ClientOrigin, found: ReportedFinding): string {
  const file = fileOf(directory, origin, found.fingerprint);
  const entry = scriptEntryOf(origin, found);
  if (!stands(keptIn(file, readScript), entry, found, size)) writeScript(file, entry);
  return file;
}

/** As much of a finding as it takes to see it again. */
export const scriptEntryOf = (origin: ClientOrigin, found: ReportedFinding): KeptScript =>
  KeptScript.parse({ ...found, ...origin, schema: 1, kind: 'afresh-script' });

export const writeScript = (file: string, entry: KeptScript): void =>
  writeWhole(file, `${JSON.stringify(entry, undefined, 2)}\n`);

/** What a kept script is to be looked for. */
export function wantedOf({ difference, ...found }: KeptScript): Deviation {
  const { claim, requirement, level, summary, signature, proof } = found;
  const { at, used, fresh } = difference;
  return { claim, requirement, level, summary, signature, proof, step: at, used, fresh };
}

export const readScript = (file: string): KeptScript =>
  readDocument(file, { kind: 'afresh-script', what: 'a kept script of afresh', schema: KeptScript });

/** As much of a report as its findings need to be seen again. */
const FoundReport = z.object({
  target: z.object({
    name: z.string(),
    address: z.enum(['TLS required', 'TLS opportunistic']),
    software: z.string().exactOptional(),
    command: z.array(z.string()).min(1).exactOptional(),
  }),
  findings: z.array(z.object({ ...FINDING, scenario: Script })),
});

/** The findings of a JSON result about a client. */
export function readFoundScripts(file: string): readonly KeptScript[] {
  const { target, findings } = parsed(file, readJson(file), FoundReport);
  const { name, address, software = name, command = [name] } = target;
  const tls = address === 'TLS required' ? 'required' : 'opportunistic';
  return findings.map(found => ({
    schema: 1,
    kind: 'afresh-script',
    client: command,
    tls,
    software,
    ...found,
  }));
}

/** All kept scripts of a folder, in the order of their names. */
export const readScripts = (directory: string): readonly KeptScript[] =>
  jsonFiles(directory).filter(isKeptScript).map(readScript);
