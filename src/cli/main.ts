#!/usr/bin/env node
/** The command line: reads argv, knows exit codes, and is the only place that ends the process. */

import { setImmediate } from 'node:timers/promises';
import { Command, CommanderError } from 'commander';
import { troubleOf, troubleWith } from '../document.ts';
import { printable } from '../report/printable.ts';
import { TargetError } from '../targets/target.ts';
import { VERSION } from '../version.ts';
import { campaignCommand } from './campaign.ts';
import { checkCommand } from './check.ts';
import { checkClientCommand } from './check-client.ts';
import { addConfig } from './config.ts';
import { listenForSignals, signalExit } from './interruption.ts';
import { labCommand } from './lab.ts';
import { learnCommand } from './learn.ts';
import { limitsCommand } from './limits.ts';
import { listCommand } from './list.ts';
import { minimiseCommand } from './minimise.ts';
import { replayCommand } from './replay.ts';
import { reportCommand } from './report.ts';
import { serveCommand } from './serve.ts';
import { workerCommand } from './worker.ts';

const USAGE = 2;
const INCONCLUSIVE = 3;

/** A fault of our own says nothing about the target: it must not end with the 1 of a finding, which is what Node ends with. */
function crash(error: unknown): never {
  const trouble = troubleOf(error);
  if (trouble !== undefined) {
    process.stderr.write(`afresh: ${printable(trouble)}\n`);
    process.exit(USAGE);
  }
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const lines = told.split('\n').map(line => printable(line));
  process.stderr.write(`afresh: a fault of afresh itself; please report it:\n${lines.join('\n')}\n`);
  process.exit(INCONCLUSIVE);
}

const program = new Command('afresh')
  .description('Finds state that outlives STARTTLS.')
  .version(VERSION)
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(`afresh: ${text.replace(/^error: /, '')}`) })
  .addCommand(checkCommand())
  .addCommand(checkClientCommand())
  .addCommand(replayCommand())
  .addCommand(minimiseCommand())
  .addCommand(reportCommand())
  .addCommand(campaignCommand())
  .addCommand(workerCommand())
  .addCommand(labCommand())
  .addCommand(limitsCommand())
  .addCommand(learnCommand())
  .addCommand(serveCommand())
  .addCommand(listCommand());
addConfig(program);
for (const command of program.commands) command.exitOverride().copyInheritedSettings(program);

listenForSignals();
process.on('uncaughtException', crash);
// What cannot be printed loses neither a search nor its files, nor the exit code where whoever reads has read enough
// (`afresh … | head`).
let unprinted: NodeJS.ErrnoException | undefined;
process.stderr.on('error', () => {});
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') unprinted = error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof TargetError) {
    process.stderr.write(`afresh: ${printable(error.message)}\n`);
    process.exitCode = error.exitCode;
  } else if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : USAGE;
  } else {
    crash(error);
  }
}
// What was printed last is known to be printed, or not, a moment later.
await setImmediate();
if (unprinted !== undefined) {
  process.stderr.write(`afresh: ${troubleWith('standard output', 'written', unprinted)}\n`);
  process.exitCode = USAGE;
}
process.exit(signalExit() ?? process.exitCode);
