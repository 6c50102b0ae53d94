/** `afresh learn TARGET`: the state machine of a server, drawn; and whether STARTTLS leads to one state from each of it. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { ensureKeepable, newKeeper, originOf } from '../corpus.ts';
import { ensureWritable, troubleWith, writeWhole } from '../document.ts';
import { LETTERS, STARTTLS } from '../learn/alphabet.ts';
import { type Learned, learn } from '../learn/learn.ts';
import { dotOf, isLegible, type Reset, svgOf } from '../learn/picture.ts';
import { learnedVerdict } from '../learn/verdict.ts';
import { type LearnedOf, learnedJson, learnedText } from '../report/learned.ts';
import { printable } from '../report/printable.ts';
import { suggestion } from '../suggestion.ts';
import { targetOf } from '../targets/registry.ts';
import { TargetError } from '../targets/target.ts';
import { EXIT } from '../verdict.ts';
import { interruption } from './interruption.ts';
import {
  addTargetOptions,
  duration,
  runLimitsOf,
  type TargetFlags,
  targetOptionsOf,
  whole,
} from './options.ts';
import { progressTo } from './progress.ts';
import { DEFAULT_TIME, forgiving, left, newTeller } from './searching.ts';

interface Flags extends TargetFlags {
  readonly out?: string;
  readonly corpus?: string;
  readonly time?: number;
  readonly jobs: number;
  readonly extra: number;
  readonly inputs?: readonly string[];
  readonly quiet?: true;
}

const FILES = ['machine.json', 'machine.dot', 'machine.svg'] as const;

export function learnCommand(): Command {
  return addTargetOptions(new Command('learn'))
    .description('learn the state machine, check the reset on it, draw it')
    .argument(
      '<target>',
      'smtp://host:port, lmtp://host:port, a target file, or a name from "afresh list targets"',
    )
    .option('--out <dir>', 'write machine.json, machine.svg and machine.dot there')
    .option('--corpus <dir>', 'keep each finding as a file there, for "afresh replay"')
    .option('--time <duration>', 'for all of it (60s unless said)', duration)
    .option('--jobs <n>', 'connections in flight', whole, 8)
    .option('--extra <n>', 'how many states more than it has the machine is tested for, at most', whole, 2)
    .option('--inputs <names>', `which inputs, separated by commas, of ${LETTERS.join(', ')}`, inputs)
    .option('--quiet', 'no progress')
    .action(async (name: string, flags: Flags) => {
      process.exitCode = await runLearn(name, flags);
    });
}

function inputs(text: string): readonly string[] {
  const names = [...new Set(text.split(',').map(part => part.trim().toLowerCase()))];
  const unknown = names.find(name => !(LETTERS as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(
      `There is no input "${unknown}".${suggestion(unknown, LETTERS)} Known: ${LETTERS.join(', ')}.`,
    );
  if (!names.includes(STARTTLS))
    throw new InvalidArgumentError(`Without ${STARTTLS} nothing can be checked.`);
  return names;
}

async function runLearn(name: string, flags: Flags): Promise<number> {
  const target = targetOf(name, targetOptionsOf(flags));
  const { out, corpus } = flags;
  if (out !== undefined) for (const file of FILES) ensureWritable(join(out, file));
  if (corpus !== undefined) ensureKeepable(corpus);
  const progress = progressTo(process.stderr, { quiet: flags.quiet === true, verbose: false });
  const startedAt = new Date().toISOString();
  progress.line(printable(`learning ${target.name}`));
  const running = await target.start();
  const kept = forgiving(corpus === undefined ? undefined : newKeeper(corpus, originOf(target, running)));
  try {
    const learned = await learn(running, {
      jobs: flags.jobs,
      extra: flags.extra,
      time: left(flags.time ?? DEFAULT_TIME),
      signal: interruption,
      limits: runLimitsOf(flags),
      ...(flags.inputs === undefined ? {} : { inputs: flags.inputs }),
      onProgress: now => progress.live(`${now.states} states, ${now.words} words${remaining(now.left)}`),
      onFinding: newTeller(progress.line, kept.keep),
    });
    progress.clear();
    const of = { name: target.name, address: running.address, startedAt };
    process.stdout.write(learnedText(learned, of, process.stdout.columns));
    if (out !== undefined) process.stdout.write(`  written: ${printable(write(out, learned, of))}\n`);
    kept.ended();
    return EXIT[learnedVerdict(learned).verdict];
  } finally {
    progress.clear();
    await running.stop();
  }
}

const remaining = (left: number | undefined): string =>
  left === undefined ? '' : `, ${Math.ceil(left / 1_000)} s left`;

/** Writes the files, the facts before the pictures, and names them. What is left of an earlier run would belie them. */
function write(folder: string, learned: Learned, of: LearnedOf): string {
  const { machine, fresh, entries } = learned;
  const astray = new Set(entries.flatMap(({ to, told }) => (told === undefined ? [] : [to])));
  const reset: Reset = { ...(fresh === undefined ? {} : { fresh }), astray };
  const texts: Readonly<Record<(typeof FILES)[number], () => string | undefined>> = {
    'machine.json': () => learnedJson(learned, of),
    'machine.dot': () => machine && dotOf(machine, reset),
    'machine.svg': () => (machine && isLegible(machine, reset) ? svgOf(machine, reset) : undefined),
  };
  const written = FILES.filter(name => {
    const [file, text] = [join(folder, name), texts[name]()];
    if (text === undefined) remove(file);
    else writeWhole(file, text);
    return text !== undefined;
  });
  return written.map(name => join(folder, name)).join(', ');
}

function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch (error) {
    throw new TargetError(troubleWith(file, 'written', error));
  }
}
