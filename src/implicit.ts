/**
 * The same service with TLS from the first byte (RFC 8314), as one more baseline.
 *
 * Nothing can outlive a STARTTLS that never was. But the other port may follow another policy, so it accuses nobody: a
 * run behind STARTTLS that agrees with it where the fresh run does not differs from the fresh run, and that pair was
 * judged. What remains is worth a note: all runs behind STARTTLS differ from implicit TLS alike.
 */

import { compare, type Difference, signature } from './compare.ts';
import type { Driver } from './drivers/driver.ts';
import type { Experiment, Seen } from './experiment.ts';
import { type Observation, observe } from './observe.ts';
import { run } from './run.ts';
import { ADMISSION_WAITS, untilAdmitted } from './runner.ts';
import type { Scenario } from './scenario.ts';
import { type Entry, isKeptWaiting, isTurnedAway, type Transcript } from './transcript.ts';

/** Why nothing was compared: there is no run of which that could be known, or none that was served. */
export type NotCompared = 'no time' | 'not served';

/**
 * What fresh runs behind STARTTLS show otherwise than the same steps with implicit TLS, each kind of difference once: of as
 * many runs as time suffices for.
 */
export async function differencesFromImplicitTls(
  experiment: Experiment,
  driver: Driver,
  freshRuns: readonly Seen[],
  inTime: <T>(work: Promise<T>) => Promise<T | undefined>,
): Promise<readonly Difference[] | NotCompared> {
  const found = new Map<string, Difference>();
  let compared = 0;
  let unserved = 0;
  for (const fresh of freshRuns) {
    const implicit = await inTime(observed(experiment, driver, fresh.scenario));
    if (implicit === undefined) break;
    // Who was not served with implicit TLS knows nothing of it.
    if (implicit === 'turned away') {
      unserved++;
      continue;
    }
    compared++;
    for (const difference of compare(fresh.observation, implicit, experiment.noise))
      if (CLIENT_SEES.has(difference.aspect) && difference.step < fresh.scenario.after.length)
        found.set(signature(difference), difference);
  }
  if (compared > 0) return [...found.values()];
  return unserved > 0 ? 'not served' : 'no time';
}

/** What a client sees; the application behind the other port is not asked, nor is the goodbye compared. */
const CLIENT_SEES: ReadonlySet<Difference['aspect']> = new Set<Difference['aspect']>([
  'end',
  'count',
  'code',
  'enhanced',
  'list',
  'text',
]);

/** The steps that come behind TLS, played on a connection that is secure from the start. */
async function observed(
  experiment: Experiment,
  driver: Driver,
  { after, upgrade }: Scenario,
): Promise<Observation | 'turned away'> {
  const goodbye: Scenario['before'] = after.at(-1)?.kind === 'quit' ? [] : [{ kind: 'quit' }];
  const alone: Scenario = {
    before: [...after, ...goodbye],
    upgrade: { handshake: { kind: 'failed', how: 'fin' } },
    after: [],
  };
  const stage = { ...experiment.options.stage, driver };
  const speech = experiment.newSpeech();
  const transcript = await untilAdmitted(driver, () => run(stage, alone, speech), ADMISSION_WAITS);
  if (isTurnedAway(transcript) || isKeptWaiting(transcript)) return 'turned away';
  return observe(behindTls(transcript, after.length), { before: [], upgrade, after });
}

/** The transcript as if its steps had come behind an upgrade; the closing QUIT is the fence. */
function behindTls(transcript: Transcript, steps: number): Transcript {
  const entries = transcript.entries.flatMap((entry): Entry[] => {
    if (entry.part !== 'before') return [];
    return [entry.step < steps ? { ...entry, part: 'after' } : { ...entry, part: 'fence', step: 0 }];
  });
  return { ...transcript, upgrade: 'secure', entries, handlers: [], deliveries: [] };
}
