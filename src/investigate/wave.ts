/** Which of the suspicions at hand are investigated side by side: pure. */

import type { Deviation } from '../claim.ts';
import type { Examination } from '../experiment.ts';
import type { Suspicion } from './finding.ts';

/** A suspicion, and what it seems to be: two that seem to be the same are not investigated side by side. */
export interface Suspected extends Suspicion {
  readonly examination: Examination;
  readonly semblance: string;
  /** All of the examination that comes to nothing known. */
  readonly open: readonly Deviation[];
  /** Whether a known deviation came before it, so that it may be no more than a consequence. */
  readonly isBehind: boolean;
}

/** Suspicions investigated side by side; each waits for its target most of the time. */
const WAVE = 4;

/**
 * Suspicions that seem to be different things; what may be a consequence of something known comes last. Where time is short
 * (`pressed`) one at a time: the end of one is worth more than the beginning of several.
 */
export function nextWave(suspicions: readonly Suspected[], pressed = false): readonly Suspected[] {
  const most = pressed ? 1 : WAVE;
  const wave = new Map<string, Suspected>();
  for (const isBehind of [false, true]) {
    for (const suspicion of suspicions) {
      if (suspicion.isBehind === isBehind && wave.size < most && !wave.has(suspicion.semblance))
        wave.set(suspicion.semblance, suspicion);
    }
  }
  return [...wave.values()];
}
