import { expect, test } from 'vitest';
import { CLIENT_CLAIMS } from '../../properties/client/index.ts';
import { assembleClient } from '../../src/client/assemble.ts';
import { clientNamed } from '../../src/client/known.ts';
import { CLEAN } from '../../src/client/script.ts';
import { newClientInvestigator } from '../../src/client/suspicions.ts';
import { newClientTally } from '../../src/client/tally.ts';
import { newClock } from '../../src/clock.ts';
import { acted, saying } from './acted.ts';
import { authority, caFile } from './authority.ts';

const sound = () => saying('EHLO me', 'MAIL FROM:<me@a.example>');
const varies = () => saying('EHLO me', 'AUTH LOGIN');

/** The reason for which a search of so many scripts is open that showed one thing too late, and others not twice. */
async function reasonFor(scripts: number, unstable: number): Promise<string | undefined> {
  const experiment = acted({ used: varies, fresh: sound });
  let stopped = false;
  const investigator = newClientInvestigator({
    experiment,
    jobs: 8,
    expired: () => true,
    stopped: () => stopped,
    onFinding: () => {},
  });
  const examined = () =>
    experiment.examine({ errand: {}, before: [{ kind: 'size', limit: 1 }], upgrade: CLEAN, after: [] });
  for (let at = 0; at < unstable; at++)
    await investigator.consider({ ...(await examined()), disagreed: true });
  stopped = true;
  await investigator.consider(await examined());
  const tally = newClientTally();
  tally.scenarios = scripts;
  tally.judged = scripts;
  const { reason } = assembleClient({
    stage: { client: clientNamed('reference'), authority, caFile, tls: 'required', limit: 10_000 },
    options: { seed: 1, claims: CLIENT_CLAIMS, wanted: [], silence: false },
    started: { at: '', clock: newClock(undefined, 0) },
    experiment,
    probed: { software: '', notes: [], supported: true },
    tally,
    investigator,
    files: new Map(),
    unplayed: 0,
    obstacle: undefined,
  });
  return reason;
}

test('what came too late asks for more time, unless so much varies by itself that more would not help', async () => {
  expect(await reasonFor(20, 0)).toMatch(/^what 1 of 20 scenarios showed came too late/);
  expect(await reasonFor(20, 1)).toMatch(/came too late/);
  expect(await reasonFor(20, 3)).toMatch(
    /^4 of 20 scenarios could not be judged|^3 of 20 .* could not be judged/,
  );
});
