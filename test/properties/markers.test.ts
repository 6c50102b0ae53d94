/** Sightings of what was said before TLS, in whatever form it comes back. */

import { expect, test } from 'vitest';
import { markersClaim } from '../../properties/markers.ts';
import { Experiment } from '../../src/experiment.ts';
import { probe } from '../../src/probe.ts';
import { BARE, type Scenario } from '../../src/scenario.ts';
import { SOUND } from '../../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';

const GREETED: Scenario = {
  before: [{ kind: 'ehlo', name: 'a' }],
  upgrade: BARE,
  after: [{ kind: 'noop' }],
};

/** What the claim says of a server that answers NOOP in TLS with something made of the name that was said before TLS. */
async function sightings(made: (name: string) => string, scenario = GREETED) {
  return (await deviations(made, scenario)).map(({ signature }) => signature);
}

async function deviations(made: (name: string) => string, scenario: Scenario) {
  const target = referenceInMemory({
    behaviour: {
      ...SOUND,
      answer: (sound, event, { beforeTls }) =>
        event === 'noop' && beforeTls?.greeting !== undefined
          ? { ...sound, lines: [made(beforeTls.greeting.name)] }
          : sound,
    },
  });
  const probed = await probe(target);
  const experiment = new Experiment({
    ...probed,
    baseline: probed.baseline ?? 'neutral-ehlo',
    claims: [markersClaim],
    jobs: 1,
  });
  return (await experiment.examineAnew(scenario)).deviations;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

test.each<[string, (name: string) => string]>([
  ['as it was said', name => `Hello ${name}`],
  ['in upper case', name => `HELLO ${name.toUpperCase()}`],
  ['in base64', base64],
  ['in base64, behind one character', name => base64(`x${name}`)],
  ['in base64, behind two characters', name => base64(`xy${name}`)],
])('a name that comes back %s is seen', async (_form, made) => {
  expect(await sightings(made)).toEqual(['marker in the reply to NOOP']);
});

test('a name that is said again in TLS is no marker, nor is what only looks like one', async () => {
  const again: Scenario = { ...GREETED, after: [{ kind: 'ehlo', name: 'a' }, { kind: 'noop' }] };
  expect(await sightings(name => `Hello ${name}`, again)).toEqual([]);
  expect(await sightings(name => `Hello ${name.slice(0, -9)}`)).toEqual([]);
});

test('a name of TLS that comes back in base64 is not taken for one of the plaintext', async () => {
  const own: Scenario = { ...GREETED, after: [{ kind: 'ehlo', name: 'p' }, { kind: 'noop' }] };
  expect(await sightings(name => base64(name.replace('a.', 'p.')), own)).toEqual([]);
  expect(await sightings(name => base64(`${name.replace('a.', 'p.')} ${name}`), own)).toHaveLength(1);
});

test('which commands said it is told', async () => {
  const twice: Scenario = { ...GREETED, before: [...GREETED.before, { kind: 'mail', from: 'a' }] };
  const [seen] = await deviations(name => `Hello ${name}`, twice);
  expect(seen?.used).toMatch(/a, said in plaintext by EHLO and MAIL$/);
});
