/**
 * What a claim is: a rule with a requirement behind it, and a pure judge over the evidence of one scenario.
 *
 * The claims themselves stand in `properties/`, one a file. A judge reads transcripts and differences; it never
 * sees the target, and what it returns is a suspicion only: `confirm.ts` decides whether it is a finding.
 */

import type { Difference } from './compare.ts';
import type { Aspect, Observation } from './observe.ts';
import type { Scenario } from './scenario.ts';
import type { Level, RequirementId } from './smtp/requirements.ts';
import type { Speech } from './spell.ts';
import type { Transcript } from './transcript.ts';

/** What is known of the target beyond one scenario; measured before the search. */
export interface TargetFacts {
  /** What is refused as out of order in plaintext for want of a greeting alone (baseline *greeting*). */
  readonly refusedUngreeted: readonly ('mail' | 'auth')[];
  /** Keywords of the EHLO list in plaintext. */
  readonly offered: readonly string[];
  /** Whether the user and the password that are said are known to be right. */
  readonly loginKnown: boolean;
}

export interface Evidence {
  readonly scenario: Scenario;
  readonly used: Transcript;
  /** Of the fresh run, if its handshake completed. */
  readonly fresh?: Transcript;
  readonly observation: Observation;
  /** What the used run showed otherwise than the fresh run; empty where there was nothing to compare. */
  readonly differences: readonly Difference[];
  /** Whether the handshake completed in both runs. */
  readonly paired: boolean;
  readonly speech: Speech;
  readonly facts: TargetFacts;
}

/** A suspicion: one effect in one scenario that the claim forbids. */
export interface Deviation {
  readonly claim: string;
  readonly requirement: RequirementId;
  readonly level: Level;
  /**
   * How it is confirmed. `pair`: used and fresh run must differ again and again. `sighting`: it proves itself,
   * and has to be seen once more.
   */
  readonly proof: 'pair' | 'sighting';
  /** Index of the step in `after` where it shows; -1 for the upgrade itself. */
  readonly step: number;
  /** What the used run showed, and what was to be expected. */
  readonly used: string;
  readonly fresh: string;
  readonly summary: string;
  /** The difference from the fresh run that it rests on, where it is a pair. */
  readonly difference?: Difference;
  /** Two deviations with the same signature are taken for the same effect. */
  readonly signature: string;
}

export interface Claim {
  readonly id: string;
  readonly title: string;
  readonly requirement: RequirementId;
  readonly judge: (evidence: Evidence) => readonly Deviation[];
  /** Whether the scenario puts the claim to the test at all; `judged` counts these. */
  readonly exercised: (evidence: Evidence) => boolean;
}

const WORDING: ReadonlySet<Aspect> = new Set(['text', 'enhanced', 'handler', 'header', 'body']);

/** What was granted or refused says more than the words it was done with, and is named more surely. */
export function weightiestFirst(deviations: readonly Deviation[]): readonly Deviation[] {
  const isWording = ({ difference }: Deviation): boolean =>
    difference !== undefined && WORDING.has(difference.aspect);
  return [...deviations.filter(deviation => !isWording(deviation)), ...deviations.filter(isWording)];
}
