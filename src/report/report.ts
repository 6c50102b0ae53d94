/**
 * The result of a run as plain, versioned data: what every reporter renders and scripts read.
 *
 * `schema` 1: fields are added, never renamed.
 */

import type { Deviation } from '../claim.ts';
import type { Script } from '../client/script.ts';
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

export interface ReportedLimit {
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
}

/** A scenario and the transitions that it reached. */
export interface Reach {
  readonly scenario: Scenario;
  readonly transitions: readonly string[];
}

/** How much had been seen at a moment of the run. */
export interface CoveragePoint {
  /** Since the run began. */
  readonly seconds: number;
  readonly scenarios: number;
  readonly transitions: number;
  /** The chance that the next scenario shows something new. */
  readonly discovery: number;
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
  readonly limits: readonly ReportedLimit[];
  readonly coverage: {
    readonly states: number;
    readonly transitions: number;
    readonly discovery: number;
    /** `phase class-of-reply` for each phase in which STARTTLS was answered. */
    readonly upgrades?: readonly string[];
    /** Combinations of two and three features of scenarios that were played. */
    readonly pairs?: number;
    readonly triples?: number;
  };
  /** A few scenarios that together reach every transition that was reached. */
  readonly reached?: readonly Reach[];
  /** Of the scenarios that were played first: those that showed a difference, whatever it came to. */
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
