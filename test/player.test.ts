/** How one scenario is played on one connection: here, for how long its handshake is waited for. */

import { expect, test } from 'vitest';
import { Player } from '../src/player.ts';
import { BARE, type Upgrade } from '../src/scenario.ts';
import { RUN_LIMITS } from '../src/stage.ts';
import { told } from './told.ts';

const noop = { lines: [{ kind: 'noop' }], times: 1, ending: 'CRLF' } as const;

test.each<[string, Omit<Upgrade, 'handshake'>, 'handshake' | 'thrownAway']>([
  ['as any is, where the ClientHello comes by itself', {}, 'handshake'],
  ['as any is, where plaintext travels with STARTTLS', { glued: noop }, 'handshake'],
  ['less, where the ClientHello comes with STARTTLS: it may be thrown away', { eager: true }, 'thrownAway'],
  ['less, where plaintext goes before the ClientHello', { segment: noop }, 'thrownAway'],
])('a handshake is waited for %s', async (_, form, limit) => {
  const { driver, waits } = told();
  const stage = { driver, limits: RUN_LIMITS, protocol: 'smtp', neutral: [] } as const;
  const speech = { nonce: 'z0123456789ab', user: 'u', password: 'p', recipient: 'r@lab.example' };
  const player = await Player.open(stage, speech);
  await player?.play({ before: [], upgrade: { ...BARE, ...form }, after: [] }, undefined);
  expect(waits).toEqual([RUN_LIMITS[limit]]);
});
