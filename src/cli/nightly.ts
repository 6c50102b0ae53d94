/** `npm run nightly`: checks the newest npm targets, keeps each result as JSON, and fails on what is not known. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Report } from '../report/report.ts';

/** Fingerprints that are known of a target, and why they are. */
const KNOWN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'smtp-server': {},
};
const TIME = '5m';
const main = fileURLToPath(new URL('main.ts', import.meta.url));

mkdirSync('results', { recursive: true });
let failed = false;
for (const [target, known] of Object.entries(KNOWN)) {
  const file = `results/${target}.json`;
  const { status } = spawnSync(
    process.execPath,
    [main, 'check', target, '--time', TIME, '--corpus', 'corpus', '--json', file],
    { stdio: 'inherit' },
  );
  if (status !== 0 && status !== 1) {
    failed = true;
    continue;
  }
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  const found = new Set(report.findings.map(({ fingerprint }) => fingerprint));
  for (const fingerprint of found) if (known[fingerprint] === undefined) failed = true;
  for (const [fingerprint, reason] of Object.entries(known)) {
    if (found.has(fingerprint)) continue;
    process.stderr.write(`${target}: ${fingerprint} is listed as known (${reason}) and was not found\n`);
    failed = true;
  }
}
process.exit(failed ? 1 : 0);
