/**
 * What a claim about clients is: a rule with a requirement behind it, and a pure judge over the evidence of one
 * script. The claims stand in `properties/client/`, one a file. What a judge returns is a suspicion only;
 * `confirm.ts` decides whether it is a finding.
 */

import type { Deviation } from '../claim.ts';
import type { RequirementId } from '../smtp/requirements.ts';
import type { ClientDifference } from './compare.ts';
import type { TlsWish } from './launch.ts';
import type { ClientObservation } from './observe.ts';
import type { Script } from './script.ts';
import type { ClientTranscript } from './transcript.ts';

export interface ClientEvidence {
  readonly script: Script;
  /** What the user asked of the client. */
  readonly tls: TlsWish;
  readonly transcript: ClientTranscript;
  readonly observation: ClientObservation;
  /** What was done in TLS otherwise than in the fresh run. */
  readonly difference?: ClientDifference;
  /** Whether TLS was on in both runs. */
  readonly paired: boolean;
}

export interface ClientClaim {
  readonly id: string;
  readonly title: string;
  readonly requirement: RequirementId;
  readonly judge: (evidence: ClientEvidence) => readonly Deviation[];
  /** Whether the script puts the claim to the test at all; `judged` counts these. */
  readonly exercised: (evidence: ClientEvidence) => boolean;
}
