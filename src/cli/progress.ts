/** What is told while a search runs: a live line on a terminal; elsewhere, and in CI, whole lines only. */

import type { Examination } from '../experiment.ts';
import { upgradeShape } from '../investigate/fingerprint.ts';
import type { Step } from '../scenario.ts';
import type { Progress } from '../search.ts';

export interface ProgressLine {
  update(progress: Progress): void;
  /** A live line in other words. */
  live(text: string): void;
  /** One scenario and what came of it, for those who want to see everything. */
  examined(examination: Examination): void;
  line(text: string): void;
  clear(): void;
}

export interface ProgressOptions {
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** Columns of a terminal that does not tell its size. A line that is wider could not be taken back. */
const USUAL = 80;

export function progressTo(stream: NodeJS.WriteStream, { quiet, verbose }: ProgressOptions): ProgressLine {
  const isLive = stream.isTTY && process.env['CI'] === undefined && !quiet;
  const clear = (): void => {
    if (isLive) stream.write('\r\x1b[K');
  };
  const live = (text: string): void => {
    if (isLive) stream.write(`\r\x1b[K${text.slice(0, (stream.columns || USUAL) - 1)}`);
  };
  const line = (text: string): void => {
    if (quiet) return;
    clear();
    stream.write(`${text}\n`);
  };
  return {
    clear,
    line,
    live,
    update: progress => live(described(progress)),
    examined: examination => {
      if (verbose) line(scenarioLine(examination));
    },
  };
}

function described({
  scenarios,
  connections,
  elapsed,
  states,
  transitions,
  findings,
  left,
}: Progress): string {
  const rate = Math.round((1_000 * connections) / elapsed);
  const time = left === undefined ? '' : `, ${Math.ceil(left / 1_000)} s left`;
  return `${scenarios} scenarios, ${rate} connections/s, ${states} states, ${transitions} transitions, ${findings} findings${time}`;
}

const kinds = (steps: readonly Step[]): string =>
  steps.map(({ kind }) => kind.toUpperCase()).join(' ') || 'nothing';

/** No word of the target is in it. */
function scenarioLine({ scenario, used, deviations }: Examination): string {
  const { before, upgrade, after } = scenario;
  const shown = deviations.length === 0 ? '' : `, ${deviations.length} to look into`;
  return `  ${kinds(before)} · ${upgradeShape(upgrade)} · ${kinds(after)}: ${used.transcript.upgrade}${shown}`;
}
