/**
 * When a target stopped taking connections, and what was under way then: it may have come down, and one of these have
 * brought it down.
 *
 * It knows how runs ended, and neither what they were for nor whether anybody starts the target again.
 */

import type { Scenario } from './scenario.ts';
import { isCutOff, type Transcript } from './transcript.ts';

export interface Absence {
  /** Takes note of a run, when it is over. */
  saw(scenario: Scenario, transcript: Transcript): void;
  /** Scenarios whose connections broke off when the target first took none any more; none where it always took them. */
  brokenOff(): readonly Scenario[];
}

/** More are never under way at once, but where somebody asks for that. */
const MOST = 8;

export function newAbsence(): Absence {
  /** Cut off behind the last run that was not. */
  let cutOff: readonly Scenario[] = [];
  let phase: 'there' | 'gone' | 'back' = 'there';
  return {
    saw(scenario, transcript) {
      if (phase === 'back') return;
      if (transcript.upgrade === 'unreachable') phase = 'gone';
      else if (isCutOff(transcript)) cutOff = [...cutOff, scenario].slice(-MOST);
      // What was under way may end behind the first connection that is not taken.
      else if (phase === 'gone') phase = 'back';
      else cutOff = [];
    },
    brokenOff: () => (phase === 'there' ? [] : cutOff),
  };
}
