/**
 * Limits that violate the policy, as findings beside those of the search.
 *
 * A limit that outlives STARTTLS is seen by a pair like anything else. One that is forgotten is not, since both runs
 * have lost the count: there the transplanted run, with all events in TLS, stands beside the used one.
 */

import { rateOf, spelledRate } from '../certainty.ts';
import type { Deviation } from '../claim.ts';
import type { Experiment, Seen } from '../experiment.ts';
import type { Finding } from '../investigate/finding.ts';
import { observe } from '../observe.ts';
import type { Probed } from '../probe.ts';
import type { Scenario } from '../scenario.ts';
import type { RunningTarget } from '../targets/target.ts';
import type { Transcript } from '../transcript.ts';
import { BREAKS, type Violation } from './judge.ts';
import { LIMITS_CLAIM } from './names.ts';
import { survey } from './survey.ts';

/** What measuring may cost in a check: commands, and tries, since a limit may be lost only sometimes. */
export const COMMANDS = 30_000;
export const TRIES = 10;

/** The fingerprint of a limit that stays where it must not. */
export const keptLimit = (limit: string): string => `limit kept: ${limit}`;

export function findingOf(violation: Violation, experiment: Experiment): Finding | undefined {
  const { limit, kind, summary } = violation;
  const { example, tried = '' } = limit;
  if (example === undefined) return undefined;
  const { scenario, at, transcripts } = example;
  const seen = (transcript: Transcript, of: Scenario): Seen => ({
    scenario: of,
    speech: { ...experiment.options.speech, nonce: transcript.nonce },
    transcript,
    observation: observe(transcript, of),
  });
  const outlives = kind === 'outlives';
  const other = outlives ? transcripts.fresh : transcripts.transplanted;
  const judged = experiment.judge(seen(transcripts.used, scenario), seen(other, scenario));
  const pair = outlives ? judged.deviations.find(({ step }) => step === at) : undefined;
  const deviation = pair === undefined ? measured(violation, at) : { ...pair, summary };
  return {
    scenario,
    deviation,
    fingerprint: outlives ? keptLimit(limit.limit) : `limit forgotten: ${limit.limit}`,
    kept: [],
    confirmed: outlives ? tried : lost(tried),
    minimal: false,
    example: { ...judged, deviations: [deviation] },
  };
}

/** What measuring alone shows: beside the used run stands a fresh one where the limit stays, a transplanted one where not. */
function measured(
  { limit: { limit, refusal = 'refused' }, kind, summary }: Violation,
  at: number,
): Deviation {
  const outlives = kind === 'outlives';
  return {
    claim: LIMITS_CLAIM,
    requirement: outlives ? 'rfc3207-4.2-server-discards' : 'limits-outlive-starttls',
    level: 'must',
    proof: 'pair',
    step: at,
    used: outlives ? refusal : 'served',
    fresh: outlives ? 'served' : refusal,
    summary,
    signature: `${SIGNATURES[kind]}${limit}`,
  };
}

/** Of so many tries, those in which the count was lost: `2/5` kept is `3/5` lost. */
function lost(tried: string): string {
  const { hits, of } = rateOf(tried) ?? { hits: 0, of: 0 };
  return spelledRate({ hits: of - hits, of });
}

const SIGNATURES = { 'free pass': 'limit ', outlives: 'limit kept ' } as const satisfies Record<
  Violation['kind'],
  string
>;

/** Whether STARTTLS still makes of a limit what a stored finding says; `undefined` where that cannot be told. */
export async function stillViolates(
  target: RunningTarget,
  probed: Probed,
  signature: string,
): Promise<boolean | undefined> {
  const kind = signature.startsWith(SIGNATURES.outlives) ? 'outlives' : 'free pass';
  const limit = signature.slice(SIGNATURES[kind].length);
  const { limits } = await survey(target, probed, { only: [limit], commands: COMMANDS, tries: TRIES });
  const fates = limits.flatMap(({ atStarttls, within }) =>
    within === undefined && atStarttls !== undefined ? [atStarttls] : [],
  );
  return fates.length === 0 ? undefined : fates.some(BREAKS[kind]);
}
