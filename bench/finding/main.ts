/**
 * `npm run bench:finding`: how surely and how soon afresh finds planted faults, beside three baselines in the same run.
 *
 * The named faults, new ones drawn by seed in every run, and the sound variants. All in memory, with no examples and
 * no corpus. Options take a part of it.
 */

import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { FAMILIES, type Family, type Fault } from '../../src/targets/reference/faults/fault.ts';
import { drawnFaults } from '../../src/targets/reference/faults/generated.ts';
import { FAULTS } from '../../src/targets/reference/faults/index.ts';
import { SOUND_VARIANTS } from '../../src/targets/reference/sound.ts';
import { type Sounded, sound } from './false-alarms.ts';
import { type Measuring, measure, measureOverTls, type Row, type TlsRow } from './measure.ts';
import { advantage, header, rowText, soundText, summary, tlsSummary, tlsText } from './table.ts';

const say = (lines: string | readonly string[]): void => {
  process.stdout.write(`${[lines].flat().join('\n')}\n`);
};

const {
  faults,
  family,
  every,
  seeds,
  budget,
  examined,
  drawn,
  drawSeed,
  sound: soundSeeds,
  soundScenarios,
  overTls,
  json,
} = new Command('bench:finding')
  .option('--faults <names>', 'only these, separated by commas', text => text.split(','))
  .option('--family <family>', `only one of ${Object.keys(FAMILIES).join(', ')}`)
  .option('--every <n>', 'only every n-th of the named faults', Number, 1)
  .option('--seeds <n>', 'searches for each fault', Number, 5)
  .option('--budget <n>', 'connections for each search', Number, 3_000)
  .option('--examined <n>', 'scenarios examined for each true minimum', Number, 150_000)
  .option('--drawn <n>', 'faults drawn by seed', Number, 40)
  .option('--draw-seed <n>', 'draws these again', Number, randomInt(1e6))
  .option('--sound <n>', 'searches for each sound variant', Number, 10)
  .option('--sound-scenarios <n>', 'scenarios of each of those', Number, 2_000)
  .option('--over-tls', 'afresh alone, over real TCP and TLS')
  .option('--json <file>', 'write the figures there')
  .parse()
  .opts<{
    readonly faults?: readonly string[];
    readonly family?: Family;
    readonly every: number;
    readonly seeds: number;
    readonly budget: number;
    readonly examined: number;
    readonly drawn: number;
    readonly drawSeed: number;
    readonly sound: number;
    readonly soundScenarios: number;
    readonly overTls?: true;
    readonly json?: string;
  }>();

const measuring: Measuring = { seeds: numbers(seeds), budget, examined };
const named = FAULTS.filter(
  (fault, index) =>
    (faults === undefined || faults.includes(fault.name)) &&
    (family === undefined || fault.family === family) &&
    index % every === 0,
);

if (overTls) await benchOverTls();
else await bench();

async function bench(): Promise<void> {
  say(header());
  const namedRows = await measured(named);
  const drawnRows = await measured(drawnFaults(drawSeed, drawn));
  const sounded: Sounded[] = [];
  for (const variant of soundSeeds === 0 ? [] : SOUND_VARIANTS)
    for (const seed of numbers(soundSeeds)) sounded.push(await sound(variant, seed, soundScenarios));
  say('');
  say(summary('named faults', namedRows));
  say(summary(`drawn faults (--draw-seed ${drawSeed})`, drawnRows));
  const contextual = [...namedRows, ...drawnRows].filter(({ fault }) => fault.family === 'context');
  if (contextual.length > 0) say(advantage(contextual));
  if (sounded.length > 0) say(soundText(sounded));
  keep({ drawSeed, measuring, namedRows, drawnRows, sounded });
}

async function benchOverTls(): Promise<void> {
  const rows: TlsRow[] = [];
  for (const fault of [...named, ...drawnFaults(drawSeed, drawn)]) {
    const row = await measureOverTls(fault, measuring);
    rows.push(row);
    say(tlsText(row));
  }
  say(tlsSummary(rows));
  keep({ drawSeed, measuring, rows });
}

function keep(figures: object): void {
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`);
}

async function measured(list: readonly Fault[]): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const fault of list) {
    const row = await measure(fault, measuring);
    rows.push(row);
    say(rowText(row));
  }
  return rows;
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
