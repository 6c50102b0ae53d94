/** Who watches a campaign: the screen, with a live view or plain lines, and the log of events. */

import type { Watch } from '../campaign/campaign.ts';
import type { Campaign } from '../campaign/file.ts';
import type { State } from '../campaign/state.ts';
import type { Unit } from '../campaign/unit.ts';
import { liveView, statusLine } from '../campaign/view.ts';
import type { RunName } from '../report/events.ts';
import { printable } from '../report/printable.ts';
import type { Progress } from '../search.ts';
import { TOOL } from '../version.ts';
import type { EventLog } from './event-log.ts';

/** A terminal that does not tell its size. */
const SMALL = { columns: 80, rows: 24 } as const;
/** Milliseconds between two frames of the live view, and between two plain lines. */
const FRAME = 500;
const LINE = 60_000;

interface Screen extends Watch {
  line(text: string): void;
  close(): void;
}

/** On a terminal a view that is drawn over and over, with findings above it; elsewhere, and in CI, plain lines. */
export function newScreen(plan: Campaign, quiet: boolean): Screen {
  const stream = process.stderr;
  const live = stream.isTTY && process.env['CI'] === undefined;
  const working = new Map<Unit, Progress | undefined>();
  let state: State | undefined;
  let drawn = 0;
  let opened = 0;
  let timer: NodeJS.Timeout | undefined;
  const erase = (): void => {
    if (drawn > 0) stream.write(`\x1b[${drawn}A\x1b[J`);
    drawn = 0;
  };
  const draw = (): void => {
    if (state === undefined) return;
    const elapsed = opened + performance.now();
    if (!live) {
      stream.write(`${statusLine(plan, state, working, elapsed)}\n`);
      return;
    }
    const lines = liveView(plan, state, working, elapsed, {
      columns: stream.columns || SMALL.columns,
      rows: stream.rows || SMALL.rows,
    });
    erase();
    stream.write(`${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  const line = (text: string): void => {
    if (quiet) return;
    erase();
    stream.write(`${text}\n`);
    if (live) draw();
  };
  return {
    line,
    begun(begun, resumed) {
      state = begun;
      opened = begun.elapsed - performance.now();
      line(`${resumed ? 'going on with' : 'beginning'} run ${begun.run}, seed ${begun.seed}`);
      if (!quiet) timer = setInterval(draw, live ? FRAME : LINE);
    },
    progress: (unit, progress) => void working.set(unit, progress),
    finding: (unit, { fingerprint, summary }, isNew, file) =>
      line(
        `${unit.name}: found${isNew ? ', new' : ''}: ${printable(fingerprint)}: ${printable(summary)} (${file})`,
      ),
    done: unit => void working.delete(unit),
    close() {
      clearInterval(timer);
      erase();
    },
  };
}

/** Tells of each target of a campaign as of a run of its own. */
export function logWatch({ targets }: Campaign, log: EventLog): Watch {
  let state: State | undefined;
  const runOf = (target: string): RunName => ({
    target,
    startedAt: state?.startedAt ?? '',
    seed: state?.seed ?? 0,
  });
  return {
    begun(begun) {
      state = begun;
      for (const { name, target } of targets)
        log.started(runOf(name), { role: 'server', tool: TOOL, address: target });
    },
    progress: (unit, progress) => log.progress(runOf(unit.name), progress, unit.id),
    finding: (unit, finding, _isNew, file) => log.found(runOf(unit.name), finding, file),
    done: () => {},
  };
}

export const bothOf = (one: Watch, other: Watch): Watch => ({
  begun(...told) {
    one.begun(...told);
    other.begun(...told);
  },
  progress(...told) {
    one.progress(...told);
    other.progress(...told);
  },
  finding(...told) {
    one.finding(...told);
    other.finding(...told);
  },
  done(unit) {
    one.done(unit);
    other.done(unit);
  },
});
