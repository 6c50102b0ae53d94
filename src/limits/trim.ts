/**
 * Scenarios kept below the limits of a target, so that nothing hides behind a 421.
 *
 * How often a scenario does what is counted is told by the reference server, which is played in memory; the target is
 * not asked anything here. Steps that do too much of it are left out, the last ones first.
 */

import type { Generator } from '../generate/scenarios.ts';
import { newNonce } from '../nonce.ts';
import { run } from '../run.ts';
import { BARE, type Scenario, type Step } from '../scenario.ts';
import { RUN_LIMITS, type Stage } from '../stage.ts';
import { referenceInMemory } from '../targets/reference/target.ts';
import type { Part, Transcript } from '../transcript.ts';
import type { MeasuredLimit } from './measured.ts';
import { outcomeOf, type StepOutcome } from './outcome.ts';

/** Leaves out of a scenario what the target's limits would refuse. */
export type Trimmer = (scenario: Scenario) => Promise<Scenario>;

/** Whether a step, so answered, is an event of a limit. */
const COUNTS: Readonly<Record<string, (step: Step, outcome: StepOutcome) => boolean>> = {
  commands: () => true,
  errors: (_, { code }) => code !== undefined && code >= 400,
  unknown: (_, { code }) => code === 500,
  transactions: ({ kind }, { code }) => kind === 'mail' && code === 250,
  'transaction-recipients': ({ kind }, { code }) => kind === 'rcpt' && code === 250,
  recipients: ({ kind }, { code }) => kind === 'rcpt' && code === 250,
  'failed-logins': ({ kind }, { code }) => kind === 'auth' && code !== undefined && code !== 235,
  messages: ({ kind }, { code }) => (kind === 'data' || kind === 'bdat') && code === 250,
};

/** `limits` as they were measured. What another limit counts is kept below that one. */
export function newTrimmer(limits: readonly MeasuredLimit[]): Trimmer {
  const most = limits.flatMap(({ limit, threshold, within }) => {
    const counts = COUNTS[limit];
    return counts === undefined || threshold === undefined || within !== undefined
      ? []
      : [{ counts, threshold }];
  });
  if (most.length === 0) return scenario => Promise.resolve(scenario);
  const { driver } = referenceInMemory({ proxy: true });
  const stage: Stage = { driver, limits: { ...RUN_LIMITS, delivery: 0 }, protocol: 'smtp', neutral: [] };
  const suffixes = new WeakMap<Scenario['after'], Promise<Scenario['after']>>();

  /** The last step that is one event too many of some limit; undefined if none is. */
  async function tooMuch(scenario: Scenario): Promise<{ part: Part; step: number } | undefined> {
    const transcript = await run(stage, scenario, { ...SPEECH, nonce: newNonce() });
    for (const { counts, threshold } of most) {
      const events = eventsOf(scenario, transcript, counts);
      if (events.length > threshold) return events.findLast(({ part }) => part === 'before') ?? events.at(-1);
    }
    return undefined;
  }

  async function trimmed(scenario: Scenario): Promise<Scenario> {
    const event = await tooMuch(scenario);
    if (event === undefined) return scenario;
    const without = (steps: readonly Step[], part: Part): readonly Step[] =>
      part === event.part ? steps.filter((_, index) => index !== event.step) : steps;
    return trimmed({
      ...scenario,
      before: without(scenario.before, 'before'),
      after: without(scenario.after, 'after'),
    });
  }

  return async scenario => {
    // The suffix first and by itself: it stays the same behind any other `before`, and its fresh run is cached.
    const suffix =
      suffixes.get(scenario.after) ??
      trimmed({ ...scenario, before: [], upgrade: BARE }).then(alone => alone.after);
    suffixes.set(scenario.after, suffix);
    const after = await suffix;
    const { before } = await trimmed({ before: scenario.before, upgrade: BARE, after });
    return { ...scenario, before, after };
  };
}

/** A generator whose scenarios are trimmed. */
export interface Trimmed extends Omit<Generator, 'next'> {
  next(count: number): Promise<readonly Scenario[]>;
}

/** It is told what comes of trimmed scenarios, and knows their suffixes as it has drawn them. */
export function belowLimits(generator: Generator, trim: Trimmer): Trimmed {
  const drawn = new WeakMap<Scenario['after'], Scenario['after']>();
  return {
    ...generator,
    next: count =>
      Promise.all(
        generator.next(count).map(async scenario => {
          const trimmed = await trim(scenario);
          drawn.set(trimmed.after, scenario.after);
          return trimmed;
        }),
      ),
    retire: after => generator.retire(drawn.get(after) ?? after),
  };
}

const SPEECH = { user: 'tester', password: 'secret', recipient: '*@lab.example' };

function eventsOf(
  { before, after }: Scenario,
  transcript: Transcript,
  counts: (step: Step, outcome: StepOutcome) => boolean,
): readonly { readonly part: Part; readonly step: number }[] {
  const among = (steps: readonly Step[], part: Part): readonly { part: Part; step: number }[] =>
    steps.flatMap((step, index) =>
      step.kind !== 'pause' && counts(step, outcomeOf(transcript, part, index))
        ? [{ part, step: index }]
        : [],
    );
  return [...among(before, 'before'), ...among(after, 'after')];
}
