/**
 * `npm run matrix`: checks every server of the lab, and fails on what is not known of it.
 *
 * A finding that the corpus does not hold is one; so is a kept finding that is seen no more. `--write` makes
 * docs/servers.md from the results. Results, and what was found anew, are left in `results/`.
 */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { readEntry } from '../corpus.ts';
import { writeWhole } from '../document.ts';
import { departures, type Filed, matrix } from '../report/matrix.ts';
import type { Report } from '../report/report.ts';
import { resultsOf } from '../report/results.ts';
import { LAB_SERVERS } from '../targets/lab/servers.ts';

const CORPUS = 'corpus';
const RESULTS = 'results';
const PAGE = 'docs/servers.md';
const NAMES = [...LAB_SERVERS.map(({ name }) => name), 'smtp-server', 'haraka'];

const program = new Command('matrix')
  .argument('[names...]', 'of the servers; all unless said')
  .option('--time <duration>', 'for each server', '60s')
  .option('--write', `make ${PAGE} from the results`)
  .parse();
const { time, write } = program.opts<{ time: string; write?: true }>();
const names = program.args.length === 0 ? NAMES : program.args;

mkdirSync(CORPUS, { recursive: true });
const corpus = readdirSync(CORPUS)
  .filter(name => name.endsWith('.json'))
  .sort()
  .map((name): Filed => ({ file: `../${CORPUS}/${name}`, entry: readEntry(join(CORPUS, name)) }));
// What is found is added to a copy: whether it belongs into the corpus is for somebody to judge.
const copy = join(RESULTS, CORPUS);
mkdirSync(RESULTS, { recursive: true });
rmSync(copy, { recursive: true, force: true });
cpSync(CORPUS, copy, { recursive: true });

const reports = names.flatMap(name => checked(name) ?? []);
const unknown = reports.flatMap(report =>
  departures(report, corpus).map(text => `${report.target.name}: ${text}`),
);
process.stdout.write(unknown.map(line => `${line}\n`).join(''));
if (write === true) writeWhole(PAGE, page(reports));
process.exit(unknown.length === 0 ? 0 : 1);

/** The result of one server, or nothing if it could not be started; then it is said why. */
function checked(name: string): Report | undefined {
  const file = join(RESULTS, `${name}.json`);
  rmSync(file, { force: true });
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const options = ['--time', time, '--seed', '1', '--corpus', copy, '--json', file, '--quiet'];
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, 'check', name, ...options], {
    encoding: 'utf8',
  });
  if (status === 2 || status === null) throw new Error(`${name}: ${stderr}`);
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
    const { scenarios, judged } = report.stats;
    process.stdout.write(`${name}: ${report.verdict}, ${scenarios} scenarios, ${judged} judged\n`);
    return report;
  } catch {
    process.stdout.write(`${name}: skipped: ${stderr}${stdout}`);
    return undefined;
  }
}

function page(made: readonly Report[]): string {
  return `# What afresh finds in real servers

Made by \`npm run matrix -- --write\`; each server was checked for ${time}. A cell tells the verdict and how many
scenarios were judged, – that none could be. [lab.md](lab.md) says how the servers are set up,
[SECURITY.md](../SECURITY.md) what is done with a finding.

${matrix(resultsOf(made), corpus)}`;
}
