/**
 * Limits that violate the policy, as findings beside those of the search.
 *
 * A limit that outlives STARTTLS is seen by a pair like anything else. One that is forgotten is not, since both runs
 * have lost the count: there the transplanted run, with all events in TLS, stands beside the used one.
 */

import type { Deviation } from '../claim.ts';
import type { Experiment, Seen } from '../experiment.ts';
import type { Finding } from '../investigate/finding.ts';
import { observe } from '../observe.ts';
import type { Probed } from '../probe.ts';
import type { ReportedLimit } from '../report/report.ts';
import type { Scenario } from '../scenario.ts';
import type { RunningTarget } from '../targets/target.ts';
import type { Transcript } from '../transcript.ts';
import type { Violation } from './judge.ts';
import { survey } from './survey.ts';

/** What measuring may cost in a check: commands, and tries, since a limit may be lost only sometimes. */
export const COMMANDS = 30_000;
export const TRIES = 10;

/** The name under which what was measured stands among the claims of a report. */
export const LIMITS_CLAIM = 'limits';

/** The fingerprint of a limit that stays where it must not. */
export const keptLimit = (limit: string): string => `limit kept: ${limit}`;

export function findingOf({ limit, kind, summary }: Violation, experiment: Experiment): Finding | undefined {
  const { example, tried = '' } = limit;
  if (example === undefined) return undefined;
  const { scenario, at, transcripts } = example;
  const seen = (transcript: Transcript, of: Scenario): Seen => ({
    scenario: of,
    speech: { ...experiment.options.speech, nonce: transcript.nonce },
    transcript,
    observation: observe(transcript, of),
  });
  const used = seen(transcripts.used, scenario);
  const other = kind === 'outlives' ? transcripts.fresh : transcripts.transplanted;
  const judged = experiment.judge(used, seen(other, scenario));
  const told = { summary, level: 'must' as const, step: at };
  const deviation: Deviation =
    kind === 'outlives' && judged.deviations[0] !== undefined
      ? { ...judged.deviations[0], summary }
      : {
          ...told,
          claim: LIMITS_CLAIM,
          requirement: 'limits-outlive-starttls',
          proof: 'pair',
          used: 'served',
          fresh: limit.refusal ?? 'refused',
          signature: signatureOf(limit),
        };
  return {
    scenario,
    deviation,
    fingerprint: kind === 'outlives' ? keptLimit(limit.limit) : `limit forgotten: ${limit.limit}`,
    confirmed: kind === 'outlives' ? tried : lost(tried),
    minimal: false,
    example: { ...judged, deviations: [deviation] },
  };
}

/** Of so many tries, those in which the count was lost: `2/5` kept is `3/5` lost. */
function lost(tried: string): string {
  const [kept = 0, tries = 0] = tried.split('/').map(Number);
  return `${tries - kept}/${tries}`;
}

/** Whether the limit that a stored finding is about is still lifted; `undefined` where that cannot be told. */
export async function isLifted(
  target: RunningTarget,
  probed: Probed,
  signature: string,
): Promise<boolean | undefined> {
  const limit = signature.slice(SIGNATURE.length);
  const { limits } = await survey(target, probed, { only: [limit], commands: COMMANDS, tries: TRIES });
  const fates = limits.flatMap(({ atStarttls, within }) =>
    within === undefined && atStarttls !== undefined ? [atStarttls] : [],
  );
  return fates.length === 0 ? undefined : fates.some(atStarttls => atStarttls !== 'kept');
}

const SIGNATURE = 'limit ';
const signatureOf = ({ limit }: ReportedLimit): string => `${SIGNATURE}${limit}`;
