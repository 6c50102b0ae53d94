/** Finding → the plain data that reports hold and that travels between processes. */

import type { Finding } from '../investigate.ts';
import { size } from '../scenario.ts';
import { type Login, redacted } from './redact.ts';
import type { ReportedFinding } from './report.ts';

/** What is known of a finding beside itself: the login that it used, how often its defect was seen, and where it was kept. */
interface Circumstances {
  readonly login: Login;
  readonly sightings?: number;
  readonly file?: string | undefined;
}

export function reportedFinding(
  { deviation, example, scenario, fingerprint, confirmed, minimal }: Finding,
  baseline: string,
  { login, sightings = 1, file }: Circumstances,
): ReportedFinding {
  return {
    id: fingerprint
      .replace(/[^a-z0-9]+/gi, '-')
      .replace(/^-|-$/g, '')
      .toLowerCase(),
    claim: deviation.claim,
    requirement: deviation.requirement,
    level: deviation.level,
    summary: redacted(deviation.summary, login),
    fingerprint,
    confirmed,
    minimal,
    scenario,
    steps: size(scenario),
    difference: redacted({ at: deviation.step, used: deviation.used, fresh: deviation.fresh }, login),
    transcripts: redacted(
      {
        used: example.used.transcript,
        ...(example.fresh === undefined ? {} : { fresh: example.fresh.transcript }),
      },
      login,
    ),
    baseline,
    signature: deviation.signature,
    proof: deviation.proof,
    sightings,
    ...(file === undefined ? {} : { file, replay: `afresh replay ${file}` }),
  };
}
