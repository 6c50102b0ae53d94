/**
 * Rounds of scenarios: examined side by side, so many at once, and taken up one round after the other.
 *
 * A round is begun while the last of the one before are under way: a few wait long for a peer that stays silent, and the
 * others need not wait for them. It knows who may knock, and when; what a scenario is, and what it comes to, is for others.
 */

import PQueue from 'p-queue';
import type { Clock } from './clock.ts';
import type { Door } from './limits/door.ts';

export interface Round<Examination> {
  /** Resolves when the last of its scenarios was begun. */
  readonly begun: Promise<unknown>;
  /**
   * What was examined, in order, without what it was too late for. Rounds are taken in the order in which they were
   * begun.
   */
  taken(): Promise<readonly Examination[]>;
}

export interface Rounds<Scenario, Examination> {
  begin(scenarios: readonly Scenario[]): Round<Examination>;
  /** Whether the target takes no more connections; nothing that is taken then was examined. */
  isShut(): boolean;
}

export interface RoundsOptions<Scenario, Examination> {
  /** Resolves with nothing where it is too late. */
  readonly examine: (scenario: Scenario) => Promise<Examination | undefined>;
  /** Scenarios under way at once. */
  readonly jobs: number;
  readonly clock: Pick<Clock, 'left' | 'over' | 'inTime'>;
  /** Whether a connection was turned away in it, however often it was opened again. */
  readonly isTurnedAway?: (examination: Examination) => boolean;
  /** Looked at behind each round; a peer that comes to us by itself has none. */
  readonly door?: Door;
}

/** What a search does with its rounds. */
export interface Plan<Scenario, Examination> {
  /** The scenarios of the next round, so many at most; fewer end nothing. */
  draw(size: number): readonly Scenario[] | Promise<readonly Scenario[]>;
  takeUp(examined: readonly Examination[]): Promise<void>;
  /** Whether no further round is to be begun. */
  isOver(): boolean;
  /** Scenarios of a round, once it has grown. */
  readonly largest: number;
}

/** Scenarios of the first round: few, so that a fault shows soon. Each later one has twice as many. */
const FIRST_ROUND = 8;

/** One round after the other: while one is taken up, the next is under way. */
export async function inRounds<Scenario, Examination>(
  { begin }: Rounds<Scenario, Examination>,
  { draw, takeUp, isOver, largest }: Plan<Scenario, Examination>,
): Promise<void> {
  let earlier: Round<Examination> | undefined;
  for (let size = FIRST_ROUND; !isOver(); size = Math.min(largest, 2 * size)) {
    const round = begin(await draw(size));
    if (earlier !== undefined) await takeUp(await earlier.taken());
    await round.begun;
    earlier = round;
  }
  if (earlier !== undefined) await takeUp(await earlier.taken());
}

/** The share of a round that may be turned away, though a look at the door is not: a server may be full now and then. */
const TURNED_AWAY_SHARE = 0.1;

/** Milliseconds that is waited at most for a target that refuses new connections. */
const PATIENCE = 60_000;

export function newRounds<Scenario, Examination>(
  options: RoundsOptions<Scenario, Examination>,
): Rounds<Scenario, Examination> {
  const slots = new PQueue({ concurrency: options.jobs });
  const entrance = newEntrance(options, () => {
    // Once the target had enough of us, half as many must do, and one at a time in the end.
    slots.concurrency = Math.ceil(slots.concurrency / 2);
  });

  async function examined(scenario: Scenario): Promise<Examination | undefined> {
    const waiting = entrance.waiting();
    if (waiting !== undefined) await waiting;
    return entrance.isShut() ? undefined : options.examine(scenario);
  }

  const examineAll = (
    scenarios: readonly Scenario[],
    onBegun: (index: number) => void = () => {},
  ): Promise<readonly (Examination | undefined)[]> =>
    Promise.all(
      scenarios.map((scenario, index) =>
        slots.add(() => {
          onBegun(index);
          return examined(scenario);
        }),
      ),
    );

  return {
    isShut: entrance.isShut,
    begin(scenarios) {
      const known = entrance.reopenings();
      const { promise: begun, resolve } = Promise.withResolvers<void>();
      if (scenarios.length === 0) resolve();
      const first = examineAll(scenarios, index => {
        if (index === scenarios.length - 1) resolve();
      });
      // It is waited for when the rounds before it are taken, and fails there if it does.
      first.catch(() => {});
      return {
        begun,
        async taken() {
          const all = await first;
          await entrance.look(all);
          if (entrance.isShut()) return [];
          // What was examined against a closed door is examined again.
          const last = entrance.reopenings() === known ? all : await examineAll(scenarios);
          return last.filter(examination => examination !== undefined);
        },
      };
    },
  };
}

/** The door of the target, as those who want to go in find it. */
interface Entrance<Examination> {
  /** While somebody waits at the door nobody else knocks. */
  waiting(): Promise<unknown> | undefined;
  /** Looks at the door behind a round, and waits there if need be; when time is up, or it stayed shut for so long, nobody does. */
  look(round: readonly (Examination | undefined)[]): Promise<void>;
  isShut(): boolean;
  /** How often it was shut and opened again. */
  reopenings(): number;
}

function newEntrance<Examination>(
  {
    clock,
    door,
    isTurnedAway = () => false,
  }: Pick<RoundsOptions<unknown, Examination>, 'clock' | 'door' | 'isTurnedAway'>,
  onShut: () => void,
): Entrance<Examination> {
  let waiting: Promise<unknown> | undefined;
  let reopenings = 0;
  let isShut = false;
  return {
    waiting: () => waiting,
    isShut: () => isShut,
    reopenings: () => reopenings,
    async look(round) {
      if (door === undefined || isShut || clock.over()) return;
      const away = round.filter(one => one !== undefined && isTurnedAway(one)).length;
      const isFull = away > round.length * TURNED_AWAY_SHARE;
      if (!isFull && (await clock.inTime(door.isOpen())) !== false) return;
      onShut();
      const reopening = clock.inTime(door.reopens(Math.min(clock.left() ?? PATIENCE, PATIENCE)));
      waiting = reopening;
      const isOpen = await reopening;
      isShut = isOpen === false;
      if (isOpen === true) reopenings++;
      waiting = undefined;
    },
  };
}
