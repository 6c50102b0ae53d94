/** The baseline that public scanners use: STARTTLS and one line in one segment, and a look at whether it is answered. */

import { CLAIMS } from '../../properties/index.ts';
import { Experiment } from '../../src/experiment.ts';
import { probe } from '../../src/probe.ts';
import type { Scenario } from '../../src/scenario.ts';
import type { RunningTarget } from '../../src/targets/target.ts';

const PROBE: Scenario = {
  before: [{ kind: 'ehlo', name: 'a' }],
  upgrade: {
    glued: { lines: [{ kind: 'noop' }], times: 1, ending: 'CRLF' },
    handshake: { kind: 'sound', version: '1.3' },
  },
  after: [],
};

/** Whether the fixed probe shows the fault. */
export async function fixedProbeFinds(target: RunningTarget): Promise<boolean> {
  const probed = await probe(target);
  if (probed.baseline === undefined) return false;
  const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 1 });
  const { deviations } = await experiment.examineAnew(PROBE);
  // Scanners look for an answer to the injected line; they know no fresh run.
  return deviations.some(({ claim, proof }) => claim === 'no-plaintext-carryover' && proof === 'sighting');
}
