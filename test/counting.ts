/** A server that counts commands of two kinds in one number, which it gives to its hooks; and what makes it count both. */

import { BARE, type Scenario } from '../src/scenario.ts';
import { type Behaviour, SOUND } from '../src/targets/reference/behaviour.ts';

export const COUNTS: Behaviour = {
  ...SOUND,
  follow: (seen, { event }) => seen + (event === 'mail' ? 100 : event === 'vrfy' ? 1 : 0),
  shown: (session, where, { progress }) =>
    where === 'hook' ? { ...session, proxy: { NAME: String(progress) } } : session,
};

export const COUNTED: Scenario = {
  before: [
    { kind: 'ehlo', name: 'a' },
    { kind: 'mail', from: 'b' },
    { kind: 'vrfy' },
    { kind: 'vrfy' },
    { kind: 'vrfy' },
    { kind: 'vrfy' },
  ],
  upgrade: BARE,
  after: [{ kind: 'ehlo', name: 'p' }],
};
