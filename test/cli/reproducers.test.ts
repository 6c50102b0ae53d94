/** The scripts that stand beside the corpus: each is up to date, and shows its finding in the server that has it. */

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keptScript } from '../../src/cli/reproducer.ts';
import { jsonFiles, readEntry } from '../../src/corpus.ts';
import { benchOf } from '../../src/replay.ts';
import { RUN_LIMITS } from '../../src/stage.ts';
import { obstacle } from '../../src/targets/lab/root.ts';
import { LAB_SERVERS } from '../../src/targets/lab/servers.ts';
import { targetOf } from '../../src/targets/registry.ts';

const CORPUS = join(import.meta.dirname, '../../corpus');
const SCRIPTS = join(CORPUS, 'reproducers');
const kept = jsonFiles(CORPUS).map(file => ({
  entry: readEntry(file),
  script: basename(file).replace(/json$/, 'py'),
}));
const targets = [...Map.groupBy(kept, ({ entry }) => entry.target)].map(([name, findings]) => ({
  name,
  findings,
  why: LAB_SERVERS.some(server => server.name === name) ? obstacle() : undefined,
}));
/** The first start of a server on a machine fetches its packages. */
const START = 300_000;

it('there is one for each finding, and for nothing else', () => {
  expect(readdirSync(SCRIPTS).sort()).toEqual(kept.map(({ script }) => script).sort());
});

for (const { name, findings, why } of targets)
  describe.skipIf(why !== undefined)(`of ${name}${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
    it('are what "npm run reproducers" makes, and show what they say', { timeout: START }, async () => {
      const target = await targetOf(name).start();
      try {
        const bench = await benchOf(target, RUN_LIMITS, 1);
        const [, host, port] = /\/\/(.*):(\d+)$/.exec(target.address) ?? [];
        for (const { entry, script } of findings) {
          const text = readFileSync(join(SCRIPTS, script), 'utf8');
          expect(text, script).toBe(keptScript('py', bench, entry));
          // One that speaks on its standard input has no place to connect to.
          if (host === undefined || port === undefined) continue;
          // What the application is given, or gets delivered, no client can judge.
          const verdict = text.includes('"for": "nothing"') ? /^COULD NOT JUDGE: / : /^REPRODUCED: /;
          const { user, password } = bench.probed.speech;
          const output = await ran(join(SCRIPTS, script), [host, port, '--auth', `${user}:${password}`]);
          expect(output.trimEnd().split('\n').at(-1), script).toMatch(verdict);
        }
      } finally {
        await target.stop();
      }
    });
  });

/** What a script says; its exit code repeats the last line. */
const ran = (file: string, args: readonly string[]): Promise<string> =>
  new Promise(resolve => {
    execFile('python3', [file, ...args], (_, stdout, stderr) => resolve(stdout + stderr));
  });
