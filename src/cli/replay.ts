/** `afresh replay FILE…`: kept scenarios again; FIXED, FAILED, UNSTABLE or ERROR for each. */

import { Command } from 'commander';
import { CLAIMS } from '../../properties/index.ts';
import { confirm } from '../confirm.ts';
import { type CorpusEntry, readEntry } from '../corpus.ts';
import { Experiment } from '../experiment.ts';
import { probe } from '../probe.ts';
import { targetOf } from '../targets/registry.ts';
import { TargetError } from '../targets/target.ts';

type Outcome = 'FIXED' | 'FAILED' | 'UNSTABLE' | 'ERROR';
const EXIT = { FIXED: 0, FAILED: 1, UNSTABLE: 3, ERROR: 3 } as const satisfies Record<Outcome, number>;

export function replayCommand(): Command {
  return new Command('replay')
    .description('run kept scenarios again')
    .argument('<files...>', 'files of a corpus')
    .option('--target <target>', 'another target than the one it was found in')
    .action(async (files: readonly string[], { target }: { target?: string }) => {
      const outcomes: Outcome[] = [];
      for (const [file, entry] of files.map(file => [file, readEntry(file)] as const)) {
        const { outcome, reason } = await replay(entry, target ?? entry.target);
        process.stdout.write(`${outcome.padEnd(8)} ${file}: ${reason}\n`);
        outcomes.push(outcome);
      }
      // Of several exit codes the gravest: 1 before 3 before 0.
      const codes = outcomes.map(outcome => EXIT[outcome]);
      process.exitCode = codes.includes(1) ? 1 : Math.max(0, ...codes);
    });
}

async function replay(
  entry: CorpusEntry,
  name: string,
): Promise<{ readonly outcome: Outcome; readonly reason: string }> {
  const running = await targetOf(name, {}).start();
  try {
    const probed = await probe(running);
    if (probed.baseline === undefined) return { outcome: 'ERROR', reason: 'STARTTLS is not offered' };
    const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 8 });
    const result = await confirm(experiment, entry.scenario, {
      ...entry,
      requirement: 'rfc3207-4.2-server-discards',
      level: 'must',
      step: 0,
      used: '',
      fresh: '',
    });
    if (result.kind === 'confirmed') return { outcome: 'FAILED', reason: entry.summary };
    if (result.kind === 'unconfirmed') return { outcome: 'FIXED', reason: `not seen: ${entry.summary}` };
    return { outcome: 'UNSTABLE', reason: result.reason };
  } catch (error) {
    if (error instanceof TargetError) return { outcome: 'ERROR', reason: error.message };
    throw error;
  } finally {
    await running.stop();
  }
}
