/** `afresh replay FILE…`: kept findings again; FIXED, FAILED, UNSTABLE or ERROR for each. */

import { Command } from 'commander';
import { clientOf, type KeptScript, readFoundScripts, readScript } from '../client/corpus.ts';
import { replayScript } from '../client/replay.ts';
import { type CorpusEntry, isClientReport, isKeptScript, readFindings } from '../corpus.ts';
import { ensureWritable } from '../document.ts';
import { type Bench, benchOf, type Replayed, type ReplayOutcome, replay } from '../replay.ts';
import { printable } from '../report/printable.ts';
import { targetOf } from '../targets/registry.ts';
import { TargetError } from '../targets/target.ts';
import { withAuthority } from './authority.ts';
import { addClientTimeout, type ClientTimeoutFlags, clientLimitOf } from './client-timeout.ts';
import {
  addTargetOptions,
  reproducerFile,
  runLimitsOf,
  type TargetFlags,
  targetOptionsOf,
  whole,
} from './options.ts';
import { writeClientReproducer, writeReproducer } from './reproducer.ts';

const EXIT = { FIXED: 0, FAILED: 1, UNSTABLE: 3, ERROR: 3 } as const satisfies Record<ReplayOutcome, number>;

interface Flags extends TargetFlags, ClientTimeoutFlags {
  readonly target?: string;
  readonly jobs: number;
  readonly reproducer?: string;
}

export function replayCommand(): Command {
  return addClientTimeout(addTargetOptions(new Command('replay')))
    .description('run kept findings again: FIXED, FAILED, UNSTABLE or ERROR for each')
    .argument('<files...>', 'files of a corpus, or JSON results')
    .option('--target <target>', 'another target than the one it was found in')
    .option('--jobs <n>', 'connections in flight', whole, 8)
    .option('--reproducer <file>', 'write a script that shows it without afresh: .mjs or .py', reproducerFile)
    .action(async (files: readonly string[], flags: Flags) => {
      const found = files.flatMap(file => findingsOf(file).map(entry => ({ file, entry })));
      if (flags.reproducer !== undefined && found.length !== 1)
        throw new TargetError(`--reproducer is for one finding, and here are ${found.length}`);
      if (flags.reproducer !== undefined) ensureWritable(flags.reproducer);
      const codes: number[] = [];
      for (const { file, entry } of found) {
        const { outcome, reason } =
          entry.kind === 'afresh-script' ? await replayClient(entry, flags) : await replayOne(entry, flags);
        process.stdout.write(`${outcome.padEnd(8)} ${file}: ${printable(reason)}\n`);
        codes.push(EXIT[outcome]);
      }
      // Of several exit codes the gravest: 1 before 3 before 0.
      process.exitCode = codes.includes(1) ? 1 : Math.max(0, ...codes);
    });
}

function findingsOf(file: string): readonly (CorpusEntry | KeptScript)[] {
  if (isKeptScript(file)) return [readScript(file)];
  return isClientReport(file) ? readFoundScripts(file) : readFindings(file);
}

async function replayClient(
  entry: KeptScript,
  flags: Flags,
): Promise<{ readonly outcome: ReplayOutcome; readonly reason: string }> {
  const { target, jobs, reproducer: file } = flags;
  const client = clientOf(target === undefined ? entry.client : [target], false);
  return withAuthority(async (authority, caFile) => {
    if (file !== undefined) writeClientReproducer(file, entry, authority);
    const stage = { client, authority, caFile, tls: entry.tls, limit: clientLimitOf(flags) };
    return replayScript(stage, entry, jobs);
  });
}

async function replayOne(entry: CorpusEntry, flags: Flags): Promise<Replayed> {
  const target = targetOf(flags.target ?? entry.target, targetOptionsOf(flags));
  try {
    const running = await target.start();
    try {
      const bench: Bench = await benchOf(running, runLimitsOf(flags), flags.jobs);
      const replayed = await replay(bench, entry);
      if (flags.reproducer !== undefined) writeReproducer(flags.reproducer, bench, entry, replayed.example);
      return replayed;
    } finally {
      await running.stop();
    }
  } catch (error) {
    // A target that cannot be used says nothing of the finding; what the user can mend is told as such.
    if (error instanceof TargetError && error.exitCode === 3)
      return { outcome: 'ERROR', reason: error.message };
    throw error;
  }
}
