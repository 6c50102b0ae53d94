/** `afresh learn TARGET`: the state machine of a server, drawn; and whether STARTTLS leads to one state from each of it. */

import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { ensureWritable, writeWhole } from '../document.ts';
import { LETTERS, STARTTLS } from '../learn/alphabet.ts';
import { type Learned, learn } from '../learn/learn.ts';
import { dotOf, type Reset, svgOf } from '../learn/picture.ts';
import { learnedVerdict } from '../learn/verdict.ts';
import { type LearnedOf, learnedJson, learnedText } from '../report/learned.ts';
import { printable } from '../report/printable.ts';
import { targetOf } from '../targets/registry.ts';
import { EXIT } from '../verdict.ts';
import { interruption } from './interruption.ts';
import { addTargetOptions, duration, type TargetFlags, targetOptionsOf, whole } from './options.ts';
import { progressTo } from './progress.ts';
import { DEFAULT_TIME, left } from './searching.ts';

interface Flags extends TargetFlags {
  readonly out?: string;
  readonly time?: number;
  readonly jobs: number;
  readonly extra: number;
  readonly inputs?: readonly string[];
  readonly quiet?: true;
}

const JSON_FILE = 'machine.json';

export function learnCommand(): Command {
  return addTargetOptions(new Command('learn'))
    .description('learn the state machine, check the reset on it, draw it')
    .argument(
      '<target>',
      'smtp://host:port, lmtp://host:port, a target file, or a name from "afresh list targets"',
    )
    .option('--out <dir>', 'write machine.json, machine.svg and machine.dot there')
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
  const names = [...new Set(text.toLowerCase().split(','))];
  const unknown = names.find(name => !(LETTERS as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`There is no input "${unknown}"; there are ${LETTERS.join(', ')}.`);
  if (!names.includes(STARTTLS))
    throw new InvalidArgumentError(`Without ${STARTTLS} nothing can be checked.`);
  return names;
}

async function runLearn(name: string, flags: Flags): Promise<number> {
  const target = targetOf(name, targetOptionsOf(flags));
  if (flags.out !== undefined) ensureWritable(join(flags.out, JSON_FILE));
  const progress = progressTo(process.stderr, { quiet: flags.quiet === true, verbose: false });
  const startedAt = new Date().toISOString();
  progress.line(printable(`learning ${target.name}`));
  const running = await target.start();
  try {
    const learned = await learn(running, {
      jobs: flags.jobs,
      extra: flags.extra,
      time: left(flags.time ?? DEFAULT_TIME),
      signal: interruption,
      ...(flags.inputs === undefined ? {} : { inputs: flags.inputs }),
      onProgress: now => progress.live(`${now.states} states, ${now.words} words${remaining(now.left)}`),
      onFinding: ({ fingerprint }) => progress.line(printable(`found: ${fingerprint}`)),
    });
    progress.clear();
    const of = { name: target.name, address: running.address, startedAt };
    process.stdout.write(learnedText(learned, of, process.stdout.columns));
    if (flags.out !== undefined)
      process.stdout.write(`  written: ${printable(write(flags.out, learned, of))}\n`);
    return EXIT[learnedVerdict(learned).verdict];
  } finally {
    progress.clear();
    await running.stop();
  }
}

const remaining = (left: number | undefined): string =>
  left === undefined ? '' : `, ${Math.ceil(left / 1_000)} s left`;

/** Writes the files, and names them. */
function write(folder: string, learned: Learned, of: LearnedOf): string {
  const { machine, fresh, entries } = learned;
  const astray = new Set(entries.flatMap(({ to, told }) => (told === undefined ? [] : [to])));
  const reset: Reset = { ...(fresh === undefined ? {} : { fresh }), astray };
  const texts = {
    [JSON_FILE]: learnedJson(learned, of),
    ...(machine === undefined
      ? {}
      : { 'machine.svg': svgOf(machine, reset), 'machine.dot': dotOf(machine, reset) }),
  };
  return Object.entries(texts)
    .map(([name, text]) => {
      const file = join(folder, name);
      writeWhole(file, text);
      return file;
    })
    .join(', ');
}
