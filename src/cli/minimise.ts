/** `afresh minimise FILE`: a failing scenario, or a failing server script, made as small as it goes. */

import { Command } from 'commander';
import { CLIENT_CLAIMS } from '../../properties/client/index.ts';
import { confirmClient } from '../client/confirm.ts';
import {
  clientOf,
  type KeptScript,
  readScript,
  scriptEntryOf,
  wantedOf,
  writeScript,
} from '../client/corpus.ts';
import { ClientExperiment } from '../client/experiment.ts';
import type { ClientFinding } from '../client/finding.ts';
import { reportedClientFinding } from '../client/report.ts';
import type { ClientStage } from '../client/run.ts';
import { size as scriptSize } from '../client/script.ts';
import { newClientInvestigator } from '../client/suspicions.ts';
import { type CorpusEntry, entryOf, isKeptScript, originOf, readEntry, writeEntry } from '../corpus.ts';
import { ensureWritable } from '../document.ts';
import { standsFor } from '../investigate/confirm.ts';
import type { Finding } from '../investigate/finding.ts';
import { newInvestigator } from '../investigate/suspicions.ts';
import type { Note } from '../note.ts';
import { PRESETS } from '../policy.ts';
import { type Bench, benchOf, lookFor } from '../replay.ts';
import { reportedFinding } from '../report/finding.ts';
import type { ReportedFinding } from '../report/report.ts';
import { findingText } from '../report/terminal.ts';
import { size } from '../scenario.ts';
import { targetOf } from '../targets/registry.ts';
import { TargetError } from '../targets/target.ts';
import { withAuthority } from './authority.ts';
import { addClientTimeout, type ClientTimeoutFlags, clientLimitOf } from './client-timeout.ts';
import { interruption } from './interruption.ts';
import {
  addTargetOptions,
  duration,
  reproducerFile,
  runLimitsOf,
  type TargetFlags,
  targetOptionsOf,
  whole,
} from './options.ts';
import { writeClientReproducer, writeReproducer } from './reproducer.ts';

interface Flags extends TargetFlags, ClientTimeoutFlags {
  readonly target?: string;
  readonly time?: number;
  readonly jobs: number;
  readonly out?: string;
  readonly reproducer?: string;
}

const DEFAULT_TIME = 60_000;

export function minimiseCommand(): Command {
  return addClientTimeout(addTargetOptions(new Command('minimise')))
    .description('make a failing scenario as small as it goes')
    .argument('<file>', 'a file of a corpus')
    .option('--target <target>', 'another target than the one it was found in')
    .option('--time <duration>', 'for minimising (60s unless said)', duration)
    .option('--jobs <n>', 'connections in flight', whole, 8)
    .option('--out <file>', 'where the result goes; in place of the file unless said')
    .option('--reproducer <file>', 'write a script that shows it without afresh: .mjs or .py', reproducerFile)
    .action(async (kept: string, flags: Flags) => {
      for (const file of [flags.out ?? kept, flags.reproducer]) if (file !== undefined) ensureWritable(file);
      const { from, to } = isKeptScript(kept)
        ? await minimiseScript(kept, flags)
        : await minimiseScenario(kept, flags);
      process.stdout.write(`${from} steps → ${to.steps}\n\n${findingText(to, process.stdout.columns)}\n`);
    });
}

/** How many steps there were, and what is left. */
interface Minimised {
  readonly from: number;
  readonly to: ReportedFinding;
}

async function minimiseScenario(kept: string, flags: Flags): Promise<Minimised> {
  const entry = readEntry(kept);
  const target = targetOf(flags.target ?? entry.target, targetOptionsOf(flags));
  const running = await target.start();
  try {
    const bench = await benchOf(running, runLimitsOf(flags), flags.jobs);
    const finding = await smallest(bench, entry, flags);
    const file = flags.out ?? kept;
    const reported = reportedFinding(finding, bench.probed.baseline, { file, login: bench.probed.speech });
    const smaller = entryOf(originOf(target, running), reported);
    writeEntry(file, smaller);
    if (flags.reproducer !== undefined) writeReproducer(flags.reproducer, bench, smaller, finding.example);
    return { from: size(entry.scenario), to: reported };
  } finally {
    await running.stop();
  }
}

/** The same effect in the smallest scenario that shows it. */
async function smallest(
  bench: Bench,
  entry: CorpusEntry,
  { time = DEFAULT_TIME, jobs }: Flags,
): Promise<Finding> {
  const { example, looks, vain } = await lookFor(bench, entry);
  if (example === undefined)
    throw new TargetError(
      `nothing to minimise: not seen in ${looks} runs (${entry.summary})${vain[0] === undefined ? '' : `; ${vain[0]}`}`,
      3,
    );
  const investigator = newInvestigator({
    experiment: bench.experiment,
    policy: PRESETS.practice,
    jobs,
    expired: over(time),
    stopped: () => interruption.aborted,
    enough: () => false,
    inTime: work => work,
    onFinding: () => {},
  });
  const wanted = standsFor(example, entry);
  await investigator.consider([{ ...example, deviations: wanted === undefined ? [] : [wanted] }]);
  return found(investigator);
}

async function minimiseScript(kept: string, flags: Flags): Promise<Minimised> {
  const entry = readScript(kept);
  const words = flags.target === undefined ? entry.client : [flags.target];
  const client = clientOf(words, false);
  const software = await client.software();
  return withAuthority(async (authority, caFile) => {
    const stage = { client, authority, caFile, tls: entry.tls, limit: clientLimitOf(flags) };
    const file = flags.out ?? kept;
    const to = reportedClientFinding(await smallestScript(stage, entry, flags), { sightings: 1, file });
    const smaller = scriptEntryOf({ client: words, tls: entry.tls, software }, to);
    writeScript(file, smaller);
    if (flags.reproducer !== undefined) writeClientReproducer(flags.reproducer, smaller, authority);
    return { from: scriptSize(entry.scenario), to };
  });
}

async function smallestScript(
  stage: ClientStage,
  entry: KeptScript,
  { time = DEFAULT_TIME, jobs }: Flags,
): Promise<ClientFinding> {
  const experiment = new ClientExperiment({ stage, claims: CLIENT_CLAIMS, jobs });
  const wanted = wantedOf(entry);
  const shown = await confirmClient(experiment, entry.scenario, wanted);
  if (shown.kind !== 'confirmed')
    throw new TargetError(`nothing to minimise: ${shown.reason} (${entry.summary})`, 3);
  const investigator = newClientInvestigator({
    experiment,
    jobs,
    expired: over(time),
    stopped: () => interruption.aborted,
    onFinding: () => {},
  });
  await investigator.consider({ ...shown.example, deviations: [wanted] });
  return found(investigator);
}

/** Whether the time that starts now is over, or the user has had enough. */
function over(time: number): () => boolean {
  const end = performance.now() + time;
  return () => interruption.aborted || performance.now() >= end;
}

function found<Found>({ findings, notes }: Investigated<Found>): Found {
  const [finding] = findings;
  if (finding !== undefined) return finding;
  const [note] = notes;
  throw new TargetError(`not minimised: ${note?.text ?? 'it does not show again'}`, 3);
}

interface Investigated<Found> {
  readonly findings: readonly Found[];
  readonly notes: readonly Note[];
}
