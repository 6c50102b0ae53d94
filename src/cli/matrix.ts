/**
 * `npm run matrix`: checks every server of the lab, and fails on what is not known of it.
 *
 * A finding that the corpus does not hold is one, unless it is only to be told (`--new tell`); so is a kept finding that
 * is seen no more. `--write` makes docs/servers.md from the results. Results, and what was found anew, are left in `results/`.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { readEntry } from '../corpus.ts';
import { writeWhole } from '../document.ts';
import { type Filed, matrix, unknownFindings } from '../report/matrix.ts';
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
  .addOption(
    new Option('--new <what>', 'what a finding that is not known comes to')
      .choices(['fail', 'tell'])
      .default('fail'),
  )
  .parse();
const { time, write, new: onNew } = program.opts<{ time: string; write?: true; new: 'fail' | 'tell' }>();
const names = program.args.length === 0 ? NAMES : program.args;

const corpus = readdirSync(CORPUS)
  .filter(name => name.endsWith('.json'))
  .sort()
  .map((name): Filed => ({ file: `../${CORPUS}/${name}`, entry: readEntry(join(CORPUS, name)) }));
// What is found goes there: whether it belongs into the corpus is for somebody to judge.
const found = join(RESULTS, CORPUS);
rmSync(found, { recursive: true, force: true });
mkdirSync(found, { recursive: true });

const outcomes = names.map(name => {
  const report = checked(name);
  if (report === undefined) return [];
  const news = unknown(report);
  return [{ report, departures: [...(onNew === 'fail' ? news : []), ...fixed(name)] }];
});
const reports = outcomes.flat().map(({ report }) => report);
if (write === true) writeWhole(PAGE, page(reports));
process.exit(outcomes.flat().some(({ departures }) => departures.length > 0) ? 1 : 0);

/** The result of one server, or nothing if it could not be started; then it is said why. */
function checked(name: string): Report | undefined {
  const file = join(RESULTS, `${name}.json`);
  rmSync(file, { force: true });
  const options = ['--time', time, '--seed', '1', '--corpus', found, '--json', file, '--quiet'];
  const { output, status } = afresh('check', name, ...options);
  if (!existsSync(file)) {
    // 3 is a target that is not to be had here; anything else is a failure of ours.
    if (status !== 3) throw new Error(`${name}: ${output}`);
    process.stdout.write(`${name}: skipped: ${output}`);
    return undefined;
  }
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  const { scenarios, judged } = report.stats;
  process.stdout.write(`${name}: ${report.verdict}, ${scenarios} scenarios, ${judged} judged\n`);
  return report;
}

function unknown(report: Report): readonly string[] {
  const lines = unknownFindings(report, corpus);
  for (const line of lines) process.stdout.write(`  new: ${line}\n`);
  return lines;
}

/** Kept findings of the server that are not there any more. */
function fixed(name: string): readonly string[] {
  const kept = corpus
    .filter(({ entry }) => entry.target === name)
    .map(({ file }) => file.slice('../'.length));
  if (kept.length === 0) return [];
  const { output } = afresh('replay', ...kept);
  const lines = output.split('\n').filter(line => line !== '');
  for (const line of lines) process.stdout.write(`  ${line}\n`);
  return lines.filter(line => line.startsWith('FIXED'));
}

function afresh(...args: readonly string[]): { readonly output: string; readonly status: number | null } {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
  return { output: `${stdout}${stderr}`, status };
}

function page(made: readonly Report[]): string {
  return `# What afresh finds in real servers

Made by \`npm run matrix -- --write\`; each server was checked for ${time}. A cell tells the verdict and how many
scenarios were judged, – that none could be. [lab.md](lab.md) says how the servers are set up,
[SECURITY.md](../SECURITY.md) what is done with a finding.

${matrix(resultsOf(made), corpus)}`;
}
