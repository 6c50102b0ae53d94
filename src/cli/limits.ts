/** `afresh limits TARGET`: which limits there are, how high, and which of them outlive STARTTLS. */

import { Command } from 'commander';
import { ensureWritable, writeWhole } from '../document.ts';
import { judged, violations } from '../limits/judge.ts';
import { type Survey, survey } from '../limits/survey.ts';
import { probe, withoutTls } from '../probe.ts';
import { limitsJson, limitsTable, reportedLimit, threeRuns } from '../report/limits.ts';
import { printable } from '../report/printable.ts';
import { targetOf } from '../targets/registry.ts';
import { interruption } from './interruption.ts';
import { addTargetOptions, duration, type TargetFlags, targetOptionsOf, whole } from './options.ts';
import { addPolicyOptions, type PolicyFlags, policyFrom } from './policy.ts';

interface Flags extends TargetFlags, PolicyFlags {
  readonly commands: number;
  readonly tries: number;
  readonly sessionWait?: number;
  readonly json?: string;
  readonly verbose?: true;
  readonly quiet?: true;
}

const COMMANDS = 30_000;
const TRIES = 5;

export function limitsCommand(): Command {
  return addPolicyOptions(addTargetOptions(new Command('limits')))
    .description('measure which limits there are, and which of them outlive STARTTLS')
    .argument(
      '<target>',
      'smtp://host:port, lmtp://host:port, a target file, or a name from "afresh list targets"',
    )
    .option('--commands <n>', 'commands that are sent at most', whole, COMMANDS)
    .option('--tries <n>', 'how often each limit is tried across STARTTLS', whole, TRIES)
    .option(
      '--session-wait <duration>',
      'measure how long a session may last, waiting as long as that',
      duration,
    )
    .option('--json <file>', 'write the result as JSON')
    .option('--verbose', 'print the runs that show each limit')
    .option('--quiet', 'no progress')
    .action(async (name: string, flags: Flags) => {
      process.exitCode = await runLimits(name, flags);
    });
}

async function runLimits(name: string, flags: Flags): Promise<number> {
  const policy = policyFrom(flags);
  const target = targetOf(name, targetOptionsOf(flags));
  if (flags.json !== undefined) ensureWritable(flags.json);
  const startedAt = new Date();
  const running = await target.start();
  try {
    const probed = await probe(running);
    if (probed.baseline === undefined) throw withoutTls(running, probed);
    const software = running.software ?? probed.greeting;
    process.stdout.write(`${target.name} (${printable(software)}), one connection at a time\n\n`);
    const measured = await survey(running, probed, {
      commands: flags.commands,
      tries: flags.tries,
      signal: interruption,
      ...(flags.sessionWait === undefined ? {} : { sessionWait: flags.sessionWait }),
      onLimit: ({ limit, counts }) => {
        if (flags.quiet !== true) process.stderr.write(`measured: ${limit} (${counts})\n`);
      },
    });
    const result = { ...measured, limits: measured.limits.map(limit => reportedLimit(limit, probed.speech)) };
    process.stdout.write(limitsTable(result));
    if (flags.verbose === true) process.stdout.write(runsOf(result));
    const rules = policy(running.policy);
    const broken = violations(result.limits, rules);
    for (const { summary } of broken) process.stdout.write(`VIOLATED: ${summary}\n`);
    if (flags.json !== undefined)
      writeWhole(
        flags.json,
        limitsJson(result, {
          target: { name: target.name, address: running.address, software },
          startedAt: startedAt.toISOString(),
          seconds: (Date.now() - startedAt.getTime()) / 1_000,
          policy: rules,
        }),
      );
    const { unmeasured, untold } = judged(result.limits, rules);
    for (const what of untold) process.stdout.write(`not told: ${printable(what)}\n`);
    for (const what of unmeasured) process.stdout.write(`INCONCLUSIVE: ${printable(what)}\n`);
    if (broken.length > 0) return 1;
    return unmeasured.length > 0 ? 3 : 0;
  } finally {
    await running.stop();
  }
}

function runsOf({ limits }: Survey): string {
  return limits
    .flatMap(({ limit, within, example }) =>
      example === undefined || within !== undefined ? [] : ['', limit, ...threeRuns(example)],
    )
    .concat('', '')
    .join('\n');
}
