/**
 * `npm run reproducers [TARGET…]`: writes the stand-alone script of every kept finding beside the corpus.
 *
 * A script holds what its server takes STARTTLS behind, so the servers are started. What cannot be had here keeps the
 * script that it has, and is told.
 */

import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { jsonFiles, readEntry } from '../corpus.ts';
import { writeWhole } from '../document.ts';
import { benchOf } from '../replay.ts';
import { RUN_LIMITS } from '../stage.ts';
import { targetOf } from '../targets/registry.ts';
import { TargetError } from '../targets/target.ts';
import { keptScript } from './reproducer.ts';

const CORPUS = 'corpus';
const FOLDER = join(CORPUS, 'reproducers');

const wanted = process.argv.slice(2);
const kept = jsonFiles(CORPUS).map(file => ({ file, entry: readEntry(file) }));
mkdirSync(FOLDER, { recursive: true });
for (const [name, findings] of Map.groupBy(kept, ({ entry }) => entry.target)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  try {
    await write(name, findings);
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    process.stdout.write(`${name}: skipped: ${error.message}\n`);
  }
}

async function write(name: string, findings: typeof kept): Promise<void> {
  const target = await targetOf(name).start();
  try {
    const bench = await benchOf(target, RUN_LIMITS, 1);
    for (const { file, entry } of findings) {
      const script = join(FOLDER, basename(file).replace(/json$/, 'py'));
      writeWhole(script, keptScript('py', bench, entry));
      process.stdout.write(`${script}\n`);
    }
  } finally {
    await target.stop();
  }
}
