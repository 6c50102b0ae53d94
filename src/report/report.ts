/**
 * The result of a run as plain, versioned data: what every reporter renders and scripts read.
 *
 * `schema` 1: fields are added, never renamed.
 */

import type { Deviation } from '../claim.ts';
import type { Script } from '../client/script.ts';
import type { CoveragePoint, Covered, Reach } from '../coverage.ts';
import type { MeasuredLimit } from '../limits/measured.ts';
import type { Note } from '../note.ts';
import type { Scenario } from '../scenario.ts';
import type { Level, RequirementId } from '../smtp/requirements.ts';
import type { Logins } from '../tally.ts';
import type { Transcript } from '../transcript.ts';

/** Of several, the first of these that occurs wins. */
export const VERDICTS = ['violated', 'unsupported', 'inconclusive', 'allowed', 'holds'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface ReportedFinding {
  readonly id: string;
  readonly claim: string;
  /** Further claims that deviated by the same defect. */
  readonly also?: readonly string[];
  readonly requirement: RequirementId;
  readonly level: Level;
  readonly summary: string;
  readonly fingerprint: string;
  /** `5/5`, or the rate of a race. */
  readonly confirmed: string;
  readonly minimal: boolean;
  /** The name under which it was told before it was small; its own if it turned out to be no finding. */
  readonly withdraws?: string;
  /** Of a server; of a client it is the script of the server that it spoke to. */
  readonly scenario: Scenario | Script;
  /** Steps in before + upgrade + after; fences are not counted. */
  readonly steps: number;
  readonly difference: { readonly at: number; readonly used: string; readonly fresh: string };
  readonly transcripts: { readonly used: Transcript; readonly fresh?: Transcript };
  readonly baseline: string;
  readonly signature: string;
  readonly proof: Deviation['proof'];
  /** Other effects and scenarios that come to the same defect. */
  readonly sightings: number;
  /** Whether the last run of the campaign found it, too. */
  readonly history?: 'new' | 'still-there';
  /** The reason for which it is known and accepted; it does not count for the verdict. */
  readonly known?: string;
  readonly file?: string;
  readonly replay?: string;
}

export interface ReportedClaim {
  readonly id: string;
  readonly requirement: RequirementId;
  /** `inconclusive` if nothing put it to the test, or if its deviations were not all looked into or confirmed. */
  readonly verdict: Verdict;
  /** Scenarios that put the claim to the test, their handshake completed in both runs. */
  readonly judged: number;
}

/** What the verdict rests on beside the counts, so that reports can be merged and judged anew. */
export interface Grounds {
  /** Whether the target served a known-good session at the end. */
  readonly alive: boolean;
  /** It did not, as far as could be heard before time was up. */
  readonly unheard?: true;
  /** Whether STARTTLS was offered. */
  readonly supported: boolean;
  /** Why TLS does not come about, though STARTTLS is offered. */
  readonly obstacle?: string;
  /** What made the target take no more connections, and ended the search. */
  readonly closed?: string;
  /** The user ended it before its time. */
  readonly interrupted?: true;
  /** Scenarios of which a connection was turned away, however often it was opened again. */
  readonly turnedAway?: number;
  /** Whether recipients are known; then a transaction must have been completed in TLS. */
  readonly recipientKnown: boolean;
  /** Transactions completed in TLS, where both handshakes completed. */
  readonly transactions: number;
  /** Whether a login is known; then one must have been accepted, if any was refused. */
  readonly loginKnown?: boolean;
  /** Logins that were accepted and refused, where both handshakes completed. */
  readonly logins?: Readonly<Logins>;
  /** Claims asked for by name. */
  readonly wanted: readonly string[];
  /** Limits that the policy speaks of and that could not be measured. */
  readonly unmeasured?: readonly string[];
  /** Known deviations that a whole search did not find. */
  readonly stale?: readonly string[];
  /** Scenarios that showed a difference too late to be looked into. */
  readonly late?: number;
  /** How often something was granted in TLS once, and not again, that fresh connections refuse as out of order. */
  readonly glimpses?: number;
  /** Kinds of differences that were seen and did not come again, or that fresh connections show among themselves. */
  readonly passing?: number;
}

export interface Report {
  readonly schema: 1;
  readonly tool: { readonly name: 'afresh'; readonly version: string };
  readonly startedAt: string;
  readonly seconds: number;
  readonly seed: number;
  readonly role: 'server' | 'client';
  readonly target: {
    readonly name: string;
    readonly address: string;
    readonly software?: string;
    /** The words of a client's command line, if it is none that is known by name. */
    readonly command?: readonly string[];
    /** What reproducers say in its place: recipients that are accepted, and the EHLO name where not any will do. */
    readonly recipient?: string;
    readonly helo?: string;
  };
  readonly verdict: Verdict;
  readonly reason?: string;
  /** What the verdict would be if none of the findings counted; absent where that is `holds`. */
  readonly otherwise?: { readonly verdict: Verdict; readonly reason?: string };
  readonly baselines: readonly string[];
  readonly claims: readonly ReportedClaim[];
  readonly notes: readonly Note[];
  readonly findings: readonly ReportedFinding[];
  readonly limits: readonly MeasuredLimit[];
  readonly coverage: Covered;
  /** A few scenarios that together reach every transition that was reached. */
  readonly reached?: readonly Reach[];
  /** Of the scenarios that were played first: those that showed a difference, whatever it came to, or told nothing. */
  readonly differing?: readonly Scenario[];
  /** How the coverage grew. */
  readonly curve?: readonly CoveragePoint[];
  readonly stats: {
    readonly scenarios: number;
    readonly judged: number;
    readonly connections: number;
    /** Without those on which the client, or the server that a client is tried with, waits on purpose. */
    readonly connectionsPerSecond: number;
    readonly handshakes: number;
    readonly seconds: number;
    /** Connections that were made once more, and fresh runs that were made anew since a kept one differed. */
    readonly retries: number;
    readonly inconclusive: number;
    readonly vacuous: number;
    /** Connections that one scenario took, its share of fresh runs included. */
    readonly connectionsPerScenario: number;
    readonly outcomes: Readonly<Record<string, number>>;
  };
  readonly grounds?: Grounds;
}
