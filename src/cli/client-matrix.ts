/**
 * `npm run matrix:clients`: checks every known client that is on this machine. `--write` makes docs/clients.md from the
 * results, which are left in `results/`. A client that is not there is skipped, and it is said why.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { readScripts } from '../client/corpus.ts';
import { CLIENTS } from '../client/known.ts';
import { clientMatrix } from '../client/matrix.ts';
import { writeWhole } from '../document.ts';
import type { Report } from '../report/report.ts';

const RESULTS = 'results';
const PAGE = 'docs/clients.md';
const NAMES = CLIENTS.map(({ name }) => name).filter(name => !name.startsWith('reference'));

/** Checked like the others, and left out of the page: what is found in them is not public yet (SECURITY.md). */
const UNPUBLISHED: readonly string[] = ['exim', 'postfix'];

const program = new Command('matrix:clients')
  .argument('[names...]', 'of the clients; all unless said')
  .option('--time <duration>', 'for each client', '60s')
  .option('--write', `make ${PAGE} from the results`)
  .parse();
const { time, write } = program.opts<{ time: string; write?: true }>();

mkdirSync(RESULTS, { recursive: true });
const skipped: string[] = [];
const reports = (program.args.length === 0 ? NAMES : program.args).flatMap(name => checked(name) ?? []);
if (write === true) writeWhole(PAGE, page());

/** The result of one client, or nothing if it is not there. */
function checked(name: string): Report | undefined {
  const file = join(RESULTS, `client-${name}.json`);
  rmSync(file, { force: true });
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const options = ['--time', time, '--seed', '1', '--json', file, '--quiet'];
  const { stderr } = spawnSync(process.execPath, [main, 'check-client', name, ...options], {
    encoding: 'utf8',
  });
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
    process.stdout.write(`${name}: ${report.verdict}, ${report.stats.scenarios} scripts\n`);
    return report;
  } catch {
    const [reason = ''] = stderr.split('\n');
    process.stdout.write(`${name}: skipped: ${reason}\n`);
    skipped.push(`${name}: ${reason.replace(/^afresh: /, '')}`);
    return undefined;
  }
}

function page(): string {
  const shown = reports.filter(({ target: { name } }) => !UNPUBLISHED.includes(name));
  return `# What afresh finds in real clients

Made by \`npm run matrix:clients -- --time ${time} --write\` on ${reports[0]?.startedAt.slice(0, 10) ?? 'no day'}: each client was
asked for TLS or nothing (\`--tls required\`), in its default settings but for short time limits. A cell tells the verdict
and how many runs put the claim to the test, – that none could; behind a finding stands how it was judged by hand.
\`afresh check-client NAME\` shows the dialogues, \`afresh replay corpus/clients/FILE\` a finding again; what a run
of this length does not come to each time is kept there, too.

Not shown, until what is found in them is public ([SECURITY.md](../SECURITY.md)): ${UNPUBLISHED.join(', ')}.

${clientMatrix(shown, readScripts('corpus/clients'))}${skipped.map(line => `\nSkipped: ${line}\n`).join('')}`;
}
