/** A limit as it was measured, with the runs that show it: plain data, as it stands in a report. Nothing is decided here. */

import type { Scenario } from '../scenario.ts';
import type { Transcript } from '../transcript.ts';

/** What makes a limit of a difference: the same comes of the same number of events in TLS. */
export interface ThreeRuns {
  readonly scenario: Scenario;
  readonly summary: string;
  /** The step of `after` at which used and fresh run differ, and the steps before it in the transplanted run. */
  readonly at: number;
  readonly lead: number;
  readonly transcripts: {
    readonly used: Transcript;
    readonly fresh: Transcript;
    readonly transplanted: Transcript;
  };
}

export interface MeasuredLimit {
  readonly limit: string;
  readonly threshold?: number;
  readonly kept: 'kept' | 'forgotten' | 'none' | 'unknown';
  /** Differences that this limit explains. */
  readonly explained: number;
  /** What is counted, in words that follow the threshold. */
  readonly counts?: string;
  /** The threshold in plaintext, where it was measured there, too. */
  readonly plaintext?: number;
  /** How far it was looked for; there is none up to there. */
  readonly none?: number;
  /** What STARTTLS makes of the count; `forgotten` and `restarted` both give a free pass. */
  readonly atStarttls?: 'kept' | 'restarted' | 'forgotten' | 'sometimes';
  /** How often it was kept, of how many tries. */
  readonly tried?: string;
  /** What the server says when it is passed. */
  readonly refusal?: string;
  /** The limit that counts these events among others; there is none of their own. */
  readonly within?: string;
  /** Why something could not be told. */
  readonly reason?: string;
  /** Measuring was broken off: no time, no commands or no connection were left. */
  readonly stopped?: true;
  readonly example?: ThreeRuns;
}
