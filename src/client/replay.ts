/** Kept script × client → what has become of it: fixed, failed, unstable, or an error that says nothing of it. */

import { CLIENT_CLAIMS } from '../../properties/client/index.ts';
import { looksFor } from '../certainty.ts';
import type { ReplayOutcome } from '../replay.ts';
import { confirmClient } from './confirm.ts';
import { type KeptScript, wantedOf } from './corpus.ts';
import { ClientExperiment } from './experiment.ts';
import { obstacleOf, probeClient } from './probe.ts';
import type { ClientStage } from './run.ts';

export async function replayScript(
  stage: ClientStage,
  entry: KeptScript,
  jobs: number,
): Promise<{ readonly outcome: ReplayOutcome; readonly reason: string }> {
  const experiment = new ClientExperiment({ stage, claims: CLIENT_CLAIMS, jobs });
  const probed = await probeClient(experiment);
  if (!probed.supported) return { outcome: 'ERROR', reason: probed.reason };
  const result = await confirmClient(experiment, entry.scenario, wantedOf(entry), looksFor(entry.confirmed));
  if (result.kind === 'confirmed') return { outcome: 'FAILED', reason: entry.summary };
  if (result.kind === 'unstable') return { outcome: 'UNSTABLE', reason: result.reason };
  // Who can hand over no message at all has fixed nothing.
  const obstacle = await obstacleOf(experiment);
  return obstacle === undefined
    ? { outcome: 'FIXED', reason: `${result.reason}: ${entry.summary}` }
    : { outcome: 'ERROR', reason: obstacle };
}
