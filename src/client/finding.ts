/** What was confirmed of a client, and named: data. */

import type { Deviation } from '../claim.ts';
import type { ClientExamination } from './experiment.ts';
import type { Script } from './script.ts';

export interface ClientFinding {
  readonly script: Script;
  readonly deviation: Deviation;
  readonly fingerprint: string;
  readonly confirmed: string;
  readonly minimal: boolean;
  readonly example: ClientExamination;
  /** The name of a finding that was told and turned out to be this one. */
  readonly withdraws?: string;
}
