/**
 * Runs on a target that is not always there: so many at once, once more where a connection was turned away or kept waiting,
 * and once more where another run brought the target down.
 *
 * It knows what became of a connection, and nothing of what the run was for.
 */

import PQueue from 'p-queue';
import { newAbsence } from './absence.ts';
import { type Driver, pause } from './drivers/driver.ts';
import { newPace, type Pace } from './pace.ts';
import { run } from './run.ts';
import type { Scenario, StepKind } from './scenario.ts';
import type { Speech } from './spell.ts';
import type { Stage } from './stage.ts';
import { isCutOff, isKeptWaiting, isTurnedAway, type Transcript } from './transcript.ts';
import { newTurns } from './turns.ts';

export interface Runner {
  /** The last word of the target; `connections` are all that it took. A patient run waits until no other is due. */
  run(scenario: Scenario, speech: Speech, isPatient?: boolean): Promise<Transcript>;
  /** The run as it comes, whatever turns it away. */
  once(scenario: Scenario, speech: Speech): Promise<Transcript>;
  /** Runs one after the other, in the same words, and no other one meanwhile: what one leaves behind meets the next. */
  series(scenarios: readonly Scenario[], speech: Speech): Promise<readonly Transcript[]>;
  /** From now on no more than half as many runs are under way at once; one, in the end. */
  slowDown(): void;
  restarts(): Restarts;
  /** Scenarios that were under way when the target first took no connection any more. */
  brokenOff(): readonly Scenario[];
  /** Of all runs, however they were played. */
  readonly pace: Pick<Pace, 'perSecond'>;
}

/** How often the target ended by itself and was started again, and the first scenario that ended it when played alone. */
export interface Restarts {
  readonly times: number;
  readonly fatal?: Scenario;
}

/** Milliseconds before a connection that was turned away is opened once more. */
export const ADMISSION_WAITS = [250, 500, 1_000] as const;

type Play = (scenario: Scenario, speech: Speech) => Promise<Transcript>;

/** `jobs` runs are under way at once, at most. */
export function newRunner(stage: Stage, jobs: number): Runner {
  const slots = new PQueue({ concurrency: jobs });
  const pace = newPace();
  const turns = newTurns();
  const absence = newAbsence();
  const once: Play = async (scenario, speech) => {
    const transcript = await pace.timed(
      () => run(stage, scenario, speech),
      ({ connections }) => ({ connections, isWaiting: waitsOnPurpose(scenario) }),
    );
    absence.saw(scenario, transcript);
    return transcript;
  };
  const { undisturbed, restarts } = newRepeats(stage.driver, once);
  const admitted = newAdmission(stage.driver, undisturbed);

  /**
   * The run among so few others that it is greeted in time: where it is not, the target may serve only so many at once, and
   * half as many must do.
   */
  async function greeted(scenario: Scenario, speech: Speech, isPatient = false): Promise<Transcript> {
    const [transcript, most] = await slots.add(
      async () => {
        const most = slots.concurrency;
        return [await turns.among(() => admitted(scenario, speech)), most] as const;
      },
      { priority: isPatient ? -1 : 0 },
    );
    if (!isKeptWaiting(transcript) || most === 1) return transcript;
    // Several runs may notice at once; only the first of them slows the others down.
    if (slots.concurrency === most) slowDown();
    return together(transcript, await greeted(scenario, speech, isPatient));
  }

  function slowDown(): void {
    slots.concurrency = Math.ceil(slots.concurrency / 2);
    stage.driver.slowDown?.();
  }

  async function inSeries(scenarios: readonly Scenario[], speech: Speech): Promise<readonly Transcript[]> {
    const transcripts: Transcript[] = [];
    for (const scenario of scenarios) transcripts.push(await admitted(scenario, speech));
    return transcripts;
  }

  return {
    pace,
    restarts,
    brokenOff: absence.brokenOff,
    slowDown,
    run: greeted,
    once: (scenario, speech) => slots.add(() => turns.among(() => once(scenario, speech))),
    series: (scenarios, speech) => turns.alone(() => inSeries(scenarios, speech)),
  };
}

/**
 * Runs beside which no other one brought the target down. Whose doing its end was is not known at first: whatever it cut off
 * is played again, one after the other, and nothing else beside it, so that the last word of each is its own.
 */
function newRepeats(
  driver: Driver,
  play: Play,
): { readonly undisturbed: Play; readonly restarts: Runner['restarts'] } {
  let restarts: Restarts = { times: 0 };
  /** Runs that are played again, one after the other. */
  let repeated: Promise<unknown> = Promise.resolve();
  let repeating = 0;

  async function restartsNow(): Promise<number> {
    const times = Math.max(restarts.times, (await driver.restarts?.()) ?? 0);
    restarts = { ...restarts, times };
    return times;
  }

  return {
    restarts: () => restarts,
    async undisturbed(scenario, speech) {
      while (repeating > 0) await repeated;
      const known = restarts.times;
      const transcript = await play(scenario, speech);
      if (!isCutOff(transcript) || (await restartsNow()) === known) return transcript;
      repeating++;
      const again = repeated.then(async () => {
        const before = await restartsNow();
        const alone = await play(scenario, speech);
        if (isCutOff(alone) && (await restartsNow()) > before) restarts = { fatal: scenario, ...restarts };
        return together(transcript, alone);
      });
      repeated = again
        .catch(() => {})
        .then(() => {
          repeating--;
        });
      return again;
    },
  };
}

/**
 * Runs on a connection that is greeted: one that is turned away says nothing of the scenario, and is opened again a little
 * later, with the same names, since none was heard. A run that waits keeps its slot, which lowers the load meanwhile.
 */
function newAdmission(driver: Driver, play: Play): Play {
  let isShut = false;
  return async (scenario, speech) => {
    const transcript = await untilAdmitted(
      driver,
      () => play(scenario, speech),
      isShut ? [] : ADMISSION_WAITS,
    );
    // Once a run was refused to the end, others do not wait each for itself: `limits/door.ts` does so for all of them.
    isShut = isTurnedAway(transcript);
    return transcript;
  };
}

/** Steps in which the client takes its time, or listens whether anything is said. */
const UNHURRIED: ReadonlySet<StepKind> = new Set<StepKind>(['pause', 'bytes']);

/**
 * Whether the client takes its time somewhere in a scenario: between two segments, or listening for what a server need not
 * say, as it does when a handshake fails or a ClientHello may have been thrown away.
 */
function waitsOnPurpose({ before, upgrade, after }: Scenario): boolean {
  const { split, eager, segment, handshake } = upgrade;
  return (
    [split, eager, segment].some(part => part !== undefined) ||
    handshake.kind === 'failed' ||
    [...before, ...after].some(({ kind }) => UNHURRIED.has(kind))
  );
}

/** Plays again, after each of so many milliseconds, until the connection is taken: the last run, with the connections of all. */
export async function untilAdmitted(
  driver: Driver,
  play: () => Promise<Transcript>,
  waits: readonly number[],
  isRefused = isTurnedAway,
): Promise<Transcript> {
  let transcript = await play();
  for (const wait of waits) {
    if (!isRefused(transcript)) break;
    await pause(driver, wait);
    transcript = together(transcript, await play());
  }
  return transcript;
}

/** The later of two runs of one scenario, with the connections of both. */
const together = (earlier: Transcript, later: Transcript): Transcript => ({
  ...later,
  connections: earlier.connections + later.connections,
});
