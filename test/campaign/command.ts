/** Campaigns as processes, for tests that start, kill and read them. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Event } from '../../src/campaign/state.ts';
import type { Report } from '../../src/report/report.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export function afresh(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

export interface Finished {
  readonly code: number | null;
  /** What it said on stdout and stderr. */
  readonly text: string;
}

export async function finished(child: ChildProcess): Promise<Finished> {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, text };
}

/** The whole events in the journal of a results folder. */
export function events(results: string): readonly Event[] {
  try {
    const lines = readFileSync(join(results, 'journal.jsonl'), 'utf8').split('\n');
    return lines.slice(0, -1).map(line => JSON.parse(line));
  } catch {
    return [];
  }
}

export const unitsDone = (results: string): readonly string[] =>
  events(results).flatMap(event => (event.kind === 'done' ? [event.unit] : []));

/** The reports of the last run in a results folder. */
function reports(results: string): readonly Report[] {
  const runs = join(results, 'runs');
  const last = readdirSync(runs).sort().at(-1) as string;
  return readdirSync(join(runs, last))
    .filter(name => name !== 'campaign.json')
    .map(name => JSON.parse(readFileSync(join(runs, last, name), 'utf8')));
}

/** Target and fingerprint of each finding of the last run. */
export const fingerprints = (results: string): readonly string[] =>
  reports(results)
    .flatMap(({ target, findings }) => findings.map(({ fingerprint }) => `${target.name} ${fingerprint}`))
    .sort();
