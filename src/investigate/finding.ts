/** The data of an investigation: what is suspected, what it works with, and what it comes to. Nothing is decided here. */

import type { Deviation } from '../claim.ts';
import type { Examination, Experiment } from '../experiment.ts';
import type { ThreeRuns } from '../limits/measured.ts';
import type { Policy } from '../policy.ts';
import type { Scenario } from '../scenario.ts';
import type { Field } from '../smtp/session.ts';

/** What was confirmed, and named. */
export interface Finding {
  readonly scenario: Scenario;
  readonly deviation: Deviation;
  readonly fingerprint: string;
  /** The fields that the target keeps, where those explain it; none where another cause does. */
  readonly kept: readonly Field[];
  readonly confirmed: string;
  readonly minimal: boolean;
  readonly example: Examination;
  /** The name of a finding that was told and turned out to be this one; its own if it turned out to be none. */
  readonly withdraws?: string;
}

/** What an examination showed, and nobody has looked into yet. */
export interface Suspicion {
  readonly scenario: Scenario;
  readonly deviation: Deviation;
}

/** What an investigation came to. */
export type Investigation =
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'known'; readonly fingerprint: string }
  | { readonly kind: 'allowed'; readonly limit: string; readonly text: string; readonly example?: ThreeRuns }
  /** There was no time to confirm it, or it may be a limit and was not small enough to tell. */
  | { readonly kind: 'late' }
  | {
      readonly kind: 'unconfirmed' | 'unstable' | 'cross-connection' | 'tls-knowledge' | 'elapsed-time';
      readonly text: string;
    };

/** What an investigation works with. */
export interface InvestigationOptions {
  readonly experiment: Experiment;
  readonly policy: Policy;
  readonly jobs: number;
  /** Whether the time for minimising is used up. */
  readonly expired: () => boolean;
  /** Whether time may be up before the end, so that what is seen is confirmed before it is made small. */
  readonly pressed?: boolean;
  /** Whether a finding is not known and accepted; unless it is said, none is. */
  readonly isNews?: (finding: Finding) => boolean;
}
